"""The evidence of a number in words: what the page and the PDF both show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from smsc.http.portal.view import EVENTS, WAYS
from smsc.sms.numbers import Msisdn
from smsc.store.chain import Chain, ChainedConsent

HOW = (
    "Every event is linked to the one before it by a keyed digest (HMAC-SHA256) over its facts and over its texts, "
    "so that nothing can be changed, left out or put in unseen."
)


NAMES = {"consented_at": "Consent given at"}
"""What evidence is called where people read it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of an event. `look`: "text" for what a person read or wrote, "digest" for octets in hexadecimal."""

    name: str
    value: str
    look: Literal["", "text", "digest"] = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the ledger."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The consent record of a number."""

    title: str
    made: str
    verdict: str
    faults: tuple[str, ...]
    events: tuple[Event, ...]


def evidence_of(msisdn: Msisdn, chain: Chain, *, now: datetime) -> Evidence:
    """The record as it is shown."""
    number = str(msisdn)
    verdict = f"The chain of {len(chain.events)} events was verified and holds."
    return Evidence(
        title=f"Consent record of {'+' if number.isdigit() else ''}{number}",
        made=f"Made {now:%Y-%m-%d %H:%M:%S} UTC. {HOW}",
        verdict=verdict if chain.holds else "The chain is broken:",
        faults=chain.faults,
        events=tuple(Event(_title(event), tuple(_lines(event))) for event in chain.events),
    )


def _title(event: ChainedConsent) -> str:
    state, by = str(event.facts.get("state")), str(event.facts.get("by"))
    return f"{event.place}. {EVENTS.get(state, state)} {WAYS.get(by, by)}"


def _lines(event: ChainedConsent) -> Iterator[Line]:
    facts = event.facts
    yield Line("When", f"{event.at:%Y-%m-%d %H:%M:%S.%f} UTC")
    yield Line(
        "Campaign", f"{facts.get('campaign') or 'none'}, owner {facts.get('generation')} of the number"
    )
    yield Line("State", str(facts.get("state")))
    ref = facts.get("ref")
    yield Line("Caused by", f"{facts.get('by')}" + (f", record {ref}" if ref is not None else ""))
    if facts.get("registration") is not None:
        yield Line("Registration", str(facts["registration"]))
    if facts.get("profile"):
        yield Line("Rules", f"{facts['profile']}, version {facts.get('version')}")
    if facts.get("carrier"):
        yield Line("Carrier", str(facts["carrier"]))
    yield from _texts(event)
    yield Line("Link", event.link, "digest")


def _texts(event: ChainedConsent) -> Iterator[Line]:
    if event.row is None:
        yield Line("Texts", "erased; their digest stays in the chain")
        return
    said = event.row.consent
    if said.seen:
        yield Line("Text shown", said.seen, "text")
        yield Line("Its digest", str(event.facts.get("wording")), "digest")
    if said.answered:
        yield Line("Text answered", said.answered, "text")
    for name, value in said.evidence.items():
        yield Line(NAMES.get(name, name), value)
