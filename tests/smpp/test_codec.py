"""The codec by example: what goes out is strict, what is set reads back, nothing is cut short."""

from __future__ import annotations

from typing import Any

import pytest

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import BINDS, RESPONSE_BIT, Command, CommandStatus, Role, State, Tag, status_name
from smsc.smpp.errors import LocalProtocolError, RemoteProtocolError
from smsc.smpp.layout import LAYOUTS, DistributionList, SmeAddress, UnsuccessfulSme
from smsc.smpp.pdu import Pdu, tag_name, view
from smsc.smpp.tlvs import TLV_TYPES, tlv_value

MO = Pdu(
    Command.DELIVER_SM,
    {"source_addr_ton": 1, "source_addr": "41791234567", "destination_addr": "543", "short_message": b"JA"},
    tlvs={0x1401: b"22801"},
    sequence_number=7,
)


def test_every_command_has_a_layout() -> None:
    assert set(LAYOUTS) == set(Command)
    assert set(TLV_TYPES) == set(Tag)


def test_a_response_is_its_request_with_the_top_bit() -> None:
    assert Command.SUBMIT_SM.response is Command.SUBMIT_SM_RESP
    assert all(c.response == c | RESPONSE_BIT for c in BINDS)
    with pytest.raises(KeyError):
        assert Command.OUTBIND.response


def test_the_octets_of_a_deliver_sm() -> None:
    assert encode(MO) == bytes.fromhex(
        "0000003a 00000005 00000000 00000007"
        "00 0100 3431373931323334353637 00 0000 353433 00 000000 00 00 00 00 00 00 02 4a41"
        "1401 0005 3232383031"
    )
    assert decode(encode(MO)) == MO


def test_missing_fields_read_as_their_defaults() -> None:
    assert MO["service_type"] == "" and MO["esm_class"] == 0
    assert MO.text("source_addr") == "41791234567" and MO.number("source_addr_ton") == 1
    assert MO.octets("short_message") == b"JA"
    with pytest.raises(KeyError):
        MO["message_id"]


def test_the_session_may_give_the_sequence_number() -> None:
    assert decode(encode(MO, sequence_number=99)).sequence_number == 99
    assert MO.sequence_number == 7


