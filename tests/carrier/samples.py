"""A carrier, a handset and their PDUs, to vary."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smsc.carrier import CarrierProfile, Tariff, read
from smsc.messages import Kind, Mo, Money, Mt, Receipt
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from smsc.sms import Msisdn, ShortCode

NOW = datetime(2025, 3, 5, 10, 0, tzinfo=UTC)
ANNA = Msisdn("41791234567")
CODE = ShortCode("543")
PRICE = Money(300, "CHF")


def profile(**changes: Any) -> CarrierProfile:
    base: dict[str, Any] = {
        "name": "helvetia",
        "country": "CH",
        "networks": ("22801", "SWISSCOM8CH4"),
        "prefixes": ("41",),
        "tariffs": {Money(0, "CHF"): Tariff("FREE"), PRICE: Tariff(tlvs={0x1401: b"0300"})},
    }
    return CarrierProfile(**base | changes)


def deliver(text: bytes = b"HOROSKOP", /, tlvs: dict[int, bytes] | None = None, **fields: Any) -> Pdu:
    base = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": str(ANNA),
        "destination_addr": str(CODE),
        "short_message": text,
    }
    return Pdu(Command.DELIVER_SM, base | fields, tlvs=tlvs)


def mo_of(pdu: Pdu, carrier: CarrierProfile | None = None) -> Mo:
    read_one = read(carrier or profile(), pdu, bind="helvetia-1", id=1, now=NOW)
    assert isinstance(read_one, Mo)
    return read_one


def receipt_of(pdu: Pdu, carrier: CarrierProfile | None = None) -> Receipt:
    read_one = read(carrier or profile(), pdu, bind="helvetia-1", id=1, now=NOW)
    assert isinstance(read_one, Receipt)
    return read_one


def mt(text: str = "Hallo", **changes: Any) -> Mt:
    base: dict[str, Any] = {
        "id": 9,
        "kind": Kind.CONTENT,
        "msisdn": ANNA,
        "short_code": CODE,
        "carrier": "helvetia",
        "text": text,
        "reference": 0x1234,
    }
    return Mt(**base | changes)
