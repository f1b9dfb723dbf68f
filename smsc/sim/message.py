"""What a handset shows: texts read from MT PDUs, their parts joined, their price told by their tariff."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smsc.smpp.codes import EsmClass, Tag
from smsc.smpp.pdu import Pdu
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import alphabet_of
from smsc.sms.segments import Segment, join
from smsc.sms.udh import parse_udh

UNFINISHED_MAX = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """One MT as a person sees it, whatever number of PDUs brought it."""

    msisdn: str
    sender: str
    text: str
    at: datetime
    price: str = ""
    """ "CHF 3.00" for a billed one, else empty."""
    outcome: str = "DELIVRD"
    """stat of its last receipt, or the name of what happened instead."""
    delivered: bool = True
    """False: it never reached the handset."""
    pdus: tuple[Pdu, ...] = ()
    message_ids: tuple[str, ...] = ()


def read_segment(pdu: Pdu, default: Alphabet) -> Segment:
    """The short message in a submit_sm, deliver_sm or data_sm, with its place if it is a part."""
    data = pdu.tlvs.get(Tag.MESSAGE_PAYLOAD)
    if data is None:
        data = pdu.fields.get("short_message", b"")
        assert isinstance(data, bytes)
    alphabet = alphabet_of(pdu.number("data_coding"), default)
    if pdu.number("esm_class") & EsmClass.UDHI:
        udh, data = parse_udh(data)
        if udh is not None and (place := udh.concatenation) is not None:
            return Segment(data, alphabet, place.reference, place.total, place.number)
    if (total := pdu.tlv_number(Tag.SAR_TOTAL_SEGMENTS)) is not None and total > 1:
        reference = pdu.tlv_number(Tag.SAR_MSG_REF_NUM) or 0
        return Segment(data, alphabet, reference, total, pdu.tlv_number(Tag.SAR_SEGMENT_SEQNUM) or 1)
    return Segment(data, alphabet)


def price_of(pdu: Pdu, prices: Mapping[str, str]) -> str:
    """What this MT costs the subscriber, by its tariff.

    Args: prices: price by tariff: "service_type=FREE", "source_addr=90330" or "0x1401=0300" (text of a TLV).
    """
    for tariff, price in prices.items():
        name, _, value = tariff.partition("=")
        given = pdu.tlv_text(int(name, 16)) if name.startswith("0x") else str(pdu[name])
        if given == value:
            return price
    return ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One MT PDU with what became of it."""

    pdu: Pdu
    segment: Segment
    message_id: str
    outcome: str
    delivered: bool
    at: datetime
    price: str


class Assembler:
    """Joins the parts of long MTs; keeps at most `UNFINISHED_MAX` unfinished ones."""

    def __init__(self) -> None:
        self._unfinished: OrderedDict[tuple[str, str, int, int], dict[int, Arrived]] = OrderedDict()

    def add(self, arrived: Arrived) -> Message | None:
        """The message that this PDU completes; None while parts are missing."""
        pdu, segment = arrived.pdu, arrived.segment
        if segment.total <= 1:
            return _message([arrived])
        key = (pdu.text("destination_addr"), pdu.text("source_addr"), segment.reference, segment.total)
        parts = self._unfinished.setdefault(key, {})
        parts[segment.number] = arrived
        if len(parts) == segment.total:
            del self._unfinished[key]
            return _message([parts[number] for number in sorted(parts)])
        if len(self._unfinished) > UNFINISHED_MAX:
            self._unfinished.popitem(last=False)
        return None


def _message(parts: list[Arrived]) -> Message:
    last = parts[-1]
    missed = [part for part in parts if not part.delivered]
    return Message(
        msisdn=last.pdu.text("destination_addr"),
        sender=last.pdu.text("source_addr"),
        text=join(part.segment for part in parts),
        at=last.at,
        price=next((part.price for part in parts if part.price), ""),
        outcome=(missed or parts)[0].outcome,
        delivered=not missed,
        pdus=tuple(part.pdu for part in parts),
        message_ids=tuple(part.message_id for part in parts),
    )
