"""One TCP connection: feeds a session, writes what it has to say, re-arms its one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from smsc.smpp.codes import State
from smsc.smpp.events import Event
from smsc.smpp.session import Session

WRITE_OCTETS_HIGH = 64 * 1024
"""Unsent octets above which no message is sent."""
WRITE_OCTETS_MAX = 256 * 1024
"""Unsent octets above which nothing more is read: the peer does not take our answers."""
LINGER_S = 2.0
"""How long a closing connection may take to get rid of its last octets."""


class Wire(asyncio.Protocol):
    """Pumps `session`. Everything written in one turn of the loop leaves in one write.

    Args:
        opened: called with the connection's peer, "host:port".
        handle: takes the session's events.
        room: called when the network takes octets again.
    """

    def __init__(
        self,
        session: Session,
        *,
        loop: asyncio.AbstractEventLoop,
        opened: Callable[[str], None],
        handle: Callable[[list[Event]], None],
        room: Callable[[], None],
    ) -> None:
        self.session = session
        self.paused = False
        self.gone: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._opened = opened
        self._handle = handle
        self._room = room
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._linger: asyncio.TimerHandle | None = None
        self._flush_due = False
        self._reading = True
        self._dead = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_OCTETS_HIGH)
        peer = transport.get_extra_info("peername")
        self._opened(f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer))
        self.flush_soon()

    def data_received(self, data: bytes) -> None:
        # Whatever a callback does, what it has already answered leaves and the timer is set.
        self.flush_soon()
        self._handle(self.session.receive_data(data, self._loop.time()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for timer in (self._timer, self._linger):
            if timer is not None:
                timer.cancel()
        self.gone.set_result(None)
        reason = "the peer closed the connection" if exc is None else f"connection lost: {exc}"
        self._handle(self.session.close(reason))

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        if not self._reading and not self._dead and self._transport is not None:
            self._reading = True
            self._transport.resume_reading()
        self._room()

    @property
    def unsent(self) -> int:
        """Octets handed over that the network has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def close(self, reason: str) -> None:
        """End the session now; what it has said already is still written."""
        self._handle(self.session.close(reason))
        self.flush_soon()

    def abort(self) -> None:
        """Drop the connection with whatever it holds."""
        if self._transport is not None:
            self._transport.abort()

    def play_dead(self) -> None:
        """Read and write nothing more and stay open, as a peer does whose network is gone (for rehearsals)."""
        self._dead = True
        if self._transport is not None:
            self._transport.pause_reading()

    def flush_soon(self) -> None:
        """Write at the end of this turn of the loop."""
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        transport = self._transport
        # What is not taken out of the session here counts as unwritten, and is.
        if transport is None or transport.is_closing() or self._dead:
            return
        data = self.session.data_to_send()
        if data:
            transport.write(data)
            if self._reading and transport.get_write_buffer_size() > WRITE_OCTETS_MAX:
                self._reading = False
                transport.pause_reading()
        if self.session.state is State.CLOSED:
            transport.close()
            self._linger = self._loop.call_later(LINGER_S, transport.abort)
        else:
            self._arm()

    def _arm(self) -> None:
        """A timer that rings too early is let ring: that is cheaper than to move it for every PDU."""
        deadline = self.session.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._timer_at <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.flush_soon()
        # Loops ring up to a millisecond early.
        events = self.session.on_deadline(max(self._loop.time(), self._timer_at))
        try:
            self._handle(events)
        except BaseException:
            self.abort()  # as loops do when data_received raises
            raise
