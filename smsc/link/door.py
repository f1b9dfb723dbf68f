"""A listening socket: takes connections as they come, or behind load balancers that say whose they are."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from smsc.link.proxy import BadProxyHeader, read_proxy_header
from smsc.link.ranges import is_in

log = logging.getLogger("smsc.link")

HANDSHAKE_S = 10.0
"""How long a TLS handshake, or a PROXY header, may take."""
HEADERS_MAX = 200
"""Connections whose PROXY header is awaited at the same time; the next is dropped at once."""
BACKLOG = 512

Connection = Callable[[str], asyncio.Protocol]
"""Makes the protocol of a connection; "host:port" of its peer where a balancer told it, else ""."""


class Door:
    """Opened once with `open`; after `shut` nobody comes in, `closed` waits for what hangs on it.

    With `proxies` only those ranges may connect, and each connection begins with a PROXY header; `watch`
    notices should the task that takes them die.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        tls: ssl.SSLContext | None,
        proxies: tuple[str, ...] = (),
        watch: Callable[[asyncio.Task[None]], None] | None = None,
    ) -> None:
        self._connection = connection
        self._tls = tls
        self._proxies = proxies
        self._watch = watch
        self._server: asyncio.Server | None = None
        self._socket: socket.socket | None = None
        self._taking: asyncio.Task[None] | None = None
        self._headers: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen; out: where. Raises: OSError: the address is taken or not ours."""
        loop = asyncio.get_running_loop()
        if not self._proxies:
            self._server = await loop.create_server(
                lambda: self._connection(""),
                host,
                port,
                ssl=self._tls,
                ssl_handshake_timeout=self._handshake_s,
            )
            bound = self._server.sockets[0].getsockname()
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
            self._socket.setblocking(False)
            self._taking = loop.create_task(self._take(self._socket), name=f"proxied {host}:{port}")
            if self._watch is not None:
                self._watch(self._taking)
            bound = self._socket.getsockname()
        return str(bound[0]), int(bound[1])

    @property
    def _handshake_s(self) -> float | None:
        return None if self._tls is None else HANDSHAKE_S

    def shut(self) -> None:
        """Nobody comes in any more."""
        if self._server is not None:
            self._server.close()
        for task in (self._taking, *self._headers):
            if task is not None:
                task.cancel()

    async def closed(self) -> None:
        """Wait until the socket is given back."""
        if self._server is not None:
            await self._server.wait_closed()
        tasks = [task for task in (self._taking, *self._headers) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _take(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, source = await loop.sock_accept(listening)
            if len(self._headers) >= HEADERS_MAX or not is_in(source[0], self._proxies):
                log.warning("not a known balancer", extra={"event": "proxy_refused", "peer": source[0]})
                connection.close()
                continue
            task = loop.create_task(self._admit(connection), name="proxy header")
            self._headers.add(task)
            task.add_done_callback(self._headers.discard)

    async def _admit(self, connection: socket.socket) -> None:
        """Read the header, octet for octet, and hand what follows to the link."""
        loop = asyncio.get_running_loop()

        async def receive(octets: int) -> bytes:
            data = b""
            while len(data) < octets:
                more = await loop.sock_recv(connection, octets - len(data))
                if not more:
                    raise EOFError
                data += more
            return data

        try:
            async with asyncio.timeout(HANDSHAKE_S):
                source = await read_proxy_header(receive)
            peer = "" if source is None else f"{source[0]}:{source[1]}"
            await loop.connect_accepted_socket(
                lambda: self._connection(peer),
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=self._handshake_s,
            )
        except (BadProxyHeader, EOFError, OSError) as error:
            log.warning("no PROXY header", extra={"event": "proxy_refused", "error": str(error)})
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise
