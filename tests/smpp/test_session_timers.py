"""Time is a number: every timer of a session, driven by hand."""

from __future__ import annotations

from smsc.smpp import events as ev
from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command, CommandStatus, Role, State
from smsc.smpp.inbound import UNBIND_WAIT_S
from smsc.smpp.pdu import Pdu
from smsc.smpp.session import Session
from smsc.smpp.timers import Timers

TIMERS = Timers(
    session_init_s=10, enquire_link_s=30, enquire_answer_s=5, response_s=60, inactivity_s=300, pdu_s=10
)


def bound(timers: Timers = TIMERS, *, at: float = 0.0) -> Session:
    session = Session(Role.ESME, now=0.0, timers=timers)
    session.send(Pdu(Command.BIND_TRANSCEIVER, {"system_id": "astro"}), 0.0)
    session.data_to_send()
    session.receive_data(encode(Pdu(Command.BIND_TRANSCEIVER_RESP), sequence_number=1), at)
    assert session.state is State.BOUND_TRX
    return session


def reason(events: list[ev.Event]) -> str:
    assert isinstance(events[-1], ev.Closed)
    return events[-1].reason


def test_session_init_closes_a_connection_that_never_binds() -> None:
    mc = Session(None, now=0.0, timers=TIMERS)
    mc.receive_data(encode(Pdu(Command.ENQUIRE_LINK), sequence_number=1), 9.0)  # buys no time
    assert mc.next_deadline() == 10.0
    assert mc.on_deadline(9.9) == []
    assert reason(mc.on_deadline(10.0)) == "no bind in time"


def test_bind_without_answer_ends_the_session() -> None:
    esme = Session(Role.ESME, now=0.0, timers=TIMERS)
    assert esme.next_deadline() is None
    esme.send(Pdu(Command.BIND_RECEIVER), 0.0)
    assert esme.next_deadline() == 60.0
    assert reason(esme.on_deadline(60.0)) == "bind_receiver was not answered"


def test_silence_is_asked_after_and_the_answer_measured() -> None:
    session = bound()
    assert session.next_deadline() == 30.0
    session.on_deadline(30.0)
    enquiry = decode(session.data_to_send())
    assert enquiry.command is Command.ENQUIRE_LINK
    assert session.next_deadline() == 35.0
    answer = encode(Pdu(Command.ENQUIRE_LINK_RESP), sequence_number=enquiry.sequence_number)
    (event,) = session.receive_data(answer, 30.25)
    assert event == ev.KeepAliveAnswered(0.25)
    assert session.next_deadline() == 60.25


def test_unanswered_enquire_link_closes_and_loses_what_is_open() -> None:
    session = bound()
    session.send(Pdu(Command.SUBMIT_SM), 29.0, "mt")
    session.data_to_send()
    session.on_deadline(30.0)
    events = session.on_deadline(35.0)
    assert events[0] == ev.RequestLost("mt", written=True, reason="enquire_link was not answered")
    assert reason(events) == "enquire_link was not answered"


def test_traffic_of_the_peer_puts_the_keep_alive_off() -> None:
    session = bound()
    session.receive_data(encode(Pdu(Command.ENQUIRE_LINK), sequence_number=9), 20.0)
    assert session.next_deadline() == 50.0


def test_response_timer_loses_the_request_and_keeps_the_session() -> None:
    session = bound(Timers(enquire_link_s=None, inactivity_s=None, response_s=60))
    session.send(Pdu(Command.SUBMIT_SM), 1.0, "first")
    session.data_to_send()
    number = session.send(Pdu(Command.SUBMIT_SM), 2.0, "second")
    assert session.next_deadline() == 61.0
    assert session.on_deadline(61.0) == [ev.RequestLost("first", True, "no answer within 60 s")]
    assert session.next_deadline() == 62.0
    assert session.on_deadline(62.0) == [ev.RequestLost("second", False, "no answer within 60 s")]
    assert (session.in_use, session.next_deadline(), session.state) == (0, None, State.BOUND_TRX)
    late = encode(Pdu(Command.SUBMIT_SM_RESP, {"message_id": "1"}), sequence_number=number)
    (event,) = session.receive_data(late, 63.0)
    assert isinstance(event, ev.LateResponse) and event.context == "second"
    (event,) = session.receive_data(late, 64.0)
    assert isinstance(event, ev.StrayResponse)


