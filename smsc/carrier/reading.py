"""Pdu -> Mo or Receipt. Nothing a carrier writes makes it raise: what cannot be read is kept and flagged."""

from __future__ import annotations

from datetime import datetime

from smsc.carrier.body import read_body
from smsc.carrier.parties import read_party, read_short_code
from smsc.carrier.profile import CarrierProfile
from smsc.carrier.receipts import is_receipt, read_receipt
from smsc.messages import Mo, Part, Receipt
from smsc.smpp.codes import Tag
from smsc.smpp.pdu import Pdu
from smsc.smpp.tlvs import read_number, read_text
from smsc.sms.alphabets import Alphabet
from smsc.sms.segments import decode_text
from smsc.sms.udh import Udh

DAMAGED = "damaged"
"""Flag: an octet did not decode, or a header announced by esm_class is not there."""
BINARY = "binary"
"""Flag: 8-bit data, shown as Latin-1."""

_SAR = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)


def read(profile: CarrierProfile, pdu: Pdu, *, bind: str, id: int, now: datetime) -> Mo | Receipt:
    """The message or receipt in a deliver_sm, submit_sm or data_sm.

    Args:    bind: its name, for the record.  id: of the Mo to be made.  now: when it arrived, UTC.
    Source:  SMPP v3.4 §5.2.12 (esm_class), §5.3.2 (TLVs); 3GPP TS 23.040 §9.2.3.24 (UDH).
    """
    raw = message_octets(pdu)
    if is_receipt(pdu):
        receipt = read_receipt(profile, pdu, raw=raw, bind=bind, now=now)
        if receipt is not None:
            return receipt
    return _read_mo(profile, pdu, raw=raw, bind=bind, id=id, now=now)


def _read_mo(profile: CarrierProfile, pdu: Pdu, *, raw: bytes, bind: str, id: int, now: datetime) -> Mo:
    fields, tlvs = pdu.fields, pdu.tlvs
    esm_class = fields.get("esm_class", 0)
    data_coding = fields.get("data_coding", 0)
    body = read_body(profile, raw, esm_class=esm_class, data_coding=data_coding)
    part: Part | None = None
    if body.udh is not None:
        part = _part(body.udh)
    elif tlvs and Tag.SAR_TOTAL_SEGMENTS in tlvs:
        part = _sar_part(tlvs)
    text, damaged = decode_text(body.data, body.alphabet, body.shift)
    flags: tuple[str, ...] = (BINARY,) if body.alphabet is Alphabet.OCTETS else ()
    if damaged or body.headless:
        flags = (*flags, DAMAGED)
    source, may_answer = read_party(
        fields.get("source_addr", ""), fields.get("source_addr_ton", 0), profile.country
    )
    return Mo(
        id=id,
        carrier=profile.name,
        bind=bind,
        source=source,
        short_code=read_short_code(fields.get("destination_addr", "")),
        text=text,
        received_at=now,
        raw=raw,
        esm_class=esm_class,
        data_coding=data_coding,
        carrier_mo_id=_vendor_text(tlvs, profile.mo_id_tlv),
        network=_vendor_text(tlvs, profile.network_tlv) or profile.network,
        may_answer=may_answer,
        part=part,
        flags=flags,
    )


def message_octets(pdu: Pdu) -> bytes:
    """short_message, or message_payload (SMPP v3.4 §5.3.2.32); the payload wins where both are there."""
    payload = pdu.tlvs.get(Tag.MESSAGE_PAYLOAD)
    if payload:
        return payload
    octets: bytes = pdu.fields.get("short_message", b"")
    return octets


def _part(udh: Udh) -> Part | None:
    place = udh.concatenation
    return None if place is None else Part(*place)


def _sar_part(tlvs: dict[int, bytes]) -> Part | None:
    """SMPP v3.4 §5.3.2.22: the three TLVs go together; without one of them they mean nothing."""
    if any(tag not in tlvs for tag in _SAR):
        return None
    reference, total, number = (read_number(tlvs[tag]) for tag in _SAR)
    return Part(reference, total, number) if 1 <= number <= total <= 255 and total > 1 else None


def _vendor_text(tlvs: dict[int, bytes], tag: int | None) -> str:
    return "" if tag is None or tag not in tlvs else read_text(tlvs[tag]).strip()
