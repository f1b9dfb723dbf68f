"""One batch in the making: what was loaded, what was decided so far, and what will be written (decision 1).

Lives in the database thread for the length of one transaction. Later items see what earlier ones decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from smsc.carrier import CarrierProfile, Form, ReceiptForms
from smsc.keywords import Table
from smsc.messages import Campaign, Mo
from smsc.optin import Book, Decision, apply, decide
from smsc.optin.events import Event
from smsc.optin.standing import Standing, Subscription
from smsc.pipeline.calls import Answer
from smsc.pipeline.ids import Ids
from smsc.pipeline.items import CallItem, Respond, ResultItem
from smsc.pipeline.requests import Reply, RequestItem
from smsc.pipeline.sweeper import Sweep
from smsc.sms.numbers import Msisdn
from smsc.store import (
    CallKey,
    CallRow,
    Earlier,
    InvitationRow,
    MtRow,
    PartRow,
    RefusalRow,
    StoredMo,
    Tx,
    Writes,
)


@dataclass(frozen=True, slots=True)
class Line:
    """What is in force: keywords, campaigns, profiles and carriers. A reload puts another one in its place."""

    table: Table
    book: Book
    carriers: Mapping[str, CarrierProfile]

    def carriers_of(self, short_code: str) -> tuple[str, ...]:
        """Names of the carriers that serve a code."""
        code = self.table.codes.get(short_code)
        return code.carriers if code else ()

    def supports(self, campaign: Campaign, carrier: str) -> bool:
        """Whether a campaign takes numbers of a carrier: its `networks` name it, or there are none (S4)."""
        named = campaign.extra.get("networks", ())
        if not isinstance(named, tuple) or not named:
            return True
        profile = self.carriers.get(carrier)
        called = {carrier, *(profile.networks if profile is not None else ())}
        return not {name.casefold() for name in called}.isdisjoint(name.casefold() for name in named)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the line; every one has its unit in its name or counts things."""

    batch_items_max: int = 500
    mo_queue_max: int = 10_000
    receipt_queue_max: int = 10_000
    call_queue_max: int = 2_000
    inbound_octets_max: int = 24 * 1024 * 1024
    """Memory of MOs and receipts that are not yet stored, of all binds together; beyond it: come again (D4)."""
    unsettled_max: int = 20_000
    """MTs on the wire or answered but not yet stored; beyond it nothing more is claimed."""
    due_items_max: int = 500
    parts_wait_s: float = 300.0
    attempts_max: int = 20
    retry_s: float = 5.0
    retry_s_max: float = 300.0
    validity_s: float = 86_400.0
    refusal_days: int = 30
    """How long refused calls are kept."""
    refusals_max: int = 10_000
    """Refused calls of one merchant that are kept, the newest."""
    in_doubt_match_s: float = 259_200.0
    """How old an in-doubt MT may be for a receipt to be taken for its own by number, code and time (CH3)."""


@dataclass(slots=True)
class Outcome:
    """What the loop does once the batch is committed."""

    send: list[MtRow] = field(default_factory=list)
    """Rows born or claimed as sending, in the order to write them."""
    parts_done: dict[int, frozenset[int]] = field(default_factory=dict)
    """Of claimed rows with several parts: those the carrier already has."""
    answers: list[tuple[CallItem, Answer]] = field(default_factory=list)
    taken: list[Respond] = field(default_factory=list)
    replies: list[tuple[RequestItem, Reply]] = field(default_factory=list)
    mo_answers: list[tuple[int, Respond]] = field(default_factory=list)
    """(MO id, way back) of every MO, to find answers that came too late."""
    withdrawn: set[int] = field(default_factory=set)
    """Registrations whose unwritten MTs must be dropped (OO3)."""
    notices: int = 0
    backlog: dict[str, bool] = field(default_factory=dict)
    """Whether rows of a carrier are left in the queue."""
    ticked: bool = False
    next_due: datetime | None = None
    due_left: bool = False
    counted: dict[str, int] = field(default_factory=dict)
    charges: list[tuple[str, str, str]] = field(default_factory=list)
    """(carrier, state, currency) of every transition."""
    alarms: list[str] = field(default_factory=list)
    queries: list[tuple[MtRow, int, str]] = field(default_factory=list)
    """MTs to ask their carrier about, each with a part and its message_id as the carrier wrote it."""
    swept: list[int] | None = None
    """MTs found without a bind that has them, when the batch looked for such."""
    forms: list[tuple[str, Form]] = field(default_factory=list)
    """(carrier, form of its message ids) of every receipt that matched by one form only."""


