"""What happened, in one line for people and as plain JSON values for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smsc.sim.message import read_segment
from smsc.smpp.codes import Command, EsmClass, Tag, status_name
from smsc.smpp.pdu import Pdu, tag_name, view
from smsc.smpp.receipt import parse_receipt
from smsc.sms.alphabets import Alphabet
from smsc.sms.segments import join

MESSAGES = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})
VENDOR_TAGS = 0x1400
"""Tags from here on are a vendor's (SMPP v3.4 §5.3.2)."""


def stamp(at: datetime) -> str:
    """A time as JSON carries it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def text_of(pdu: Pdu, alphabet: Alphabet) -> str:
    """The text of a message PDU, without UDH."""
    return join([read_segment(pdu, alphabet)])


def line_of(pdu: Pdu, alphabet: Alphabet) -> str:
    """One PDU in one line: `submit_sm #4 543 > 41790001234 "Text" 0x1401=0300`."""
    words = wire_of(pdu, alphabet)
    if pdu.command in MESSAGES:
        parties = [pdu.text("source_addr"), ">", pdu.text("destination_addr")]
        words[2:2] = parties if stat_of(pdu, alphabet) else [*parties, f'"{text_of(pdu, alphabet)}"']
    return " ".join(words)


def wire_of(pdu: Pdu, alphabet: Alphabet) -> list[str]:
    """What is technical about a PDU, in words: its command, number, status, id, part and tariff."""
    words = [pdu.command.name.lower(), f"#{pdu.sequence_number}"]
    if pdu.command.is_response:
        words.append(status_name(pdu.command_status))
        if message_id := pdu.fields.get("message_id"):
            words.append(f"id {message_id}")
    if pdu.command not in MESSAGES:
        return words
    if stat := stat_of(pdu, alphabet):
        return [*words, "receipt", _receipt_id(pdu, alphabet), stat]
    segment = read_segment(pdu, alphabet)
    if segment.total > 1:
        words.append(f"part {segment.number}/{segment.total}")
    if service_type := pdu.text("service_type"):
        words.append(f"service_type={service_type}")
    return [*words, *(f"{tag_name(tag)}={pdu.tlv_text(tag)}" for tag in pdu.tlvs if tag >= VENDOR_TAGS)]


def stat_of(pdu: Pdu, alphabet: Alphabet) -> str:
    """ "DELIVRD" and so on for a delivery receipt; empty for what is none."""
    if pdu.command not in MESSAGES or not pdu.number("esm_class") & EsmClass.TYPE_MASK:
        return ""
    receipt = parse_receipt(text_of(pdu, alphabet))
    return receipt.stat if receipt is not None and receipt.stat else "?"


def _receipt_id(pdu: Pdu, alphabet: Alphabet) -> str:
    receipt = parse_receipt(text_of(pdu, alphabet))
    return receipt.message_id if receipt is not None else (pdu.tlv_text(Tag.RECEIPTED_MESSAGE_ID) or "?")


def pdu_event(
    pdu: Pdu,
    *,
    direction: str,
    link: str,
    at: datetime,
    alphabet: Alphabet,
    msisdn: str = "",
    price: str = "",
) -> dict[str, Any]:
    """A PDU that passed, as plain values; passwords are left out. `direction` is "in" or "out"."""
    message = pdu.command in MESSAGES
    return {
        "kind": "pdu",
        "at": stamp(at),
        "direction": direction,
        "link": link,
        "command": pdu.command.name.lower(),
        "sequence_number": pdu.sequence_number,
        "command_status": pdu.command_status,
        "msisdn": msisdn,
        "source": pdu.text("source_addr") if message else "",
        "destination": pdu.text("destination_addr") if message else "",
        "text": text_of(pdu, alphabet) if message else "",
        "price": price,
        "stat": stat_of(pdu, alphabet),
        "wire": " ".join(wire_of(pdu, alphabet)),
        "line": line_of(pdu, alphabet),
        "fields": dict(view(pdu)),
    }
