"""What every bind is doing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from time import time
from typing import TYPE_CHECKING, Literal

from smsc.link.record import traces_of
from smsc.link.settings import BindSettings
from smsc.link.valve import Valve
from smsc.smpp.codes import Command, status_name
from smsc.smpp.pdu import Pdu, view

if TYPE_CHECKING:
    from asyncio import Task

    from smsc.link.link import Link

Way = Literal["<", ">"]
Direction = Literal["dial", "accept"]
OnPdu = Callable[["Link", Way, Pdu], None]
"""The link, "<" in or ">" out, the PDU. Quick: it is called for every PDU that passes."""
OnAlarm = Callable[["BindSlot", str, str], None]
"""The session slot, the kind of alarm (a fixed word), and what happened."""
OnDrop = Callable[["BindSlot", str], None]
"""The session slot whose connection broke, and why; its `recorded` holds what passed last."""
Watch = Callable[["Task[None]"], None]
"""A task that should not end by an error; whoever watches notices when it does."""

RECORDED_MAX = 200
"""PDUs of a session kept for the flight recorder."""
RECORDED_OCTETS_MAX = 16 * 1024 * 1024
"""Memory of what is kept for it of all sessions: each has an equal share, and never more than the next."""
RECORDED_SHARE_MAX = 512 * 1024
COUNTS_MAX = 1000
"""Kinds of PDU counted for one session slot; a peer that makes statuses up is summed under status -1."""


class BindState(StrEnum):
    """Where a bind stands."""

    DOWN = "down"
    CONNECTING = "connecting"
    BINDING = "binding"
    BOUND = "bound"
    UNBINDING = "unbinding"
    WAITING = "waiting"
    MAINTENANCE = "maintenance"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BindRow:
    """One session of a bind as `smsc binds` shows it. Counts are PDUs since the process started.

    next_try: when we dial again; round_trip_ms: of the last enquire_link; held: what an operator asked for
    ("suspended", "isolated"); rate: MTs a second that are sent at most now, lower than agreed after throttling;
    throttled: how often the carrier told us to slow down; strays: answers to no open request (a second one, one
    after the response timer).
    """

    name: str
    carrier: str
    direction: Direction
    session: int
    state: BindState
    since: datetime
    system_id: str
    mode: str
    peer: str
    window_in_use: int
    window_size: int
    inbound: int
    pdus_in: int
    pdus_out: int
    errors: dict[str, int]
    round_trip_ms: float | None
    attempts: int
    next_try: datetime | None
    last_reason: str
    held: str = ""
    rate: float | None = None
    throttled: int = 0
    strays: int = 0


@dataclass(slots=True)
class Share:
    """Octets of recorded PDUs that each session slot may hold; it shrinks as slots are added."""

    octets: int = RECORDED_SHARE_MAX


@dataclass(slots=True, eq=False)
class BindSlot:
    """One session of a bind, kept over its connections. The dialer, the listener and the link write it."""

    settings: BindSettings
    direction: Direction
    session: int
    state: BindState = BindState.DOWN
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    link: Link | None = None
    peer: str = ""
    counts: dict[tuple[Way, Command, int], int] = field(default_factory=dict)
    round_trip_ms: float | None = None
    attempts: int = 0
    next_try: datetime | None = None
    last_reason: str = ""
    throttled: int = 0
    strays: int = 0
    valve: Valve = field(default_factory=Valve)
    recorded: deque[tuple[float, Link, Way, Pdu]] = field(default_factory=deque)
    recorded_octets: int = 0
    share: Share = field(default_factory=Share)
    on_change: Callable[[], None] | None = None

    def becomes(self, state: BindState, reason: str | None = None) -> None:
        """Note a new state, and why if there is a reason to remember."""
        if state is not self.state:
            self.state, self.since = state, datetime.now(UTC)
        if reason is not None:
            self.last_reason = reason
        if self.on_change is not None:
            self.on_change()

    def record(self, link: Link, way: Way, pdu: Pdu) -> None:
        """Count a PDU, and keep it among the last ones; one larger than the slot's share is counted only."""
        self.count(way, pdu)
        octets, recorded, share = pdu.octets_held, self.recorded, self.share.octets
        if octets > share:
            return
        recorded.append((time(), link, way, pdu))
        self.recorded_octets += octets
        while self.recorded_octets > share or len(recorded) > RECORDED_MAX:
            self.recorded_octets -= recorded.popleft()[-1].octets_held

    def take_recorded(self) -> list[tuple[float, Link, Way, Pdu]]:
        """What is kept, which is kept no longer."""
        taken = list(self.recorded)
        self.recorded.clear()
        self.recorded_octets = 0
        return taken

    def forget(self, number: str) -> None:
        """Keep nothing of what passed from or to a number (D6)."""
        traces = traces_of(number)
        kept = [one for one in self.take_recorded() if not any(t in str(view(one[-1])) for t in traces)]
        self.recorded.extend(kept)
        self.recorded_octets = sum(one[-1].octets_held for one in kept)

    def count(self, way: Way, pdu: Pdu) -> None:
        """Count a PDU by direction, command and status."""
        key = (way, pdu.command, pdu.command_status)
        if key not in self.counts and len(self.counts) >= COUNTS_MAX:
            key = (way, pdu.command, -1)
        self.counts[key] = self.counts.get(key, 0) + 1

    def row(self) -> BindRow:
        """As it is now."""
        errors: dict[str, int] = {}
        for (_, _, status), number in self.counts.items():
            if status:
                name = "other" if status < 0 else status_name(status)
                errors[name] = errors.get(name, 0) + number
        link, settings = self.link, self.settings
        return BindRow(
            name=settings.name,
            carrier=settings.carrier,
            direction=self.direction,
            session=self.session,
            state=self.state,
            since=self.since,
            system_id=settings.system_id,
            mode=settings.mode if link is None else link.mode,
            peer=self.peer or settings.address,
            window_in_use=0 if link is None else link.in_use,
            window_size=settings.window,
            inbound=0 if link is None else link.inbound,
            pdus_in=self._sum("<"),
            pdus_out=self._sum(">"),
            errors=errors,
            round_trip_ms=self.round_trip_ms,
            attempts=self.attempts,
            next_try=self.next_try,
            last_reason=self.last_reason,
            held=self.valve.words,
            rate=settings.rate if link is None else link.rate,
            throttled=self.throttled,
            strays=self.strays,
        )

    def _sum(self, way: Way) -> int:
        return sum(number for (direction, _, _), number in self.counts.items() if direction == way)


