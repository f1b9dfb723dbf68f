"""An HTTP server in the loop that runs already: it listens on a TCP address or a unix socket, and drains."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from smsc.http.connections import KEEP_ALIVE_S, Connection, Lounge

BACKLOG = 512
UDS_PATH_MAX = 107
"""Octets that sun_path holds on Linux, less the final NUL."""


def split_address(address: str) -> tuple[str, int]:
    """Host and port of "host:port", "[::1]:port" or ":port" (every address); port 0 means any free one.

    Raises: ValueError.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{address!r} is no address: write host:port, like 127.0.0.1:8080")
    return host.removeprefix("[").removesuffix("]") or "0.0.0.0", int(port)


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers (the composition root has them), telling when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = Lounge()
        self.serving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.serving.set()


class HttpServer:
    """Serves one ASGI application until stopped. Logs no access lines: keys travel in query strings.

    `watch` notices should the serving task die; `connection` has the deadlines and limits.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        watch: Callable[[asyncio.Task[None]], None] | None = None,
        connection: type[Connection] = Connection,
    ) -> None:
        self._watch = watch
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                http=connection,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                limit_concurrency=connection.connections_max,
                timeout_keep_alive=KEEP_ALIVE_S,
                backlog=BACKLOG,
            )
        )
        self._task: asyncio.Task[None] | None = None
        self._path: Path | None = None

    async def start(self, address: str) -> tuple[str, int]:
        """Listen on "host:port" and return where it does.

        Raises: OSError: the address is taken or not ours.  ValueError: no address.
        """
        host, port = split_address(address)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        await self._serve(listener)
        bound = listener.getsockname()
        return str(bound[0]), int(bound[1])

    async def start_uds(self, path: Path) -> None:
        """Listen on a unix socket that only this user may open. A socket that nobody serves is replaced.

        Raises: OSError: another server answers there, or the path is no socket or too long.
        """
        listener = _private_socket(path)
        self._path = path
        await self._serve(listener)

    async def _serve(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        task = asyncio.create_task(self._server.serve(sockets=[listener]), name="http server")
        serving = asyncio.create_task(self._server.serving.wait())
        await asyncio.wait({task, serving}, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        if task.done():
            task.result()
            raise OSError("the HTTP server ended as it began")
        self._task = task
        if self._watch is not None:
            self._watch(task)

    async def stop(self, *, grace_s: int = 5) -> None:
        """Take no more connections, let the requests that run end within `grace_s`, close. Idempotent."""
        if self._task is None:
            return
        self._server.config.timeout_graceful_shutdown = grace_s
        self._server.should_exit = True
        task, self._task = self._task, None
        await task
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _private_socket(path: Path) -> socket.socket:
    """A listening unix socket at `path` with mode 0600."""
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)  # before listen(): until then nobody can connect
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _clear(path: Path) -> None:
    """Remove the socket that a killed server left; leave a served one alone."""
    if len(str(path).encode()) > UDS_PATH_MAX:
        raise OSError(
            errno.ENAMETOOLONG, f"a unix socket's path has at most {UDS_PATH_MAX} octets", str(path)
        )
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "in the way of the admin socket, and no socket", str(path))
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another server answers on this socket", str(path))
