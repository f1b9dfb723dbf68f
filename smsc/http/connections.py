"""Connections of the HTTP server: a head has its time and its size, and whoever waits longest makes room.

uvicorn bounds neither: a client that sends an octet now and then would keep its connection for good.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

CONNECTIONS_MAX = 1000
KEEP_ALIVE_S = 20
HEAD_S = 10.0
"""From the connection to the end of the first head."""
LINGER_S = 5.0
"""For the rest of a body whose request is answered: closed at once, the client might never read the answer."""
HEAD_OCTETS_MAX = 64 * 1024
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Lounge(ServerState):
    """What the connections of one server know of each other: those without a request in hand, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[Connection, None] = {}


class Connection(HttpToolsProtocol):
    """One connection. Without a request in hand it ends at its deadline, or when a new one needs its place."""

    connections_max = CONNECTIONS_MAX
    head_s = HEAD_S
    idle_s = KEEP_ALIVE_S + HEAD_S
    linger_s = LINGER_S
    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, in the place of the connection that waits longest if all are taken."""
        super().connection_made(transport)
        waiting = self._waiting()
        if len(self.connections) >= self.connections_max and waiting:
            oldest = next(iter(waiting))
            oldest._cut()
            self.connections.discard(oldest)
        self._wait(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._go_on()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take octets; a head that does not end in time is refused."""
        if self._head > HEAD_OCTETS_MAX:
            self._go_on()
            self.transport.write(TOO_LONG)
            self.transport.close()
            return
        super().data_received(data)
        lingers = self.cycle is not None and self.cycle.more_body
        self._head = self._head + len(data) if self in self._waiting() and not lingers else 0

    def on_headers_complete(self) -> None:
        """A request is in hand: its body has a deadline of its own."""
        self._go_on()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The rest of a body came after the answer: wait for the next head."""
        super().on_message_complete()
        if self.cycle.response_complete:
            self.cycle.more_body = False
            self._wait(self.idle_s)

    def on_response_complete(self) -> None:
        """Wait for the next head, or shorter for the rest of a body that nobody wants."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait(self.linger_s if self.cycle.more_body else self.idle_s)

    def _waiting(self) -> dict[Connection, None]:
        assert isinstance(self.server_state, Lounge)
        return self.server_state.waiting

    def _wait(self, seconds: float) -> None:
        self._go_on()
        self._waiting()[self] = None
        self._deadline = self.loop.call_later(seconds, self._cut)

    def _go_on(self) -> None:
        self._waiting().pop(self, None)
        self._head = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._go_on()
        self.transport.abort()
