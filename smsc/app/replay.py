"""Stored MOs against other keywords: what each would be taken for. Nothing is sent and nothing is written.

What was open and active when an MO came is read from the consent ledger, so that an answer is an answer again.
"""

from __future__ import annotations

from dataclasses import dataclass

from smsc import keywords
from smsc.messages import State
from smsc.sms.numbers import Msisdn
from smsc.store import ConsentRow, Reader, StoredMo

NOT_ROUTED = frozenset({"part", "redelivery", "parked", "no_code"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One MO that would be taken for something else, or for another campaign's."""

    mo: int
    short_code: str
    text: str
    was: str
    would_be: str


def compare(reader: Reader, table: keywords.Table, *, last: int) -> tuple[int, list[Difference]]:
    """How many of the newest `last` MOs were looked at, and those that would differ, oldest first."""
    ledgers: dict[Msisdn, list[ConsentRow]] = {}
    seen, differences = 0, []
    for row in reversed(reader.newest_mos(limit=last)):
        if row.route in NOT_ROUTED or row.error:
            continue
        seen += 1
        source = row.mo.source
        if source not in ledgers:
            ledgers[source] = reader.consents(source)
        was, now = _said(row.route, row.campaign), route_now(table, row, ledgers[source])
        if was != now:
            code = str(row.mo.short_code)
            differences.append(Difference(row.mo.id, code, row.mo.text, was, now))
    return seen, differences


def route_now(table: keywords.Table, row: StoredMo, ledger: list[ConsentRow]) -> str:
    """What the MO would be taken for."""
    if row.mo.short_code not in table.codes:
        return "no_code"
    states: dict[str, str] = {}
    for event in ledger:
        if event.id < row.mo.id and event.consent.campaign in table.campaigns:
            states[event.consent.campaign] = event.consent.state
    pending = [name for name, state in states.items() if state == State.PENDING.value]
    active = [name for name, state in states.items() if state == State.ACTIVE.value]
    route = keywords.route(table, row.mo.short_code, row.mo.text, pending=pending, active=active)
    return _said(type(route).__name__.lower(), getattr(route, "campaign", None) or "")


def _said(route: str, campaign: str) -> str:
    return f"{route} {campaign}".strip()
