"""What is stored of one number, as far as who asks may see it: what explanations are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smsc.messages import State
from smsc.sms.numbers import Msisdn
from smsc.store import MtRow, Reader, ReceiptRow, Timeline
from smsc.store.chain import ChainedConsent


@dataclass(frozen=True, slots=True)
class Whose:
    """A merchant who asks, and the campaigns that are his."""

    merchant: str
    campaigns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """What decided: its rule, the words for it, and the records that say so."""

    rule: str
    because: str
    records: Sequence[dict[str, object]] = ()
    cause: str = ""
    """Of an MT: why it was made at all."""


@dataclass(frozen=True, slots=True)
class Known:
    """One number's rows; `whose` None is an operator, who sees all."""

    reader: Reader
    timeline: Timeline
    events: Sequence[ChainedConsent]
    whose: Whose | None

    def consents(
        self,
        *,
        ref: int | None = None,
        registration: int | None = None,
        refs: Collection[int] = (),
        registrations: Collection[int] = (),
    ) -> list[dict[str, object]]:
        """The ledger's events that these ids made, or that opened and ended these registrations."""
        by = {*refs} | ({ref} if ref is not None else set())
        of = {*registrations} | ({registration} if registration is not None else set())
        return [
            consent(event)
            for event in self.events
            if event.facts.get("ref") in by or event.facts.get("registration") in of
        ]

    def ended(self, row: MtRow) -> dict[str, object] | None:
        """The event that ended an MT's opt-in or open request after it was made."""
        over = (State.OPTED_OUT.value, State.DECLINED.value, State.EXPIRED.value)
        for event in self.events:
            same = event.facts.get("campaign") == row.mt.campaign and event.facts.get("state") in over
            registration = event.facts.get("registration")
            if same and event.at >= row.created_at and registration in (None, row.mt.registration):
                return consent(event)
        return None

    def receipts(self, row: MtRow) -> list[ReceiptRow]:
        """The carrier's receipts for an MT, in order."""
        return [one for one in self.timeline.receipts if one.mt == row.mt.id]

    def reviewed(self, mo: int) -> list[dict[str, object]]:
        """The text under review of an MO, without the text (RT5b)."""
        row = self.reader.review(mo)
        if row is None or (self.whose is not None and self.whose.campaigns.isdisjoint(row.campaigns)):
            return []
        shown: dict[str, object] = {"record": "review", "mo": str(mo), "state": row.state}
        if row.decided_by:
            shown["decided_by"] = row.decided_by
        return [shown]


def consent(event: ChainedConsent) -> dict[str, object]:
    """An event of the ledger, without texts."""
    return {
        "record": "consent",
        "event": event.place,
        "at": event.at.isoformat(),
        "campaign": event.facts.get("campaign"),
        "state": event.facts.get("state"),
        "by": event.facts.get("by"),
        "ref": None if event.facts.get("ref") is None else str(event.facts.get("ref")),
    }


def load(reader: Reader, msisdn: Msisdn, *, whose: Whose | None) -> Known:
    """What is stored of the number."""
    events = [
        event
        for event in reader.chain(msisdn).events
        if whose is None or event.facts.get("campaign") in whose.campaigns
    ]
    return Known(reader, reader.timeline(msisdn), events, whose)


def seen_by(whose: Whose | None, row: MtRow) -> bool:
    """Whether who asks may see an MT."""
    return whose is None or row.mt.merchant == whose.merchant or row.mt.campaign in whose.campaigns
