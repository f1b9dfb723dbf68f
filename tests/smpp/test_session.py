"""A session as a conversation between two of its kind, on memory wires."""

from __future__ import annotations

import pytest

from smsc.smpp import events as ev
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Command, CommandStatus, Role, State, Tag
from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.pdu import Pdu
from smsc.smpp.session import Session
from smsc.smpp.window import SEQUENCE_MAX, WindowFull

NOW = 1000.0


def bind(command: Command = Command.BIND_TRANSCEIVER, version: int = 0x34) -> Pdu:
    return Pdu(command, {"system_id": "astro", "password": "secret", "interface_version": version})


def submit(text: bytes = b"hello") -> Pdu:
    return Pdu(Command.SUBMIT_SM, {"destination_addr": "41791234567", "short_message": text})


def deliver(text: bytes = b"HOROSKOP") -> Pdu:
    return Pdu(Command.DELIVER_SM, {"source_addr": "41791234567", "short_message": text})


def carry(sender: Session, receiver: Session) -> list[ev.Event]:
    return receiver.receive_data(sender.data_to_send(), NOW)


def bound(command: Command = Command.BIND_TRANSCEIVER, *, window: int = 10) -> tuple[Session, Session]:
    esme = Session(Role.ESME, now=NOW, window=window)
    mc = Session(None, now=NOW, window=window)
    esme.send(bind(command), NOW)
    (received,) = carry(esme, mc)
    assert isinstance(received, ev.BindReceived)
    mc.respond(received.pdu, 0, {"system_id": "helvetia"})
    (answer,) = carry(mc, esme)
    assert isinstance(answer, ev.Bound)
    return esme, mc


def only_request(events: list[ev.Event]) -> Pdu:
    (event,) = events
    assert isinstance(event, ev.RequestReceived)
    return event.pdu


def heard(session: Session) -> list[tuple[str, int, int]]:
    """What a session has to send: name, sequence_number, status."""
    data, pdus = session.data_to_send(), []
    while data:
        size = int.from_bytes(data[:4], "big")
        pdu = decode(data[:size])
        pdus.append((pdu.command.name, pdu.sequence_number, int(pdu.command_status)))
        data = data[size:]
    return pdus


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (Command.BIND_TRANSCEIVER, State.BOUND_TRX),
        (Command.BIND_TRANSMITTER, State.BOUND_TX),
        (Command.BIND_RECEIVER, State.BOUND_RX),
    ],
)
def test_first_pdu_gives_an_accepted_connection_its_role(command: Command, state: State) -> None:
    esme, mc = bound(command)
    assert (esme.state, mc.state) == (state, state)
    assert mc.role is Role.MC
    assert (esme.free > 0, mc.free > 0) == (state is not State.BOUND_RX, state is not State.BOUND_TX)


def test_bind_response_names_our_version_only_to_peers_that_know_optional_parameters() -> None:
    for version, expected in ((0x34, {int(Tag.SC_INTERFACE_VERSION): b"\x34"}), (0x33, {})):
        mc = Session(None, now=NOW)
        (received,) = mc.receive_data(encode(bind(version=version), sequence_number=1), NOW)
        assert isinstance(received, ev.BindReceived)
        mc.respond(received.pdu, 0, {"system_id": "helvetia"})
        assert decode(mc.data_to_send()).tlvs == expected


def test_refused_bind_leaves_the_session_open_for_another() -> None:
    esme, mc = Session(Role.ESME, now=NOW), Session(None, now=NOW)
    esme.send(bind(), NOW)
    (received,) = carry(esme, mc)
    assert isinstance(received, ev.BindReceived)
    mc.respond(received.pdu, CommandStatus.ESME_RINVPASWD)
    (refused,) = carry(mc, esme)
    assert isinstance(refused, ev.BindRefused)
    assert refused.pdu.command_status == CommandStatus.ESME_RINVPASWD
    assert (esme.state, mc.state, esme.free) == (State.OPEN, State.OPEN, 0)
    esme.send(bind(), NOW)
    assert isinstance(carry(esme, mc)[0], ev.BindReceived)


