"""A small HTTP server inside a running event loop, and server-sent events for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import uvicorn
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from smsc.sim.record import Record

KEEP_ALIVE_S = 15.0


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process that hosts it has its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def split_address(address: str) -> tuple[str, int]:
    """ "127.0.0.1:2776" or "[::1]:2776" as host and port.

    Raises: ValueError: it is neither.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{address!r} is not HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


class WebServer:
    """Serves one ASGI app until stopped. `closing` is set first, so that endless responses can end."""

    def __init__(self, app: ASGIApp, *, closing: asyncio.Event | None = None) -> None:
        self._app = app
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.closing = closing or asyncio.Event()

    async def start(self, address: str = "127.0.0.1:0") -> str:
        """Listen on `address` (port 0: any free one) and return "http://host:port".

        Raises: OSError: the address is taken or not ours.
        """
        host, port = split_address(address)
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256
        )
        self.closing.clear()
        config = uvicorn.Config(
            self._app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]), name="sim web server")
        await self._server.ready.wait()
        bound_host, bound_port = listening.getsockname()[:2]
        return f"http://{f'[{bound_host}]' if ':' in bound_host else bound_host}:{bound_port}"

    async def stop(self) -> None:
        """Close the listener and every connection; does nothing when not started."""
        self.closing.set()
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        self._server = self._task = None


def event_stream(record: Record[dict[str, Any]], *, after: int, closing: asyncio.Event) -> StreamingResponse:
    """Entries of `record` above `after` as server-sent events, old ones first, until `closing` is set."""
    return StreamingResponse(
        _events(record, after, closing),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(record: Record[dict[str, Any]], after: int, closing: asyncio.Event) -> AsyncIterator[str]:
    yield ": hello\n\n"
    while not closing.is_set():
        for number, entry in record.after(after):
            after = number
            yield f"id: {number}\ndata: {json.dumps(entry, ensure_ascii=False)}\n\n"
        if not await either(record.grows(beyond=after), closing, timeout=KEEP_ALIVE_S):
            yield ": still here\n\n"


async def either(work: Awaitable[object], closing: asyncio.Event, *, timeout: float) -> bool:
    """Wait for `work`, for `closing`, or for `timeout` seconds; whether `work` was done."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(closing.wait())]
    try:
        done, pending = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return tasks[0] in done


Emit = Callable[[Mapping[str, Any]], None]
"""Takes one event of a simulator, as plain JSON values."""