@pytest.mark.parametrize(
    ("command", "fields", "named"),
    [
        (Command.SUBMIT_SM, {"service_type": "TOOBIG"}, "service_type"),
        (Command.SUBMIT_SM, {"source_addr": "1" * 21}, "source_addr"),
        (Command.SUBMIT_SM, {"source_addr": "12\x003"}, "source_addr"),
        (Command.SUBMIT_SM, {"source_addr": "ž"}, "source_addr"),
        (Command.SUBMIT_SM, {"source_addr": 543}, "source_addr"),
        (Command.SUBMIT_SM, {"data_coding": 256}, "data_coding"),
        (Command.SUBMIT_SM, {"data_coding": -1}, "data_coding"),
        (Command.SUBMIT_SM, {"data_coding": "8"}, "data_coding"),
        (Command.SUBMIT_SM, {"validity_period": "0102"}, "validity_period"),
        (Command.SUBMIT_SM, {"short_message": b"x" * 255}, "short_message"),
        (Command.SUBMIT_SM, {"short_message": "text"}, "short_message"),
        (Command.SUBMIT_SM, {"sm_length": 3}, "sm_length"),
        (Command.SUBMIT_SM, {"msisdn": "1"}, "msisdn"),
        (Command.BIND_TRANSCEIVER, {"password": "ninechars"}, "password"),
        (Command.SUBMIT_SM_RESP, {"message_id": "x" * 65}, "message_id"),
        (Command.ENQUIRE_LINK, {"x": 1}, "x"),
        (Command.SUBMIT_MULTI, {"dest_address": (SmeAddress(1, 1, "1" * 21),)}, "20 octets"),
        (Command.SUBMIT_MULTI, {"dest_address": (SmeAddress(1, 1, "1"),) * 255}, "255 entries"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(command: Command, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(LocalProtocolError, match=named):
        encode(Pdu(command, fields))


def test_a_secret_that_does_not_fit_is_not_quoted() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        encode(Pdu(Command.BIND_RECEIVER, {"password": "hunter2hunter2"}))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "tlvs",
    [{Tag.MESSAGE_STATE: b"\0\0"}, {Tag.MESSAGE_PAYLOAD: b"x" * 65536}, {0x1401: b"x" * 65536}, {70000: b""}],
)
def test_a_tlv_that_does_not_fit_is_refused(tlvs: dict[int, bytes]) -> None:
    with pytest.raises(LocalProtocolError, match="TLV"):
        encode(Pdu(Command.SUBMIT_SM, tlvs=tlvs))


def test_a_header_that_does_not_fit_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        encode(Pdu(Command.ENQUIRE_LINK), sequence_number=1 << 32)


def test_the_largest_payload_passes_the_default_limit() -> None:
    pdu = Pdu(Command.SUBMIT_SM, tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 65535})
    frame = take_frame(bytearray(encode(pdu)))
    assert frame is not None and decode(frame) == pdu


@pytest.mark.parametrize("command", [c for c in Command if LAYOUTS[c].bodiless_error])
def test_an_error_response_is_a_bare_header_unless_something_is_set(command: Command) -> None:
    assert len(encode(Pdu(command, command_status=8))) == 16
    assert len(encode(Pdu(command))) == 17
    told = Pdu(command, command_status=8, tlvs={Tag.ADDITIONAL_STATUS_INFO_TEXT: b"why\0"})
    assert decode(encode(told)) == told


def test_submit_multi_and_what_it_could_not_reach() -> None:
    multi = Pdu(
        Command.SUBMIT_MULTI,
        {
            "dest_address": (SmeAddress(1, 1, "41791234567"), DistributionList("staff")),
            "short_message": b"Hi",
        },
    )
    assert decode(encode(multi)) == multi
    refused = Pdu(
        Command.SUBMIT_MULTI_RESP,
        {"message_id": "9", "unsuccess_sme": (UnsuccessfulSme(1, 1, "41791234567", 0x0B),)},
    )
    assert decode(encode(refused)) == refused


def test_an_unknown_dest_flag_is_answered() -> None:
    frame = bytearray(encode(Pdu(Command.SUBMIT_MULTI, {"dest_address": (DistributionList("staff"),)})))
    frame[frame.index(b"\x02staff")] = 9
    with pytest.raises(RemoteProtocolError) as caught:
        decode(bytes(frame))
    assert caught.value.answer is CommandStatus.ESME_RINVDESTFLAG


def test_take_frame_waits_for_the_whole() -> None:
    frame = encode(MO)
    buffer = bytearray()
    for octet in frame[:-1]:
        buffer.append(octet)
        assert take_frame(buffer) is None
    buffer.append(frame[-1])
    assert take_frame(buffer) == frame
    assert not buffer


def test_a_frame_above_the_limit_is_fatal_and_names_its_sequence_number() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        take_frame(bytearray(encode(MO)), octets_max=32)
    assert caught.value.fatal and caught.value.sequence_number == 7


@pytest.mark.parametrize("frame", [b"", b"\0" * 15, encode(MO)[:-1], encode(MO) + b"\0"])
def test_decode_wants_exactly_one_frame(frame: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(frame)
    assert caught.value.fatal


def test_tlvs_by_type() -> None:
    pdu = Pdu(
        Command.DELIVER_SM,
        tlvs={Tag.MESSAGE_STATE: b"\x02", Tag.RECEIPTED_MESSAGE_ID: b"abc\0\0", 0x1401: b"\x01\x02"},
    )
    assert pdu.tlv_number(Tag.MESSAGE_STATE) == 2
    assert pdu.tlv_text(Tag.RECEIPTED_MESSAGE_ID) == "abc"
    assert pdu.tlv_number(Tag.SAR_MSG_REF_NUM) is None and pdu.tlv_text(Tag.CALLBACK_NUM) is None
    assert dict(view(pdu))["message_state"] == "2" and dict(view(pdu))["0x1401"] == "01 02"
    assert tlv_value(Tag.USER_MESSAGE_REFERENCE, 513) == b"\x02\x01"
    assert tlv_value(Tag.RECEIPTED_MESSAGE_ID, "abc") == b"abc\0"
    assert tlv_value(0x1401, b"raw") == b"raw"
    for tag, value in ((0x1401, "text"), (Tag.MESSAGE_STATE, 256), (Tag.RECEIPTED_MESSAGE_ID, "ž")):
        with pytest.raises(LocalProtocolError):
            tlv_value(tag, value)


def test_names_for_the_console() -> None:
    assert status_name(0x58) == "ESME_RTHROTTLED" and status_name(0x401) == "0x00000401"
    assert tag_name(0x0427) == "message_state" and tag_name(0x1401) == "0x1401"
    assert Role.ESME.peer is Role.MC and Role.MC.peer is Role.ESME
    assert State.BOUND_RX.is_bound and not State.OUTBOUND.is_bound


def test_a_default_that_is_set_is_no_difference() -> None:
    assert Pdu(Command.DELIVER_SM) == Pdu(Command.DELIVER_SM, {"esm_class": 0})
    assert Pdu(Command.DELIVER_SM) != Pdu(Command.DELIVER_SM, {"esm_class": 4})
    assert Pdu(Command.UNBIND) != Pdu(Command.UNBIND_RESP)
    assert Pdu(Command.UNBIND) != "unbind"