def test_outbind_makes_the_listening_side_the_esme() -> None:
    mc, esme = Session(Role.MC, now=NOW), Session(None, now=NOW)
    mc.send(Pdu(Command.OUTBIND, {"system_id": "helvetia", "password": "secret"}), NOW)
    (event,) = carry(mc, esme)
    assert isinstance(event, ev.OutbindReceived)
    assert (esme.role, esme.state, mc.state) == (Role.ESME, State.OUTBOUND, State.OUTBOUND)
    esme.send(bind(Command.BIND_RECEIVER), NOW)
    (received,) = carry(esme, mc)
    assert isinstance(received, ev.BindReceived)
    mc.respond(received.pdu, 0, {"system_id": "helvetia"})
    carry(mc, esme)
    assert esme.state is State.BOUND_RX


def test_second_bind_is_told_it_is_already_bound() -> None:
    _, mc = bound()
    mc.receive_data(encode(bind(), sequence_number=77), NOW)
    assert heard(mc) == [("BIND_TRANSCEIVER_RESP", 77, CommandStatus.ESME_RALYBND)]
    assert mc.state is State.BOUND_TRX


def test_answers_come_back_to_their_contexts_in_any_order() -> None:
    esme, mc = bound()
    for context in ("first", "second"):
        esme.send(submit(), NOW, context)
    first, second = (e.pdu for e in carry(esme, mc) if isinstance(e, ev.RequestReceived))
    mc.respond(second, 0, {"message_id": "B"})
    mc.respond(first, CommandStatus.ESME_RTHROTTLED)
    answers = [
        (e.context, e.pdu.command_status) for e in carry(mc, esme) if isinstance(e, ev.ResponseReceived)
    ]
    assert answers == [("second", 0), ("first", CommandStatus.ESME_RTHROTTLED)]
    assert (esme.in_use, mc.inbound) == (0, 0)


def test_request_is_answered_exactly_once() -> None:
    esme, mc = bound()
    mc.send(deliver(), NOW)
    request = only_request(carry(mc, esme))
    esme.respond(request)
    with pytest.raises(LocalProtocolError):
        esme.respond(request)
    with pytest.raises(LocalProtocolError):
        esme.respond(deliver())
    assert heard(esme) == [("DELIVER_SM_RESP", request.sequence_number, 0)]


def test_answer_that_does_not_encode_leaves_the_request_open() -> None:
    esme, mc = bound()
    esme.send(submit(), NOW)
    request = only_request(carry(esme, mc))
    with pytest.raises(LocalProtocolError):
        mc.respond(request, 0, {"message_id": "x" * 100})
    assert mc.data_to_send() == b""
    mc.respond(request, 0, {"message_id": "1"})


def test_one_sequence_number_used_twice_by_the_peer_is_two_requests() -> None:
    esme, _ = bound()
    events = esme.receive_data(encode(deliver(b"one"), sequence_number=5), NOW)
    events += esme.receive_data(encode(deliver(b"two"), sequence_number=5), NOW)
    for event in events:
        assert isinstance(event, ev.RequestReceived)
        esme.respond(event.pdu)
    assert heard(esme) == [("DELIVER_SM_RESP", 5, 0)] * 2


def test_window_is_full_at_its_size_and_opens_with_an_answer() -> None:
    esme, mc = bound(window=2)
    esme.send(submit(), NOW)
    esme.send(submit(), NOW)
    assert esme.free == 0
    with pytest.raises(WindowFull):
        esme.send(submit(), NOW)
    requests = [e.pdu for e in carry(esme, mc) if isinstance(e, ev.RequestReceived)]
    assert len(requests) == 2
    mc.respond(requests[0], 0, {"message_id": "1"})
    carry(mc, esme)
    assert esme.free == 1