class BindBoard:
    """Every session slot of every bind of this process, and who is told what happens on them.

    taps: each sees every PDU that passes; on_change: some slot has a new state; on_alarm: a person should look;
    on_drop: a bound session ended though nobody asked for it; on_task: a long-lived task of a bind has begun.
    """

    def __init__(self) -> None:
        self._slots: dict[tuple[str, Direction, int], BindSlot] = {}
        self._valves: dict[str, Valve] = {}
        self._share = Share()
        self.taps: list[OnPdu] = []
        self.on_change: Callable[[], None] | None = None
        self.on_alarm: OnAlarm | None = None
        self.on_drop: OnDrop | None = None
        self.on_task: Watch | None = None

    def rows(self) -> list[BindRow]:
        """One row for each session slot, in the order of the names."""
        return [self._slots[key].row() for key in sorted(self._slots)]

    def counts(self) -> Iterator[tuple[str, str, Way, Command, int, int]]:
        """(carrier, bind, "<" or ">", command, status, number) for the metrics."""
        for slot in self._slots.values():
            for (way, command, status), number in slot.counts.items():
                yield slot.settings.carrier, slot.settings.name, way, command, status, number

    def slot(self, settings: BindSettings, direction: Direction, session: int) -> BindSlot:
        """The slot of that name and number, made if it is new; `settings` replace those it had."""
        key = (settings.name, direction, session)
        slot = self._slots.get(key)
        if slot is None:
            slot = BindSlot(
                settings,
                direction,
                session,
                valve=self.valve(settings.name),
                share=self._share,
                on_change=self._changed,
            )
            self._slots[key] = slot
            self._share.octets = min(RECORDED_SHARE_MAX, RECORDED_OCTETS_MAX // len(self._slots))
        slot.settings = settings
        return slot

    def forget(self, number: str) -> None:
        """Keep nothing of what passed from or to a number (D6)."""
        for slot in self._slots.values():
            slot.forget(number)

    def valve(self, name: str) -> Valve:
        """What an operator has asked of the bind of that name."""
        return self._valves.setdefault(name, Valve())

    def expect(self, settings: BindSettings) -> None:
        """Show an account of the listener before, and whether or not, its carrier connects."""
        self.slot(settings, "accept", 0)

    def claim(self, settings: BindSettings) -> BindSlot | None:
        """A slot for a carrier that binds to us; None: all its sessions are up."""
        for number in range(settings.sessions):
            slot = self.slot(settings, "accept", number)
            if slot.link is None:
                return slot
        return None

    def links(self, name: str) -> list[Link]:
        """The sessions of that bind that are up."""
        return [slot.link for slot in self._slots.values() if slot.settings.name == name and slot.link]

    def alarm(self, slot: BindSlot, kind: str, text: str) -> None:
        """A person should look at this."""
        if self.on_alarm is not None:
            self.on_alarm(slot, kind, text)

    def watch(self, task: Task[None]) -> None:
        """A long-lived task has begun: nobody awaits it, so somebody must notice if it dies."""
        if self.on_task is not None:
            self.on_task(task)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
