"""A bound session, as those who send and answer messages see it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from smsc.link.bind import MODE_OF, bind_pdu
from smsc.link.board import BindBoard, BindSlot, BindState
from smsc.link.callbacks import LinkEvents
from smsc.link.flow import Flow
from smsc.link.settings import BindSettings, Mode, Outbind
from smsc.link.wire import Wire
from smsc.smpp import events as ev
from smsc.smpp.codes import Command, CommandStatus, Role, State
from smsc.smpp.layout import Fields
from smsc.smpp.pdu import Pdu
from smsc.smpp.permissions import try_again
from smsc.smpp.session import Session
from smsc.smpp.window import WindowFull

log = logging.getLogger("smsc.link")

UNBIND_S = 5.0
"""How long the answer to our unbind is waited for."""
ORDERLY = frozenset({"the peer unbound", "unbound"})
"""Ends of a session after which nobody wonders what happened."""


class LinkClosed(Exception):
    """The bind is down: nothing was sent."""


class Link:
    """One TCP session of a bind. Made by `Dialer` and `Listener`; users see it from `LinkEvents.bound` on.

    Args:
        slot: where the session is shown; None for an accepted connection until it is known whose it is.
        opened, bind_received, outbind_received: what a listener does with a new connection, its bind request,
            its outbind.
        peer: "host:port" of the other end where the connection itself does not tell (a load balancer's).
    """

    def __init__(
        self,
        settings: BindSettings,
        events: LinkEvents,
        *,
        board: BindBoard,
        role: Role | None,
        slot: BindSlot | None = None,
        opened: Callable[[Link], None] | None = None,
        bind_received: Callable[[Link, Pdu], None] | None = None,
        outbind_received: Callable[[Link, Pdu], None] | None = None,
        peer: str = "",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.settings = settings
        self.session_id = uuid.uuid4().hex
        self.mode: Mode = settings.mode
        self.peer = peer
        self.refused: int | None = None
        self.ended: asyncio.Future[str] = loop.create_future()
        self.ended_orderly = False
        """Whether the session ended by an unbind, with every answer given and written: all of them have arrived."""
        self.bound_at: float | None = None
        self._loop, self._events, self._board, self._slot = loop, events, board, slot
        self._listener_opened = opened
        self._bind_received = bind_received
        self._outbind_received = outbind_received
        self._valve = board.valve(settings.name)
        self._flow = Flow(settings.rate, tokens_back=self._offer_room, rested=self.look_again)
        self._orderly = False
        self._session = Session(
            role,
            now=loop.time(),
            timers=settings.timers,
            window=settings.window,
            dialect=settings.dialect,
            inbound_max=settings.inbound_max,
            inbound_octets_max=settings.inbound_octets_max,
            try_again_status=settings.try_again_status,
            tap=self._saw,
            serves=settings.serves,
        )
        self.wire = Wire(
            self._session, loop=loop, opened=self._opened, handle=self._handle, room=self._offer_room
        )
        self._queue: deque[ev.Event] = deque()
        self._handling = False
        self._bound = False
        self._draining = False
        self._dry = False  # somebody saw `free` at 0 and waits for `ready` or a response
        self._idle: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<Link {self.name} {self.session_id[:8]} {self._session.state.value} {self.peer}>"

    @property
    def name(self) -> str:
        """The bind's."""
        return self.settings.name

    @property
    def carrier(self) -> str:
        """The carrier whose bind it is."""
        return self.settings.carrier

    @property
    def role(self) -> Role | None:
        """Which end we are."""
        return self._session.role

    @property
    def is_bound(self) -> bool:
        """Whether the bind is up."""
        return self._bound

    @property
    def in_use(self) -> int:
        """Requests of ours that wait for an answer."""
        return self._session.in_use

    @property
    def inbound(self) -> int:
        """Requests of the peer that wait for ours."""
        return self._session.inbound

    @property
    def rate(self) -> float | None:
        """MTs a second that may leave at most; after throttling less than agreed. None: no limit."""
        return self._flow.rate

    @property
    def free(self) -> int:
        """Messages that window, rate and network allow to be sent now; 0 when not bound for sending."""
        if not self._bound or self._draining or self.wire.paused or self._flow.rests or self._valve.suspended:
            return 0
        return self._flow.allows(self._session.free)

    @property
    def rests(self) -> bool:
        """Whether nothing may leave for now because the carrier throttles."""
        return self._flow.rests

    def send(self, pdu: Pdu, context: object = None) -> int:
        """Send a request; `context` comes back with `response` or `lost`, exactly once.

        Out:     its sequence_number.
        Raises:  LinkClosed: the bind is down.  WindowFull: `free` is 0.  LocalProtocolError: not allowed on
                 this bind, or a value does not fit.
        """
        if not self._bound or self._draining:
            raise LinkClosed(f"{self.name} is not bound")
        if self.free <= 0 and self._session.free:
            self._run_dry()
            raise WindowFull(f"{self.name} has to wait for its rate or the network")
        try:
            number = self._session.send(pdu, self._loop.time(), context)
        except WindowFull:
            self._run_dry()
            raise
        self._flow.take()
        self.wire.flush_soon()
        if self.free == 0:
            self._run_dry()
        return number

    def respond(self, request: Pdu, status: int = CommandStatus.ESME_ROK, **fields: Any) -> bool:
        """Answer a request of the peer, exactly once. Nothing happens when its session is gone.

        Out:    whether the peer surely heeds it; not when it has gone, or has asked to.
        Raises: LocalProtocolError: it was answered before, or is of another link.
        """
        if self._session.state is State.CLOSED:
            return False
        heeded = self._session.respond(request, status, fields)
        self.wire.flush_soon()
        self._check_idle()
        return heeded

    def write_anyway(self, pdu: Pdu) -> None:
        """Write a PDU as it is, against all rules (for rehearsals)."""
        self._session.write_anyway(pdu)
        self.wire.flush_soon()

    def slow_down(self) -> None:
        """The carrier said that we send too fast: pause, go on at a lower rate, climb back (see `Pace`)."""
        if not self._flow.throttled():
            return
        if self._slot is not None:
            self._slot.throttled += 1
        self._log(logging.WARNING, "throttled", "the carrier throttles", rate=self._flow.rate)

    def look_again(self) -> None:
        """The bind's valve was turned: say so if messages may be sent again."""
        self._dry = True
        self._offer_room()

    async def unbind(self, *, drain_s: float = 10.0) -> None:
        """Send nothing more, wait up to `drain_s` for the open windows of both sides, unbind, close."""
        self._orderly = True
        if self._bound and not self._draining:
            self._draining = True
            self._show(BindState.UNBINDING)
            self._idle = self._loop.create_future()
            self._check_idle()
            await asyncio.wait((self._idle, self.ended), timeout=drain_s, return_when=asyncio.FIRST_COMPLETED)
            if not self.ended.done():
                self._session.send(Pdu(Command.UNBIND), self._loop.time())
                self.wire.flush_soon()
                await asyncio.wait((self.ended,), timeout=UNBIND_S)
        elif self._draining:
            await asyncio.wait((self.ended,), timeout=drain_s + UNBIND_S)
        self.close("stopped")
        await asyncio.wait((self.wire.gone,), timeout=UNBIND_S)

    def close(self, reason: str = "closed by us") -> None:
        """End the session at once: open requests come out as lost."""
        self.wire.close(reason)

    def abort(self, reason: str = "aborted by us") -> None:
        """As `close`, and what is not on the network yet never gets there."""
        self.wire.close(reason)
        self.wire.abort()

    def start_bind(self) -> None:
        """As ESME: ask to bind as `settings` say."""
        self._show(BindState.BINDING)
        self._session.send(bind_pdu(self.settings), self._loop.time())
        self.wire.flush_soon()

    def call(self, outbind: Outbind) -> None:
        """As MC that dialled: ask the ESME to bind on this connection (SMPP v3.4 §4.1.7)."""
        fields: Fields = {"system_id": outbind.system_id, "password": outbind.password}
        self._session.send(Pdu(Command.OUTBIND, fields), self._loop.time())
        self.wire.flush_soon()

    def answer_outbind(self, settings: BindSettings, *, slot: BindSlot) -> None:
        """As ESME that was called: bind with these settings on the connection that the carrier opened."""
        self.settings, self._slot, self.mode = settings, slot, settings.mode
        self._valve = slot.valve
        self._flow.agree(settings.rate)
        self._adopt(settings)
        slot.link = self  # taken from now on, though not yet bound
        self.start_bind()

    def accept(self, request: Pdu, settings: BindSettings, *, slot: BindSlot, system_id: str) -> None:
        """As MC: accept a bind on these terms. `system_id`: how we call ourselves."""
        self.settings, self._slot = settings, slot
        self._valve = slot.valve
        self._flow.agree(settings.rate)
        self.mode = MODE_OF[request.command]
        slot.record(self, "<", request)
        self._adopt(settings)
        self._session.respond(request, CommandStatus.ESME_ROK, {"system_id": system_id})
        self.wire.flush_soon()
        self._up()

    def _adopt(self, settings: BindSettings) -> None:
        session = self._session
        session.inbound_max, session.serves = settings.inbound_max, settings.serves
        session.inbound_octets_max = settings.inbound_octets_max
        session.try_again_status = settings.try_again_status
        session.adopt(timers=settings.timers, window=settings.window, dialect=settings.dialect)

    def refuse(self, request: Pdu, status: int) -> None:
        """As MC: refuse a bind and hang up."""
        if self._session.state is State.CLOSED:
            return
        self._session.respond(request, status)
        self.close("bind refused")

    def _handle(self, events: list[ev.Event]) -> None:
        """The session's events, in order. A callback that raises loses the connection, never an event."""
        self._queue.extend(events)
        if self._handling:
            return
        self._handling = True
        try:
            while self._queue:
                self._on_event(self._queue.popleft())
        finally:
            self._handling = False
            if self._queue:
                self._loop.call_soon(self._handle, [])
        self._check_idle()
        if self._dry:
            self._offer_room()

    def _on_event(self, event: ev.Event) -> None:
        match event:
            case ev.RequestReceived(pdu):
                if self._valve.isolated:
                    self.respond(pdu, try_again(pdu.command, self.settings.try_again_status))
                else:
                    self._events.request(self, pdu)
            case ev.ResponseReceived(context, pdu):
                if pdu.command_status == CommandStatus.ESME_ROK:
                    self._flow.taken()
                self._dry = self._dry and self.free == 0
                self._events.response(self, context, pdu)
            case ev.StrayResponse(pdu):
                self._stray(pdu)
            case ev.LateResponse(context, pdu):
                self._stray(pdu)
                self._events.late(self, context, pdu)
            case ev.RequestLost(context, written, reason):
                self._events.lost(self, context, written=written, reason=reason)
            case ev.KeepAliveAnswered(round_trip_s):
                if self._slot is not None:
                    self._slot.round_trip_ms = round_trip_s * 1000
            case ev.PeerFault(answer, reason):
                self._log(logging.DEBUG, "peer_fault", "peer broke a rule", answer=answer, reason=reason)
            case ev.Bound():
                self._up()
            case ev.BindRefused(pdu):
                self.refused = pdu.command_status
                self.close(f"bind refused: {_status(pdu.command_status)}")
            case ev.BindReceived(pdu):
                if self._bind_received is not None:
                    self._bind_received(self, pdu)
            case ev.OutbindReceived(pdu):
                if self._outbind_received is None:
                    self.close("outbind is not served")
                else:
                    self._outbind_received(self, pdu)
            case ev.AlertReceived(pdu):
                self._events.alert(self, pdu)
            case ev.Closed(reason, orderly):
                self.ended_orderly = orderly and not self.wire.unsent
                self._down(reason)

    def _stray(self, pdu: Pdu) -> None:
        if self._slot is not None:
            self._slot.strays += 1
        self._log(
            logging.DEBUG, "stray_response", f"{pdu.command.name} {pdu.sequence_number} answers nothing"
        )

    def _up(self) -> None:
        self._bound = True
        self.bound_at = self._loop.time()
        self._flow.follow()
        if self._slot is not None:
            self._slot.link, self._slot.peer, self._slot.attempts = self, self.peer, 0
        self._show(BindState.BOUND)
        self._log(logging.INFO, "bind_up", "bind up", mode=self.mode)
        self._events.bound(self)

    def _down(self, reason: str) -> None:
        self._flow.stop()
        was_bound, self._bound = self._bound, False
        if self._slot is not None and self._slot.link in (self, None):
            self._slot.link = None
            self._slot.becomes(BindState.DOWN, reason)
            orderly = self._orderly or reason in ORDERLY
            if was_bound and not orderly and self._board.on_drop is not None:
                self._board.on_drop(self._slot, reason)
        level = logging.INFO if self._slot is not None else logging.DEBUG
        self._log(level, "bind_down", "bind down", reason=reason)
        if not self.ended.done():
            self.ended.set_result(reason)
        if was_bound:
            self._events.unbound(self, reason)

    def _opened(self, peer: str) -> None:
        self.peer = self.peer or peer
        if self._listener_opened is not None:
            self._listener_opened(self)

    def _saw(self, way: Literal["<", ">"], pdu: Pdu) -> None:
        if self._slot is not None:
            self._slot.record(self, way, pdu)
        for tap in self._board.taps:
            tap(self, way, pdu)
        if log.isEnabledFor(logging.DEBUG):
            self._log(logging.DEBUG, "pdu", f"{way} {pdu!r}")  # its repr shows no text and no password

    def _run_dry(self) -> None:
        """`free` fell to 0: if only the rate is to blame, a timer tells when tokens are back."""
        self._dry = True
        if self._session.free:
            self._flow.awaits_tokens()

    def _offer_room(self) -> None:
        if not self._dry:
            return
        if self.free > 0:
            self._dry = False
            self._events.ready(self)
        elif self._bound:
            self._run_dry()

    def _check_idle(self) -> None:
        if self._idle is not None and not self._idle.done() and not self.in_use and not self.inbound:
            self._idle.set_result(None)

    def _show(self, state: BindState) -> None:
        if self._slot is not None:
            self._slot.becomes(state)

    def _log(self, level: int, event: str, message: str, **extra: object) -> None:
        ids = {"bind": self.name, "carrier": self.carrier, "session": self.session_id, "peer": self.peer}
        log.log(level, message, extra={"event": event, **ids, **extra})


def _status(status: int) -> str:
    return status.name if isinstance(status, CommandStatus) else f"0x{status:08X}"