def test_enquire_link_takes_no_place_in_the_window_and_is_answered_at_once() -> None:
    esme, mc = bound(window=1)
    esme.send(submit(), NOW)
    esme.send(Pdu(Command.ENQUIRE_LINK), NOW)
    carry(esme, mc)
    assert heard(mc) == [("ENQUIRE_LINK_RESP", 3, 0)]


def test_sequence_numbers_wrap_past_those_still_open() -> None:
    esme, _ = bound(window=4)
    held = esme.send(submit(), NOW)
    esme._outbox.used(SEQUENCE_MAX - 1)
    assert esme.send(submit(), NOW) == SEQUENCE_MAX
    assert esme.send(submit(), NOW) == 1
    assert held == 2
    assert esme.send(submit(), NOW) == 3


def test_nack_of_a_known_number_fails_that_request() -> None:
    esme, _ = bound()
    for status, expected in ((0x03, 0x03), (0, CommandStatus.ESME_RUNKNOWNERR)):
        number = esme.send(submit(), NOW, "mt")
        nack = Pdu(Command.GENERIC_NACK, command_status=status, sequence_number=number)
        (event,) = esme.receive_data(encode(nack), NOW)
        assert isinstance(event, ev.ResponseReceived)
        assert (event.context, event.pdu.command_status) == ("mt", expected)
    assert esme.in_use == 0


def test_strange_answers_change_nothing() -> None:
    esme, _ = bound()
    number = esme.send(submit(), NOW, "mt")
    for pdu in (
        Pdu(Command.GENERIC_NACK, command_status=3),
        Pdu(Command.SUBMIT_SM_RESP, sequence_number=999),
        Pdu(Command.DELIVER_SM_RESP, sequence_number=number),
    ):
        (event,) = esme.receive_data(encode(pdu), NOW)
        assert isinstance(event, ev.PeerFault | ev.StrayResponse)
    esme.data_to_send()
    assert (esme.in_use, esme.state, esme.data_to_send()) == (1, State.BOUND_TRX, b"")


def test_unbind_is_answered_and_everything_open_comes_back() -> None:
    esme, mc = bound()
    esme.send(submit(), NOW, "written")
    esme.data_to_send()
    esme.send(submit(), NOW, "unwritten")
    mc.send(Pdu(Command.UNBIND), NOW)
    events = carry(mc, esme)
    lost = [(e.context, e.written) for e in events if isinstance(e, ev.RequestLost)]
    assert lost == [("written", True), ("unwritten", False)]
    assert isinstance(events[-1], ev.Closed)
    # What was called unwritten must not leave after all.
    assert heard(esme) == [("UNBIND_RESP", 1, 0)]
    assert esme.state is State.CLOSED
    assert esme.close("again") == []


def test_unbinding_sends_no_more_messages_and_ends_with_the_answer() -> None:
    esme, mc = bound()
    esme.send(Pdu(Command.UNBIND), NOW)
    assert esme.free == 0
    with pytest.raises(LocalProtocolError):
        esme.send(submit(), NOW)
    carry(esme, mc)
    (closed,) = carry(mc, esme)
    assert isinstance(closed, ev.Closed)
    with pytest.raises(LocalProtocolError):
        esme.send(submit(), NOW)
    assert esme.receive_data(encode(deliver(), sequence_number=1), NOW) == []
    assert esme.next_deadline() is None


def test_answers_already_given_leave_with_the_end() -> None:
    esme, mc = bound()
    mc.send(deliver(), NOW)
    esme.respond(only_request(carry(mc, esme)))
    esme.close("stopped")
    assert heard(esme) == [("DELIVER_SM_RESP", 1, 0)]


