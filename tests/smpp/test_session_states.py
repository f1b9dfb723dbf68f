"""Every role x state x dialect x command ends in a known state, and so does garbage."""

from __future__ import annotations

import struct
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.smpp import events as ev
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import BINDS, RESPONSES, Command, CommandStatus, Role, State
from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.pdu import Pdu
from smsc.smpp.permissions import BOUND_AS, MAY_RECEIVE, MAY_SEND, UNSERVED, Dialect, refusal
from smsc.smpp.session import Session

DIALECTS: tuple[Dialect, ...] = ("normal", "carrier_as_esme")
BIND_OF = {state: command for command, state in BOUND_AS.items()}
STATES = [State.OPEN, State.OUTBOUND, State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX, State.CLOSED]


def session_in(role: Role, state: State, dialect: Dialect) -> Session:
    session = Session(role, now=0.0, dialect=dialect)
    match role, state:
        case Role.ESME, State.OUTBOUND:
            session = Session(None, now=0.0, dialect=dialect)
            session.receive_data(encode(Pdu(Command.OUTBIND), sequence_number=1), 0.0)
        case Role.MC, State.OUTBOUND:
            session.send(Pdu(Command.OUTBIND), 0.0)
        case Role.ESME, State.BOUND_TX | State.BOUND_RX | State.BOUND_TRX:
            session.send(Pdu(BIND_OF[state]), 0.0)
            session.receive_data(encode(Pdu(RESPONSES[BIND_OF[state]]), sequence_number=1), 0.0)
        case Role.MC, State.BOUND_TX | State.BOUND_RX | State.BOUND_TRX:
            (event,) = session.receive_data(encode(Pdu(BIND_OF[state]), sequence_number=1), 0.0)
            assert isinstance(event, ev.BindReceived)
            session.respond(event.pdu)
        case _, State.CLOSED:
            session.close("over")
    session.data_to_send()
    assert (session.role, session.state) == (role, state)
    return session


CASES = list(product(Role, STATES, DIALECTS, Command))


# A submit_multi needs destinations, and nothing of ours sends one.
@pytest.mark.parametrize(
    ("role", "state", "dialect", "command"), [case for case in CASES if case[3] is not Command.SUBMIT_MULTI]
)
def test_sending_is_allowed_by_the_table_or_refused_without_a_trace(
    role: Role, state: State, dialect: Dialect, command: Command
) -> None:
    session = session_in(role, state, dialect)
    if command in MAY_SEND.get((role, state, dialect), frozenset()):
        session.send(Pdu(command), 0.0)
        assert decode(session.data_to_send()).command is command
        return
    with pytest.raises(LocalProtocolError):
        session.send(Pdu(command), 0.0)
    assert (session.state, session.data_to_send()) == (state, b"")


def expected_state(role: Role, state: State, command: Command, allowed: bool) -> State:
    if allowed and command is Command.UNBIND:
        return State.CLOSED
    if allowed and command is Command.OUTBIND:
        return State.OUTBOUND
    return state


@pytest.mark.parametrize(("role", "state", "dialect", "command"), CASES)
def test_receiving_ends_in_a_known_state_with_one_answer_at_most(
    role: Role, state: State, dialect: Dialect, command: Command
) -> None:
    session = session_in(role, state, dialect)
    frame = encode(Pdu(command), sequence_number=0x4711) if command is not Command.SUBMIT_MULTI else multi()
    allowed = command in MAY_RECEIVE.get((role, state, dialect), frozenset())
    events = session.receive_data(frame, 1.0)
    answer = session.data_to_send()
    assert session.state is expected_state(role, state, command, allowed)
    if state is State.CLOSED or command.is_response:
        assert answer == b""
    elif not allowed:
        already = command in BINDS and state.is_bound
        said = decode(answer)
        assert said.command is RESPONSES.get(command, Command.GENERIC_NACK)
        assert said.sequence_number == 0x4711
        ever = any(command in MAY_RECEIVE[at] for at in MAY_RECEIVE if at[0] is role and at[2] == dialect)
        otherwise = CommandStatus.ESME_RINVBNDSTS if ever else CommandStatus.ESME_RINVCMDID
        assert said.command_status == (CommandStatus.ESME_RALYBND if already else otherwise)
        assert refusal(role, state, dialect, command) == said.command_status
        assert [type(event) for event in events] == [ev.PeerFault]
    elif command in UNSERVED:
        assert decode(answer).command_status == CommandStatus.ESME_RINVCMDID
    elif command in (Command.ENQUIRE_LINK, Command.UNBIND):
        assert decode(answer).command is RESPONSES[command]
    else:
        assert answer == b""
        assert len(events) == 1


