"""Two foreign codecs judge ours: what they write we read, what we write they read."""

from __future__ import annotations

from typing import Any

import pytest
from aiosmpplib import protocol as aio
from aiosmpplib.state import NPI, TON, OptionalParam, PhoneNumber, SmppCommandStatus
from smpplib import smpp
from smpplib.client import SimpleSequenceGenerator

from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Command, CommandStatus, Tag
from smsc.smpp.pdu import Pdu

SWISS = PhoneNumber("41791234567", TON.INTERNATIONAL, NPI.ISDN)
CODE = PhoneNumber("543", TON.NETWORK_SPECIFIC, NPI.UNKNOWN)
FIELDS = {
    "service_type": "CMT",
    "source_addr_ton": 1,
    "source_addr_npi": 1,
    "source_addr": "41791234567",
    "dest_addr_ton": 3,
    "destination_addr": "543",
    "esm_class": 4,
    "registered_delivery": 1,
    "short_message": b"HOROSKOP",
}
MESSAGES = [(aio.SubmitSm, "submit_sm"), (aio.DeliverSm, "deliver_sm")]


def aio_read(kind: type[Any], frame: bytes) -> Any:
    return kind.from_pdu(frame, aio.SmppMessage.parse_header(frame), "gsm0338")


def libs_pdu(name: str, **fields: Any) -> Any:
    return smpp.make_pdu(name, client=SimpleSequenceGenerator(), **fields)


def libs_read(frame: bytes) -> Any:
    return smpp.parse_pdu(frame, client=SimpleSequenceGenerator())


def known(judge: Any) -> dict[str, object]:
    """smpplib's fields that are set, C-strings as text."""
    found: dict[str, Any] = {name: getattr(judge, name, None) for name in FIELDS}
    texts = {name for name, value in FIELDS.items() if isinstance(value, str)}
    return {name: value.decode() if name in texts else value for name, value in found.items()}


@pytest.mark.parametrize(("kind", "name"), MESSAGES)
def test_aiosmpplib_writes_and_we_read(kind: type[Any], name: str) -> None:
    frame = kind(
        sequence_num=5,
        short_message="HOROSKOP",
        source=SWISS,
        destination=CODE,
        service_type="CMT",
        esm_class=4,
        optional_params=[OptionalParam(Tag.USER_MESSAGE_REFERENCE, 513)],
    ).pdu()
    pdu = decode(frame)
    assert pdu == Pdu(
        Command[name.upper()], dict(FIELDS), tlvs={Tag.USER_MESSAGE_REFERENCE: b"\x02\x01"}, sequence_number=5
    )
    assert encode(pdu) == frame


@pytest.mark.parametrize(("kind", "name"), MESSAGES)
def test_we_write_and_aiosmpplib_reads(kind: type[Any], name: str) -> None:
    tlvs: dict[int, bytes] = {Tag.USER_MESSAGE_REFERENCE: b"\x02\x01", Tag.RECEIPTED_MESSAGE_ID: b"abc\0"}
    read = aio_read(
        kind, encode(Pdu(Command[name.upper()], dict(FIELDS), tlvs=dict(tlvs), sequence_number=5))
    )
    assert (read.short_message, read.source, read.destination) == ("HOROSKOP", SWISS, CODE)
    assert (read.service_type, read.esm_class, read.registered_delivery) == ("CMT", 4, 1)
    assert [(p.tag, p.value) for p in read.optional_params] == [
        (Tag.USER_MESSAGE_REFERENCE, 513),
        (Tag.RECEIPTED_MESSAGE_ID, "abc"),
    ]


@pytest.mark.parametrize("name", ["submit_sm", "deliver_sm"])
def test_smpplib_writes_and_we_read(name: str) -> None:
    judge = libs_pdu(name, user_message_reference=513, **FIELDS)
    pdu = decode(judge.generate())
    assert pdu == Pdu(
        Command[name.upper()],
        dict(FIELDS),
        tlvs={Tag.USER_MESSAGE_REFERENCE: b"\x02\x01"},
        sequence_number=judge.sequence,
    )
    assert encode(pdu) == judge.generate()


