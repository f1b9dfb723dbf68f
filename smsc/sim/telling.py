"""What happened, in one line for people and as plain JSON values for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smsc.sim.message import read_segment
from smsc.smpp.codes import Command, EsmClass, status_name
from smsc.smpp.pdu import Pdu, tag_name, view
from smsc.smpp.receipt import parse_receipt
from smsc.sms.alphabets import Alphabet
from smsc.sms.segments import join

MESSAGES = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})


def stamp(at: datetime) -> str:
    """A time as JSON carries it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def text_of(pdu: Pdu, alphabet: Alphabet) -> str:
    """The text of a message PDU, without UDH."""
    return join([read_segment(pdu, alphabet)])


def line_of(pdu: Pdu, alphabet: Alphabet) -> str:
    """One PDU in one line: `submit_sm #4 543 > 41790001234 "Text" 0x1401=0300`."""
    words = [pdu.command.name.lower(), f"#{pdu.sequence_number}"]
    if pdu.command.is_response:
        words.append(status_name(pdu.command_status))
        if message_id := pdu.fields.get("message_id"):
            words.append(f"id {message_id}")
    if pdu.command in MESSAGES:
        words += [pdu.text("source_addr"), ">", pdu.text("destination_addr"), *_content(pdu, alphabet)]
    return " ".join(words)


def _content(pdu: Pdu, alphabet: Alphabet) -> list[str]:
    text = text_of(pdu, alphabet)
    if pdu.number("esm_class") & EsmClass.TYPE_MASK:
        receipt = parse_receipt(text)
        return [f"receipt {receipt.message_id} {receipt.stat}" if receipt else f"receipt {text!r}"]
    words = [f'"{text}"']
    segment = read_segment(pdu, alphabet)
    if segment.total > 1:
        words.append(f"part {segment.number}/{segment.total}")
    if service_type := pdu.text("service_type"):
        words.append(f"service_type={service_type}")
    words += [f"{tag_name(tag)}={pdu.tlv_text(tag)}" for tag in pdu.tlvs if tag >= 0x1400]
    return words


def pdu_event(
    pdu: Pdu, *, direction: str, link: str, at: datetime, alphabet: Alphabet, msisdn: str = ""
) -> dict[str, Any]:
    """A PDU that passed, as plain values; passwords are left out. `direction` is "in" or "out"."""
    return {
        "kind": "pdu",
        "at": stamp(at),
        "direction": direction,
        "link": link,
        "command": pdu.command.name.lower(),
        "sequence_number": pdu.sequence_number,
        "command_status": pdu.command_status,
        "msisdn": msisdn,
        "line": line_of(pdu, alphabet),
        "fields": dict(view(pdu)),
    }