@pytest.mark.parametrize("command", sorted(UNSERVED))
def test_a_request_that_is_not_offered_is_handed_out_where_the_edge_serves_it(command: Command) -> None:
    session = Session(None, now=0.0, serves=frozenset({command}))
    (bind,) = session.receive_data(encode(Pdu(Command.BIND_TRANSCEIVER), sequence_number=1), 0.0)
    assert isinstance(bind, ev.BindReceived)
    session.respond(bind.pdu)
    session.data_to_send()
    frame = multi() if command is Command.SUBMIT_MULTI else encode(Pdu(command), sequence_number=0x4711)
    (event,) = session.receive_data(frame, 1.0)
    assert isinstance(event, ev.RequestReceived)
    session.respond(event.pdu)
    assert decode(session.data_to_send()).command is RESPONSES[command]


def multi() -> bytes:
    body = b"\0\0\0\0\x01\x01\0\x00123\0\0\0\0\0\0\0\0\0\0\0"
    return struct.pack(">IIII", 16 + len(body), Command.SUBMIT_MULTI, 0, 0x4711) + body


@pytest.mark.parametrize("command", [c for c in Command if c not in BINDS and c is not Command.OUTBIND])
def test_first_pdu_that_is_no_bind_gives_no_role(command: Command) -> None:
    session = Session(None, now=0.0)
    session.receive_data(
        encode(Pdu(command), sequence_number=1) if command is not Command.SUBMIT_MULTI else multi(), 0.0
    )
    assert (session.role, session.state) == (None, State.OPEN)


def trx() -> Session:
    return session_in(Role.MC, State.BOUND_TRX, "normal")


def test_unknown_command_is_nacked_and_the_session_lives_on() -> None:
    session = trx()
    session.receive_data(struct.pack(">IIII", 16, 0x00000FFF, 0, 8), 0.0)
    nack = decode(session.data_to_send())
    assert (nack.command, nack.command_status, nack.sequence_number) == (
        Command.GENERIC_NACK,
        CommandStatus.ESME_RINVCMDID,
        8,
    )
    assert session.state is State.BOUND_TRX


def test_bad_body_is_answered_in_its_own_response() -> None:
    session = trx()
    frame = encode(Pdu(Command.SUBMIT_SM, {"short_message": b"hello"}))
    torn = frame + b"\x14\x01\x00\x30ab"  # a TLV that overruns the PDU
    torn = struct.pack(">IIII", len(torn), Command.SUBMIT_SM, 0, 9) + torn[16:]
    (event,) = session.receive_data(torn, 0.0)
    assert isinstance(event, ev.PeerFault)
    answer = decode(session.data_to_send())
    assert (answer.command, answer.sequence_number) == (Command.SUBMIT_SM_RESP, 9)
    assert answer.command_status == CommandStatus.ESME_RINVOPTPARSTREAM
    assert session.state is State.BOUND_TRX


@pytest.mark.parametrize("length", [0, 15, 0x7FFFFFFF, 0xFFFFFFFF])
def test_unreadable_length_is_nacked_and_ends_the_session_at_once(length: int) -> None:
    session = trx()
    events = session.receive_data(struct.pack(">I", length), 0.0)
    assert isinstance(events[-1], ev.Closed)
    nack = decode(session.data_to_send())
    assert (nack.command, nack.command_status) == (Command.GENERIC_NACK, CommandStatus.ESME_RINVCMDLEN)
    assert session.receive_data(b"more", 0.0) == []


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """PDUs, PDUs with wild bodies, and noise."""
    pieces = draw(
        st.lists(
            st.one_of(
                st.binary(max_size=40),
                st.builds(wild, st.sampled_from(list(Command)), st.binary(max_size=60), st.integers(0, 5)),
            ),
            max_size=8,
        )
    )
    return b"".join(pieces)


def wild(command: Command, body: bytes, number: int) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, 0, number) + body


@given(streams())
def test_garbage_means_the_same_whole_and_byte_by_byte(data: bytes) -> None:
    whole, dripped = trx(), trx()
    events = whole.receive_data(data, 0.0)
    drops = [event for octet in data for event in dripped.receive_data(bytes((octet,)), 0.0)]
    assert [repr(event) for event in events] == [repr(event) for event in drops]
    said, dripping_said = whole.data_to_send(), dripped.data_to_send()
    if whole.state is State.CLOSED:
        # A bad length is judged when its 4 octets are there: the nack has a number only if it came along.
        said, dripping_said = said[:-4], dripping_said[:-4]
    assert (whole.state, said) == (dripped.state, dripping_said)
