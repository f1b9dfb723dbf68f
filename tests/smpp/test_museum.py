"""Every PDU of tests/museum reads as its label says, and the odd ones do not stop the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.errors import LocalProtocolError, RemoteProtocolError
from smsc.smpp.pdu import Pdu, view


class _Loader(yaml.SafeLoader):
    """Plain YAML and `!hex` for octets."""


def _hex(loader: _Loader, node: yaml.ScalarNode) -> bytes:
    return bytes.fromhex(str(loader.construct_scalar(node)))


_Loader.add_constructor("!hex", _hex)

MUSEUM = Path(__file__).parents[1] / "museum" / "pdus.yaml"
PDUS: dict[str, dict[str, Any]] = yaml.load(MUSEUM.read_text(), Loader=_Loader)
READABLE = [name for name, pdu in PDUS.items() if "command" in pdu]
REFUSED = [name for name, pdu in PDUS.items() if "answer" in pdu]
ENQUIRE_LINK = bytes.fromhex("00000010 00000015 00000000 0000000c")


def octets(name: str) -> bytes:
    return bytes.fromhex(PDUS[name]["hex"])


def test_every_pdu_says_what_it_reads_as() -> None:
    assert sorted(READABLE + REFUSED) == sorted(PDUS)


@pytest.mark.parametrize("name", READABLE)
def test_a_tolerated_fault_is_read(name: str) -> None:
    label = PDUS[name]
    pdu = decode(octets(name))
    assert pdu.command is Command[label["command"]]
    assert pdu.command_status == label.get("status", 0)
    assert pdu.sequence_number == int.from_bytes(octets(name)[12:16], "big")
    assert {field: pdu[field] for field in label.get("fields", {})} == label.get("fields", {})
    assert pdu.tlvs == label.get("tlvs", {})
    assert [list(pair) for pair in pdu.repeated] == label.get("repeated", [])
    assert repr(pdu) and view(pdu)


@pytest.mark.parametrize("name", REFUSED)
def test_a_fault_is_answered(name: str) -> None:
    label = PDUS[name]
    with pytest.raises(RemoteProtocolError) as caught:
        decode(octets(name))
    assert caught.value.answer is CommandStatus[label["answer"]]
    assert caught.value.fatal is label.get("fatal", False)
    assert caught.value.sequence_number == int.from_bytes(octets(name)[12:16], "big")
    if not caught.value.fatal:
        assert caught.value.command_id == int.from_bytes(octets(name)[4:8], "big")


@pytest.mark.parametrize("name", [name for name in PDUS if not PDUS[name].get("fatal")])
def test_the_next_pdu_is_found(name: str) -> None:
    buffer = bytearray(octets(name) + ENQUIRE_LINK)
    assert take_frame(buffer) == octets(name)
    assert take_frame(buffer) == ENQUIRE_LINK
    assert take_frame(buffer) is None


@pytest.mark.parametrize("name", [name for name in PDUS if PDUS[name].get("fatal")])
def test_a_length_that_is_a_lie_is_refused_before_it_is_buffered(name: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        take_frame(bytearray(octets(name)[:4]))
    assert caught.value.fatal
    assert caught.value.answer is CommandStatus.ESME_RINVCMDLEN
    assert caught.value.sequence_number == 0


@pytest.mark.parametrize("name", READABLE)
def test_what_we_send_again_reads_the_same_or_is_refused_by_name(name: str) -> None:
    pdu = decode(octets(name))
    try:
        again = encode(pdu)
    except LocalProtocolError as error:
        assert pdu.command.name in str(error) or "TLV" in str(error)
    else:
        assert decode(again) == pdu


def test_the_password_of_a_museum_bind_is_never_shown() -> None:
    pdu = decode(octets("bind_transceiver_long_password"))
    assert pdu["password"] not in repr(pdu)
    assert pdu["password"] not in str(view(pdu))


def test_the_subscriber_and_the_text_are_not_in_the_repr() -> None:
    shown = repr(decode(octets("deliver_sm_plain")))
    assert "4179****567" in shown
    assert "HOROSKOP" not in shown
    assert isinstance(decode(octets("deliver_sm_plain")), Pdu)