class Batch:
    """The working set of one transaction."""

    def __init__(
        self,
        tx: Tx,
        line: Line,
        *,
        limits: Limits,
        node: int,
        ids: Ids,
        now: datetime,
        slots: dict[str, int],
        backlog: Mapping[str, bool],
        closed: Mapping[str, datetime],
        doubtful: Collection[int] = (),
        forms: ReceiptForms | None = None,
        sweep: Sweep | None = None,
    ) -> None:
        self.tx = tx
        self.line = line
        self.limits = limits
        self.node = node
        self.ids = ids
        self.now = now
        self.slots = slots
        self.closed = closed
        self.doubtful = doubtful
        self.sweep = sweep
        self.asked: dict[int, float] = {}
        self.forms = ReceiptForms() if forms is None else forms
        self.writes = Writes(refusals_max=limits.refusals_max)
        self.out = Outcome(backlog=dict(backlog))
        self.born: dict[int, MtRow] = {}
        self.rows: dict[int, MtRow] = {}
        self.parts: dict[int, dict[int, PartRow]] = {}
        self.earlier: dict[bytes, list[Earlier]] = {}
        self.waiting: dict[tuple[str, str, str, int, int], list[StoredMo]] = {}
        self.calls: dict[CallKey, CallRow] = {}
        self.refused: list[tuple[CallItem | RequestItem, Answer | Reply, RefusalRow]] = []
        """Refusals that wait for their ids (see refusals.py)."""
        self.submitted: dict[tuple[str, str], ResultItem] = {}
        self.moved: list[tuple[Msisdn, Subscription, Mo | None]] = []
        """Subscriptions that changed, with the MO that changed them, for what follows invitations (S4)."""
        self.invitations: dict[int, InvitationRow] = {}
        self._changed: set[int] = set()
        self._changed_parts: set[tuple[int, int]] = set()
        self._before: dict[Msisdn, Standing] = {}
        self._now: dict[Msisdn, Standing] = {}

    def load(self, msisdns: Iterable[Msisdn], *, registrations: Collection[int] = ()) -> None:
        """Take the rows of these numbers, in key order, and their standings."""
        wanted = [m for m in msisdns if m not in self._now]
        if wanted:
            loaded = self.tx.standings(wanted, registrations=registrations)
            self._before.update(loaded)
            self._now.update(loaded)

    def standing(self, msisdn: Msisdn) -> Standing:
        """The number's standing as decided so far."""
        if msisdn not in self._now:
            self.load([msisdn])
        return self._now[msisdn]

    def decide(self, msisdn: Msisdn, event: Event) -> Decision:
        """Let the engine decide; its changes count for what follows, its effects are still to be carried."""
        standing = self.standing(msisdn)
        decision = decide(self.line.book, standing, event, self.now)
        if decision.changes:
            self._now[msisdn] = apply(standing, decision)
        return decision

    def put(self, standing: Standing) -> None:
        """A standing changed without the engine (a plain stop, a number's last carrier)."""
        self._now[standing.msisdn] = standing

    def retire(self, ended: Standing, fresh: Standing) -> None:
        """The number has another owner: what was its owner's is written as it ended, and nobody's (OO7)."""
        self.writes.standings.append((self._before[ended.msisdn], ended))
        self._before[ended.msisdn] = ended
        self._now[ended.msisdn] = fresh

    def forget(self, msisdn: Msisdn) -> None:
        """The number's rows are gone from the store; what comes later in the batch reads anew."""
        self._before.pop(msisdn, None)
        self._now.pop(msisdn, None)

    def seen_on(self, mo: Mo) -> None:
        """Keep the carrier and network the number last wrote from (MT8)."""
        standing = self.standing(mo.source)
        if standing.last_carrier != mo.carrier or (mo.network and standing.last_network != mo.network):
            network = mo.network or standing.last_network
            self.put(replace(standing, last_carrier=mo.carrier, last_network=network))

    def read_rows(self, ids: Collection[int]) -> None:
        """Load outbox rows, and the parts of those that took several."""
        wanted = [i for i in ids if i not in self.rows]
        if not wanted:
            return
        found = self.tx.mts(wanted)
        self.rows.update(found)
        self.take_parts([row.mt.id for row in found.values() if row.parts > 1])

    def take_parts(self, mts: Collection[int]) -> None:
        """Load the parts of these MTs."""
        wanted = [i for i in mts if i not in self.parts]
        if wanted:
            for part in self.tx.mt_parts(wanted):
                self.parts.setdefault(part.mt, {})[part.part] = part

    def give_birth(self, row: MtRow) -> None:
        """A new MT; written with the batch as it stands at its end."""
        self.born[row.mt.id] = row
        self.rows[row.mt.id] = row

    def change(self, row: MtRow) -> None:
        """A row with new contents."""
        self.rows[row.mt.id] = row
        if row.mt.id in self.born:
            self.born[row.mt.id] = row
        else:
            self._changed.add(row.mt.id)

    def change_part(self, part: PartRow) -> None:
        """One part of an MT with new contents."""
        self.parts.setdefault(part.mt, {})[part.part] = part
        self._changed_parts.add((part.mt, part.part))

    def part_waits(self, until: datetime) -> None:
        """Parts kept by this batch wait for the others until then (RT8)."""
        self.writes.parts_deadline = until

    def count(self, what: str, n: int = 1) -> None:
        """Something worth a metric, counted once the batch is committed."""
        self.out.counted[what] = self.out.counted.get(what, 0) + n

    def finish(self) -> Outcome:
        """Write everything, claim what still fits the window, and say what to do after the commit."""
        writes = self.writes
        writes.standings += [
            (self._before[m], standing)
            for m, standing in self._now.items()
            if standing is not self._before[m]
        ]
        writes.mts = list(self.born.values())
        writes.changed_mts = [self.rows[i] for i in self._changed]
        writes.mt_parts = [self.parts[mt][part] for mt, part in self._changed_parts]
        self.tx.write(writes)
        self.out.notices = len(writes.callbacks)
        self.out.charges = [
            (self.rows[c.mt].mt.carrier if c.mt in self.rows else "", c.state.value, c.currency)
            for c in writes.charges
        ]
        self.out.alarms = [row.kind for row in writes.alarms]
        return self.out