def test_unserved_requests_are_answered_in_their_own_response() -> None:
    _, mc = bound()
    for number, (command, fields) in enumerate(
        (
            (Command.QUERY_SM, {"message_id": "1"}),
            (Command.CANCEL_SM, {"message_id": "1"}),
            (Command.REPLACE_SM, {"message_id": "1"}),
        )
    ):
        mc.receive_data(encode(Pdu(command, dict(fields)), sequence_number=number), NOW)
        assert heard(mc) == [(f"{command.name}_RESP", number, CommandStatus.ESME_RINVCMDID)]


def test_peer_beyond_our_patience_is_throttled() -> None:
    esme, mc = bound(window=5)
    mc.inbound_max = 3
    for _ in range(5):
        esme.send(submit(), NOW)
    events = carry(esme, mc)
    assert [type(e).__name__ for e in events] == ["RequestReceived"] * 3 + ["PeerFault"] * 2
    assert heard(mc) == [("SUBMIT_SM_RESP", n, CommandStatus.ESME_RMSGQFUL) for n in (5, 6)]


def test_D4_peer_beyond_our_patience_gets_what_its_carrier_understands() -> None:
    esme, mc = bound()
    esme.inbound_max, esme.try_again_status = 1, 0x45
    for _ in range(2):
        mc.send(deliver(), NOW)
    carry(mc, esme)
    assert [(name, status) for name, _, status in heard(esme)] == [("DELIVER_SM_RESP", 0x45)]


def test_D4_open_requests_are_bounded_by_octets_too_and_one_always_goes() -> None:
    esme, mc = bound(window=5)
    mc.inbound_octets_max = 50_000
    for _ in range(3):
        esme.send(Pdu(Command.SUBMIT_SM, tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 60_000}), NOW)
    first, *faults = carry(esme, mc)
    assert isinstance(first, ev.RequestReceived) and len(faults) == 2
    assert [status for _, _, status in heard(mc)] == [CommandStatus.ESME_RMSGQFUL] * 2
    mc.respond(first.pdu)
    esme.send(submit(), NOW)
    assert isinstance(only_request(carry(esme, mc)), Pdu)


def test_a_stranger_sends_no_long_pdu() -> None:
    mc = Session(None, now=NOW)
    (_, closed) = mc.receive_data((5000).to_bytes(4, "big") + b"\0\0\0\x09", NOW)
    assert isinstance(closed, ev.Closed) and mc.state is State.CLOSED


def test_carrier_as_esme_sends_and_takes_both_kinds() -> None:
    esme, mc = bound()
    with pytest.raises(LocalProtocolError):
        mc.send(submit(), NOW)
    for session in (esme, mc):
        session.adopt(timers=session.timers, window=10, dialect="carrier_as_esme")
    esme.send(deliver(), NOW)
    mc.respond(only_request(carry(esme, mc)))
    carry(mc, esme)
    mc.send(submit(), NOW, "mt")
    request = only_request(carry(mc, esme))
    esme.respond(request, 0, {"message_id": "7"})
    (answer,) = [e for e in carry(esme, mc) if isinstance(e, ev.ResponseReceived)]
    assert (answer.context, answer.pdu["message_id"]) == ("mt", "7")


def test_alert_notification_is_told_and_not_answered() -> None:
    esme, mc = bound()
    mc.send(Pdu(Command.ALERT_NOTIFICATION, {"source_addr": "41791234567"}), NOW)
    (event,) = carry(mc, esme)
    assert isinstance(event, ev.AlertReceived)
    assert esme.data_to_send() == b""


def test_tap_sees_everything_that_passes() -> None:
    seen: list[tuple[str, str]] = []
    esme = Session(Role.ESME, now=NOW, tap=lambda way, pdu: seen.append((way, pdu.command.name)))
    esme.send(bind(), NOW)
    esme.receive_data(encode(Pdu(Command.BIND_TRANSCEIVER_RESP), sequence_number=1), NOW)
    assert seen == [(">", "BIND_TRANSCEIVER"), ("<", "BIND_TRANSCEIVER_RESP")]
