"""Stored MOs against other keywords: what would be decided of each. Nothing is sent and nothing is written.

With the old keywords.yaml both are played, each with standings of its own, and what they come to is compared. Without
it what the store noted is compared with what each MO would be taken for: then what was open and active when it came is
read from the consent ledger, so that an answer is an answer again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from smsc import keywords
from smsc.app.playing import Outcome, Player
from smsc.app.story import Story
from smsc.messages import State
from smsc.pipeline.batch import Line
from smsc.sms.numbers import Msisdn
from smsc.store import ConsentRow, Reader, StoredMo

NOT_ROUTED = frozenset({"part", "redelivery", "parked", "no_code"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One MO of which something else would be decided; where only routes are known the outcomes are bare routes."""

    mo: int
    at: datetime
    msisdn: Msisdn
    short_code: str
    text: str
    was: Outcome
    would_be: Outcome


@dataclass(frozen=True, slots=True)
class Compared:
    """How many MOs were played, how many calls of merchants with them, and the MOs that differ, oldest first."""

    mos: int
    calls: int
    differences: tuple[Difference, ...]


def decisions(stories: Iterable[Story], old: Line, new: Line, *, until: datetime) -> Compared:
    """Play every story under both lines, from the same standing on; timers fire up to `until`."""
    mos = calls = 0
    found: list[Difference] = []
    for story in stories:
        before = Player(old, story.standing).play(story.played, until=until)
        after = Player(new, story.standing).play(story.played, until=until)
        for one in story.played:
            mos, calls = mos + (one.mo is not None), calls + (one.mo is None)
            if one.mo is None or before[one.id] == after[one.id]:
                continue
            mo = one.mo
            found.append(
                Difference(mo.id, one.at, mo.source, mo.short_code, mo.text, before[one.id], after[one.id])
            )
    return Compared(mos, calls, tuple(sorted(found, key=lambda d: (d.at, d.mo))))


def routes(reader: Reader, table: keywords.Table, *, last: int) -> Compared:
    """What the newest `last` MOs were taken for, and what they would be."""
    ledgers: dict[Msisdn, list[ConsentRow]] = {}
    seen, found = 0, list[Difference]()
    for row in reversed(reader.newest_mos(limit=last)):
        if row.route in NOT_ROUTED or row.error:
            continue
        seen += 1
        mo = row.mo
        if mo.source not in ledgers:
            ledgers[mo.source] = reader.consents(mo.source)
        was, now = _said(row.route, row.campaign), route_now(table, row, ledgers[mo.source])
        if was != now:
            known = (mo.id, mo.received_at, mo.source, mo.short_code, mo.text)
            found.append(Difference(*known, Outcome(was), Outcome(now)))
    return Compared(seen, 0, tuple(found))


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
