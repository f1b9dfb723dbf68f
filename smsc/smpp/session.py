"""An SMPP session without a socket: bytes and time come in, events and bytes go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from smsc.smpp import events as ev
from smsc.smpp.codec import FRAME_OCTETS_MAX, decode, encode, take_frame
from smsc.smpp.codes import BINDS, COMMANDS, RESPONSE_BIT, RESPONSES, Command, CommandStatus, Role, State, Tag
from smsc.smpp.errors import LocalProtocolError, RemoteProtocolError
from smsc.smpp.events import Event
from smsc.smpp.inbound import INBOUND_OCTETS_MAX, Inbound
from smsc.smpp.outbox import Outbox
from smsc.smpp.pdu import Pdu
from smsc.smpp.permissions import (
    BOUND_AS,
    CONTROL,
    MAY_RECEIVE,
    MAY_SEND,
    MESSAGES,
    UNSERVED,
    Dialect,
    refusal,
    try_again,
)
from smsc.smpp.timers import Pulse, Timers
from smsc.smpp.window import OpenRequest, Window, WindowFull

Tap = Callable[[Literal["<", ">"], Pdu], None]
"""Sees every PDU that was read ("<") and every one that is about to be sent (">")."""

INTERFACE_VERSION = 0x34
"""SMPP v3.4 (§5.2.4); below it no optional parameters are understood."""

STRANGER_OCTETS_MAX = 4096
"""The longest PDU that is read before a bind: no bind request needs more, and nobody knows who sends."""

_NONE: frozenset[Command] = frozenset()
_BIND_RESPONSES = frozenset(bind.response for bind in BINDS)


class Session:
    """One SMPP session, as ESME or as MC, whoever dialled.

    An accepted connection has no role until its first PDU: a bind makes us the MC, an outbind the ESME. The
    session answers enquire_link, unbind and whatever is out of place; a message it hands out as
    `RequestReceived`, to be answered by `respond` when it is durable. Times are monotonic seconds.

    Args:
        window: requests of ours that may wait for an answer at the same time.
        inbound_max, inbound_octets_max: requests of the peer that may, by number and by the memory they take; the
            next is asked to come again: a submit_sm by ESME_RMSGQFUL, others by `try_again_status`.
        octets_max: the longest PDU that is read.
        serves: of the requests that are usually refused (query_sm and its like), those the edge answers.
    """

    def __init__(
        self,
        role: Role | None,
        *,
        now: float,
        timers: Timers | None = None,
        window: int = 10,
        dialect: Dialect = "normal",
        octets_max: int = FRAME_OCTETS_MAX,
        inbound_max: int = 1000,
        inbound_octets_max: int = INBOUND_OCTETS_MAX,
        try_again_status: int = CommandStatus.ESME_RX_T_APPN,
        tap: Tap | None = None,
        serves: frozenset[Command] = _NONE,
    ) -> None:
        self.role = role
        self.serves = serves
        self.state = State.OPEN
        self.timers = timers or Timers()
        self.window = window
        self.dialect: Dialect = dialect
        self.octets_max = octets_max
        self.inbound_max, self.inbound_octets_max = inbound_max, inbound_octets_max
        self.try_again_status = try_again_status
        self.tap = tap
        self.peer_version = INTERFACE_VERSION
        self._inbox = bytearray()
        self._outbox = Outbox()
        self._window = Window()
        self._control: dict[int, OpenRequest] = {}
        self._inbound = Inbound()
        self._binding: Pdu | None = None
        self._unbinding = False
        self._pulse = Pulse(now)
        self._events: list[Event] = []
        self._refresh()

    @property
    def free(self) -> int:
        """Messages that may be sent now: 0 unless bound for it."""
        if not self._may_message:
            return 0
        return max(0, self.window - len(self._window))

    @property
    def in_use(self) -> int:
        """Requests of ours that wait for an answer."""
        return len(self._window)

    @property
    def inbound(self) -> int:
        """Requests of the peer that wait for ours."""
        return len(self._inbound)

    def adopt(self, *, timers: Timers, window: int, dialect: Dialect) -> None:
        """Take the settings of the account that a bind turned out to be for, before it is accepted."""
        self.timers, self.window, self.dialect = timers, window, dialect
        self._refresh()

    def send(self, pdu: Pdu, now: float, context: object = None) -> int:
        """Queue a request; `context` comes back with its answer or its loss.

        Out:     the sequence_number, which `pdu` now bears.
        Raises:  LocalProtocolError: not allowed in this role and state, or it does not encode.  WindowFull.
        """
        command = pdu.command
        going = self._unbinding or self._inbound.leaving is not None
        if command not in self._may_send or (going and command != Command.ENQUIRE_LINK):
            raise LocalProtocolError(f"{command.name} as {self._who()} in {self.state.name}")
        if command in CONTROL:
            return self._send_control(pdu, now)
        windowed = command in RESPONSES
        if windowed and len(self._window) >= self.window:
            raise WindowFull(f"{self.window} requests wait for an answer")
        number = self._write_request(pdu)
        if windowed:
            deadline = now + self.timers.response_s
            self._window.open(number, OpenRequest(command, context, now, deadline, self._outbox.batch))
        elif command == Command.OUTBIND:
            self._become(State.OUTBOUND)
        return number

    def respond(
        self,
        request: Pdu,
        status: int = CommandStatus.ESME_ROK,
        fields: Mapping[str, Any] | None = None,
        *,
        tlvs: Mapping[int, bytes] | None = None,
    ) -> bool:
        """Answer a request that was handed out, exactly once; requests may be answered in any order.

        Out:    whether the peer surely heeds it: one that has asked to unbind may have stopped listening.
        Raises: LocalProtocolError: it was answered before, is not of this session, or the session is closed.
        """
        if request is self._binding and self.role is Role.MC:
            self._respond_bind(request, status, fields or {})
            return True
        if request not in self._inbound:
            raise LocalProtocolError(f"{request.command.name} {request.sequence_number} is not open")
        answer = Pdu(
            RESPONSES[request.command],
            dict(fields or {}),
            tlvs=dict(tlvs or {}),
            command_status=status,
            sequence_number=request.sequence_number,
        )
        self._write(answer)
        self._inbound.close(request)
        return self._inbound.leaving is None

    def write_anyway(self, pdu: Pdu) -> None:
        """Write a PDU as it is, against all rules, as faulty peers do (for rehearsals)."""
        self._write(pdu)

    def data_to_send(self) -> bytes:
        """The octets to write now. What is handed out counts as written: its requests may reach the peer."""
        return self._outbox.take()

    def receive_data(self, data: bytes, now: float) -> list[Event]:
        """Events of the octets that arrived, in order; a PDU may come in pieces."""
        if self.state is State.CLOSED:
            return []
        self._inbox += data
        taken = 0
        try:
            # The inbox of a closed session is empty.
            while (frame := take_frame(self._inbox, octets_max=self._frame_max)) is not None:
                taken += 1
                self._receive_frame(frame, now)
        except RemoteProtocolError as fault:
            self._answer_fatal(fault)
        self._pulse.heard(now, whole=taken, rest=len(self._inbox))
        return self._take_events()

    def close(self, reason: str) -> list[Event]:
        """The connection is gone, or shall go: every open request comes out as lost, once."""
        self._close(reason)
        return self._take_events()

    def _receive_frame(self, frame: bytes, now: float) -> None:
        try:
            pdu = decode(frame)
        except RemoteProtocolError as fault:
            self._receive_fault(fault)
            return
        if self.tap is not None:
            self.tap("<", pdu)
        if pdu.command & RESPONSE_BIT:
            self._receive_response(pdu, now)
        else:
            self._receive_request(pdu, now)

    def _receive_fault(self, fault: RemoteProtocolError) -> None:
        """A readable header with a bad body: answer, go on. A response is not answered."""
        if fault.fatal:
            raise fault
        if fault.command_id & RESPONSE_BIT:
            self._events.append(ev.PeerFault(0, str(fault)))
        else:
            self._refuse(COMMANDS.get(fault.command_id), fault.sequence_number, fault.answer, str(fault))

    def _answer_fatal(self, fault: RemoteProtocolError) -> None:
        self._inbox.clear()
        self._refuse(None, fault.sequence_number, fault.answer, str(fault))
        self._close(str(fault))

    def _receive_request(self, pdu: Pdu, now: float) -> None:
        command = pdu.command
        if command in MESSAGES and command in self._may_receive:
            self._receive_message(pdu)
            return
        again = command in BINDS and self._binding is not None
        status = refusal(self.role, self.state, self.dialect, command, serves=self.serves)
        if again or status is not None:
            reason = f"{command.name} to {self._who()} in {self.state.name}"
            self._refuse(command, pdu.sequence_number, status or CommandStatus.ESME_RINVBNDSTS, reason)
        elif command in UNSERVED:
            self._receive_message(pdu)
        else:
            self._receive_control(pdu, now)

    def _receive_message(self, pdu: Pdu) -> None:
        inbound = self._inbound
        if inbound.leaving is not None:
            reason = f"{pdu.command.name} behind an unbind"
            self._refuse(pdu.command, pdu.sequence_number, CommandStatus.ESME_RINVBNDSTS, reason)
            return
        if not inbound.open(pdu, at_most=self.inbound_max, octets_max=self.inbound_octets_max):
            reason = f"{len(inbound)} requests wait for our answer"
            status = try_again(pdu.command, self.try_again_status)
            self._refuse(pdu.command, pdu.sequence_number, status, reason)
            return
        self._events.append(ev.RequestReceived(pdu))

    def _receive_control(self, pdu: Pdu, now: float) -> None:
        match pdu.command:
            case Command.ENQUIRE_LINK:
                self._answer(pdu)
            case Command.UNBIND:
                self._inbound.leave(pdu, now)
                self._refresh()
                if not self._inbound:
                    self._let_go(pdu)
            case Command.OUTBIND:
                self.role = Role.ESME
                self._become(State.OUTBOUND)
                self._events.append(ev.OutbindReceived(pdu))
            case Command.ALERT_NOTIFICATION:
                self._events.append(ev.AlertReceived(pdu))
            case _:  # the three binds
                self.role = Role.MC
                self._binding = pdu
                self.peer_version = pdu.number("interface_version")
                self._refresh()
                self._events.append(ev.BindReceived(pdu))

    def _let_go(self, unbind: Pdu) -> None:
        """Answer the peer's unbind. What it is still owed by now it will not get."""
        self._answer(unbind)
        self._close("the peer unbound", orderly=not self._inbound)

    def _receive_response(self, pdu: Pdu, now: float) -> None:
        number = pdu.sequence_number
        request = self._window.get(number)
        if request is None:
            self._receive_control_response(pdu, now)
            return
        if pdu.command == Command.GENERIC_NACK:
            # A nack is a refusal even where its sender forgot to say why.
            pdu.command_status = pdu.command_status or CommandStatus.ESME_RUNKNOWNERR
        elif pdu.command != RESPONSES[request.command]:
            self._events.append(
                ev.PeerFault(0, f"{pdu.command.name} answers {request.command.name} {number}")
            )
            return
        self._window.close(number)
        self._events.append(ev.ResponseReceived(request.context, pdu))

    def _receive_control_response(self, pdu: Pdu, now: float) -> None:
        request = self._control.pop(pdu.sequence_number, None)
        if request is None:
            late = self._window.late(pdu.sequence_number)
            fits = late is not None and pdu.command in (RESPONSES[late.command], Command.GENERIC_NACK)
            self._events.append(
                ev.LateResponse(late.context, pdu) if late and fits else ev.StrayResponse(pdu)
            )
            return
        match request.command:
            case Command.ENQUIRE_LINK:  # a nack proves as well that somebody is there
                self._events.append(ev.KeepAliveAnswered(max(0.0, now - request.sent_at)))
            case Command.UNBIND:
                self._close("unbound", orderly=not self._inbound)
            case bind:
                self._receive_bind_answer(bind, pdu)

    def _receive_bind_answer(self, bind: Command, pdu: Pdu) -> None:
        self._binding = None
        if pdu.command in _BIND_RESPONSES and pdu.command_status == CommandStatus.ESME_ROK:
            self._become(BOUND_AS[bind])
            self._events.append(ev.Bound(pdu))
        else:
            self._events.append(ev.BindRefused(pdu))

    def next_deadline(self) -> float | None:
        """When `on_deadline` is to be called next, in monotonic seconds; None: never."""
        if self.state is State.CLOSED:
            return None
        moments = [request.deadline for request in self._control.values()]
        moments += [moment for moment, _ in self._pulse.ends(self.timers, self.role, self.state)]
        for moment in (self._window.first_deadline(), self._inbound.leaves_at()):
            if moment is not None:
                moments.append(moment)
        if (keep_alive := self._keep_alive_at()) is not None:
            moments.append(keep_alive)
        return min(moments, default=None)

    def on_deadline(self, now: float) -> list[Event]:
        """Everything that is due: lost requests, a keep-alive, the end. Calling it early does nothing."""
        if self.state is State.CLOSED:
            return []
        for request in self._window.expire(now):
            reason = f"no answer within {self.timers.response_s:g} s"
            self._events.append(ev.RequestLost(request.context, request.batch < self._outbox.batch, reason))
        if (unbind := self._inbound.leaving) is not None and (self._inbound.leaves_at() or 0.0) <= now:
            self._let_go(unbind)
            return self._take_events()
        for request in self._control.values():
            if request.deadline <= now:
                self._close(f"{request.command.name.lower()} was not answered")
                return self._take_events()
        for moment, reason in self._pulse.ends(self.timers, self.role, self.state):
            if moment <= now:
                self._close(reason)
                return self._take_events()
        if (keep_alive := self._keep_alive_at()) is not None and keep_alive <= now:
            self._send_control(Pdu(Command.ENQUIRE_LINK), now)
        return self._take_events()

    def _keep_alive_at(self) -> float | None:
        return None if self._control else self._pulse.keep_alive_at(self.timers, self.state)

    def _send_control(self, pdu: Pdu, now: float) -> int:
        if pdu.command in BINDS and self._binding is not None:
            raise LocalProtocolError("a bind is under way")
        number = self._write_request(pdu)
        if pdu.command in BINDS:
            self._binding = pdu
        if pdu.command == Command.UNBIND:
            self._unbinding, self._may_message = True, False
        keep_alive = pdu.command == Command.ENQUIRE_LINK
        wait_s = self.timers.enquire_answer_s if keep_alive else self.timers.response_s
        self._control[number] = OpenRequest(pdu.command, None, now, now + wait_s, self._outbox.batch)
        return number

    def _respond_bind(self, request: Pdu, status: int, fields: Mapping[str, Any]) -> None:
        accepted = status == CommandStatus.ESME_ROK
        # §5.2.4: a peer below 3.4 is sent no optional parameters.
        versioned = accepted and self.peer_version >= INTERFACE_VERSION
        tlvs = {int(Tag.SC_INTERFACE_VERSION): bytes((INTERFACE_VERSION,))} if versioned else {}
        answer = Pdu(RESPONSES[request.command], dict(fields), tlvs=tlvs, command_status=status)
        answer.sequence_number = request.sequence_number
        self._write(answer)
        self._binding = None
        if accepted:
            self._become(BOUND_AS[request.command])

    def _answer(self, request: Pdu) -> None:
        self._write(Pdu(RESPONSES[request.command], sequence_number=request.sequence_number))

    def _refuse(self, command: Command | None, number: int, status: int, reason: str) -> None:
        """In the request's own response, or by generic_nack where it has none."""
        response = Command.GENERIC_NACK if command is None else RESPONSES.get(command, Command.GENERIC_NACK)
        self._write(Pdu(response, command_status=status, sequence_number=number))
        self._events.append(ev.PeerFault(status, reason))

    def _write_request(self, pdu: Pdu) -> int:
        pdu.sequence_number = number = self._outbox.next_number(self._window, self._control)
        self._write(pdu)
        self._outbox.used(number)
        return number

    def _write(self, pdu: Pdu) -> None:
        self._outbox.append(encode(pdu))
        if self.tap is not None:
            self.tap(">", pdu)

    def _close(self, reason: str, *, orderly: bool = False) -> None:
        if self.state is State.CLOSED:
            return
        # A request that was not handed out is reported as unwritten, so its octets must never leave.
        self._outbox.drop_requests()
        for request in self._window.drain():
            self._events.append(ev.RequestLost(request.context, request.batch < self._outbox.batch, reason))
        self._control.clear()
        self._inbound.clear()
        self._inbox.clear()
        self._binding = None
        self._become(State.CLOSED)
        self._events.append(ev.Closed(reason, orderly))

    def _become(self, state: State) -> None:
        self.state = state
        self._refresh()

    def _refresh(self) -> None:
        """Look the tables up once for a state, not once for a PDU."""
        key = (self.state, self.dialect)
        self._may_send = _NONE if self.role is None else MAY_SEND.get((self.role, *key), _NONE)
        self._may_receive = MAY_RECEIVE.get((self.role, *key), _NONE)
        going = self._unbinding or self._inbound.leaving is not None
        self._may_message = bool(self._may_send & MESSAGES) and not going
        bound = self.state.is_bound
        self._frame_max = self.octets_max if bound else min(self.octets_max, STRANGER_OCTETS_MAX)

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _who(self) -> str:
        return "nobody yet" if self.role is None else self.role.name