def test_inactivity_closes_where_the_keep_alive_is_off() -> None:
    session = bound(Timers(enquire_link_s=None, inactivity_s=300))
    assert session.next_deadline() == 300.0
    assert reason(session.on_deadline(300.0)) == "the peer fell silent"


def test_half_a_pdu_is_not_waited_for_long_however_slowly_it_drips() -> None:
    session = bound()
    frame = encode(Pdu(Command.DELIVER_SM), sequence_number=1)
    for second, octet in enumerate(frame[:9]):
        session.receive_data(bytes((octet,)), 1.0 + second)
    assert session.next_deadline() == 11.0
    assert reason(session.on_deadline(11.0)) == "half a PDU"


def test_pdu_timer_begins_anew_with_every_whole_pdu() -> None:
    session = bound()
    frame = encode(Pdu(Command.ENQUIRE_LINK), sequence_number=1)
    session.receive_data(frame[:5], 1.0)
    session.receive_data(frame[5:] + frame[:5], 8.0)
    assert session.next_deadline() == 18.0
    session.receive_data(frame[5:], 9.0)
    assert session.next_deadline() == 39.0


def test_a_peer_that_unbinds_gets_the_answers_it_is_owed_first() -> None:
    session = bound()
    session.receive_data(encode(Pdu(Command.DELIVER_SM), sequence_number=7), 1.0)
    (request,) = session.receive_data(encode(Pdu(Command.DELIVER_SM), sequence_number=8), 1.0)
    assert isinstance(request, ev.RequestReceived) and session.inbound == 2
    session.respond(request.pdu)
    assert session.receive_data(encode(Pdu(Command.UNBIND), sequence_number=9), 2.0) == []
    assert (session.free, session.next_deadline()) == (0, 2.0 + UNBIND_WAIT_S)
    (late,) = session.receive_data(encode(Pdu(Command.DELIVER_SM), sequence_number=10), 2.0)
    assert late == ev.PeerFault(CommandStatus.ESME_RINVBNDSTS, "DELIVER_SM behind an unbind")
    assert session.on_deadline(3.0) == []
    assert session.on_deadline(2.0 + UNBIND_WAIT_S) == [ev.Closed("the peer unbound", orderly=False)]
    assert answered(session) == ["DELIVER_SM_RESP", "DELIVER_SM_RESP", "UNBIND_RESP"]


def test_the_unbind_is_answered_as_soon_as_nothing_is_owed() -> None:
    session = bound()
    (request,) = session.receive_data(encode(Pdu(Command.DELIVER_SM), sequence_number=7), 1.0)
    session.receive_data(encode(Pdu(Command.UNBIND), sequence_number=9), 2.0)
    assert isinstance(request, ev.RequestReceived)
    assert not session.respond(request.pdu), "it may have stopped listening"
    assert session.next_deadline() == 0.0
    assert session.on_deadline(2.1) == [ev.Closed("the peer unbound", orderly=True)]
    assert answered(session) == ["DELIVER_SM_RESP", "UNBIND_RESP"]


def answered(session: Session) -> list[str]:
    """The PDUs to write, in order."""
    octets, names = bytearray(session.data_to_send()), []
    while (frame := take_frame(octets)) is not None:
        names.append(decode(frame).command.name)
    return names


def test_unbind_without_answer_ends_all_the_same() -> None:
    session = bound(Timers(response_s=7))
    session.send(Pdu(Command.UNBIND), 1.0)
    assert session.next_deadline() == 8.0
    assert reason(session.on_deadline(8.0)) == "unbind was not answered"


def test_enquire_link_is_answered_at_once_whatever_waits_for_an_answer() -> None:
    session = bound()
    mo = Pdu(Command.DELIVER_SM, {"source_addr": "41791234501", "destination_addr": "543"})
    for number in range(2, 100):
        session.receive_data(encode(mo, sequence_number=number), 1.0)
    session.receive_data(encode(Pdu(Command.ENQUIRE_LINK), sequence_number=100), 1.0)
    answer = decode(session.data_to_send())
    assert (answer.command, answer.sequence_number) == (Command.ENQUIRE_LINK_RESP, 100)
    assert session.inbound == 98, "the MOs wait for their commit"