@pytest.mark.parametrize("name", ["submit_sm", "deliver_sm"])
def test_we_write_and_smpplib_reads(name: str) -> None:
    tlvs: dict[int, bytes] = {Tag.USER_MESSAGE_REFERENCE: b"\x02\x01"}
    judge = libs_read(encode(Pdu(Command[name.upper()], dict(FIELDS), tlvs=tlvs, sequence_number=5)))
    assert known(judge) | {"dest_addr_npi": 0} == {**FIELDS, "dest_addr_npi": 0}
    assert (judge.sequence, judge.user_message_reference) == (5, 513)


BIND = {
    "system_id": "astro",
    "password": "secret",
    "system_type": "sms",
    "interface_version": 0x34,
    "addr_ton": 1,
    "addr_npi": 1,
    "address_range": "543",
}


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (aio.BindTransceiver, Command.BIND_TRANSCEIVER),
        (aio.BindReceiver, Command.BIND_RECEIVER),
        (aio.BindTransmitter, Command.BIND_TRANSMITTER),
    ],
)
def test_binds_cross_both_ways(kind: type[Any], command: Command) -> None:
    ours = Pdu(command, dict(BIND), sequence_number=1)
    theirs = kind(sequence_num=1, **{**BIND, "addr_ton": TON(1), "addr_npi": NPI(1)})
    assert decode(theirs.pdu()) == ours
    assert aio_read(kind, encode(ours)) == theirs
    judge = libs_read(encode(ours))
    assert (judge.system_id, judge.password, judge.address_range) == (b"astro", b"secret", b"543")
    again = libs_pdu(command.name.lower(), sequence=1, **BIND)
    assert decode(again.generate()) == ours


def test_bind_responses_cross_both_ways() -> None:
    ours = Pdu(
        Command.BIND_TRANSCEIVER_RESP,
        {"system_id": "helvetia"},
        tlvs={Tag.SC_INTERFACE_VERSION: b"\x34"},
        sequence_number=1,
    )
    theirs = aio.BindTransceiverResp(sequence_num=1, system_id="helvetia", sc_interface_version=0x34)
    assert decode(theirs.pdu()) == ours and encode(ours) == theirs.pdu()
    judge = libs_read(encode(ours))
    assert (judge.system_id, judge.sc_interface_version) == (b"helvetia", 0x34)


@pytest.mark.parametrize("status", [CommandStatus.ESME_ROK, CommandStatus.ESME_RTHROTTLED])
def test_submit_sm_resp_crosses_both_ways(status: CommandStatus) -> None:
    ours = Pdu(Command.SUBMIT_SM_RESP, {"message_id": "075BCD15"}, command_status=status, sequence_number=9)
    theirs = aio.SubmitSmResp(sequence_num=9, command_status=SmppCommandStatus(status), message_id="075BCD15")
    assert decode(theirs.pdu()) == ours and encode(ours) == theirs.pdu()
    judge = libs_read(encode(ours))
    assert (judge.message_id, judge.status) == (b"075BCD15", status)


def test_both_judges_take_our_deliver_sm_resp_and_keepalives() -> None:
    for command in (Command.DELIVER_SM_RESP, Command.ENQUIRE_LINK, Command.ENQUIRE_LINK_RESP, Command.UNBIND):
        frame = encode(Pdu(command, sequence_number=3))
        assert libs_read(frame).command == command.name.lower()
        assert aio.SmppMessage.parse_header(frame).smpp_command == command
    judge = libs_pdu("data_sm", sequence=4, source_addr="41791234567", destination_addr="543")
    judge.message_payload = b"JA"
    read = decode(judge.generate())
    assert (read.command, read["source_addr"], read["destination_addr"]) == (
        Command.DATA_SM,
        "41791234567",
        "543",
    )
