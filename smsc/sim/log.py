"""What a simulated carrier remembers: messages as people see them, and PDUs as they passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smsc.link.link import Link
from smsc.sim.message import Message, price_of
from smsc.sim.record import Record
from smsc.sim.telling import pdu_event, stamp
from smsc.smpp.pdu import Pdu
from smsc.sms.alphabets import Alphabet


@dataclass(frozen=True, slots=True)
class Passed:
    """A message PDU or its answer that went "in" to the carrier or "out" of it."""

    direction: str
    link: str
    pdu: Pdu
    at: datetime


class CarrierLog:
    """Bounded records, each with its own numbering."""

    def __init__(self, *, alphabet: Alphabet, prices: Mapping[str, str], limit: int) -> None:
        self._alphabet = alphabet
        self._prices = prices
        self.messages: Record[Message] = Record(limit=limit)
        self.pdus: Record[Passed] = Record(limit=limit)
        self.events: Record[dict[str, Any]] = Record(limit=limit)

    def note(self, direction: str, link: Link, pdu: Pdu, *, msisdn: str) -> None:
        """A PDU passed; `msisdn` is the handset that it concerns."""
        at = now()
        self.pdus.append(Passed(direction, link.session_id, pdu, at))
        is_mt = direction == "in" and not pdu.command.is_response
        self.events.append(
            pdu_event(
                pdu,
                direction=direction,
                link=link.session_id,
                at=at,
                alphabet=self._alphabet,
                msisdn=msisdn,
                price=price_of(pdu, self._prices) if is_mt else "",
            )
        )

    def show(self, message: Message) -> None:
        """An MT reached its handset, or did not."""
        self.messages.append(message)
        self.tell(
            "mt",
            at=message.at,
            msisdn=message.msisdn,
            sender=message.sender,
            text=message.text,
            price=message.price,
            outcome=message.outcome,
            delivered=message.delivered,
            parts=len(message.pdus),
        )

    def tell(self, kind: str, *, at: datetime | None = None, **values: Any) -> None:
        """Add an event of plain JSON values."""
        self.events.append({"kind": kind, "at": stamp(at or now())} | values)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
