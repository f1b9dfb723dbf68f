"""Reading without a part in the line: pages, metrics, keys. Used in a reader thread, inside `Store.read`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from smsc.messages import MtState, State
from smsc.optin.standing import Block, Subscription
from smsc.sms.numbers import Msisdn
from smsc.store import (
    callbacks,
    customers,
    endpoints,
    keys,
    ledger,
    mos,
    mts,
    persons,
    receipts,
    refusals,
    standings,
    visits,
)
from smsc.store.chain import Chain, total_faults
from smsc.store.customers import Customer
from smsc.store.instants import instant_or_none
from smsc.store.keys import ApiKey
from smsc.store.overlay import Overlays
from smsc.store.pages import Pages
from smsc.store.person_rows import InvitationRow, RefusalRow, ReviewRow
from smsc.store.rows import (
    AlarmRow,
    CallbackRow,
    ChargeRow,
    ConsentRow,
    EndpointRow,
    MtRow,
    ReceiptRow,
    StoredMo,
)
from smsc.store.statements import Db, Statement
from smsc.store.tables import (
    alarm,
    callback,
    charge,
    meta,
    mo,
    mt,
    receipt,
    subscriber,
    subscription,
    timer,
)

PAGE = 200
"""How many rows of a kind a list holds, the newest ones."""


def counted(state: str) -> Statement:
    """Counts by carrier of the rows in a state that has a partial index."""
    return Statement(
        lambda d: select(mt.c.carrier, func.count()).where(text(f"state = '{state}'")).group_by(mt.c.carrier)
    )


OPEN_STATES = {
    state: counted(state.value) for state in (MtState.HELD, MtState.QUEUED, MtState.SENDING, MtState.IN_DOUBT)
}
CALLBACKS_DUE = Statement(
    lambda d: select(func.count(), func.min(callback.c.next_at)).where(callback.c.next_at.is_not(None))
)
CALLBACKS_PARKED = Statement(
    lambda d: select(func.count()).select_from(callback).where(text("state = 'parked'"))
)
TIMERS_OPEN = Statement(
    lambda d: select(func.count(), func.min(timer.c.due)).select_from(timer).where(text("state = 0"))
)
MOS_PARKED = Statement(lambda d: select(func.count()).select_from(mo).where(text("error <> ''")))
ONE_MT = Statement(lambda d: select(mt).where(mt.c.id == bindparam("number")))
META = Statement(lambda d: select(meta.c.value).where(meta.c.name == bindparam("of_name")))
MOS_OF = Statement(
    lambda d: (
        select(*(mo.c[n] for n in mos.MO_COLUMNS))
        .where(mo.c.source == bindparam("number"))
        .order_by(mo.c.id.desc())
        .limit(bindparam("most"))
    )
)
MTS_OF = Statement(
    lambda d: (
        select(mt).where(mt.c.msisdn == bindparam("number")).order_by(mt.c.id.desc()).limit(bindparam("most"))
    )
)
CALLBACKS_OF = Statement(
    lambda d: (
        select(callback)
        .where(callback.c.msisdn == bindparam("number"))
        .order_by(callback.c.id.desc())
        .limit(bindparam("most"))
    )
)
CHARGES_OF = Statement(
    lambda d: (
        select(charge)
        .where(d.among(charge.c.mt, "ids"))
        .order_by(charge.c.at, charge.c.mt, text("state <> 'pending'"))
    )
)
RECEIPTS_OF = Statement(
    lambda d: (
        select(receipt).where(d.among(receipt.c.mt, "ids"), text("mt IS NOT NULL")).order_by(receipt.c.id)
    )
)
SUBSCRIPTIONS_OF = Statement(
    lambda d: (
        select(subscription)
        .where(subscription.c.msisdn == bindparam("number"))
        .order_by(subscription.c.generation, subscription.c.campaign)
    )
)
NEWEST_MOS = Statement(
    lambda d: select(*(mo.c[n] for n in mos.MO_COLUMNS)).order_by(mo.c.id.desc()).limit(bindparam("most"))
)
GENERATION = Statement(
    lambda d: select(subscriber.c.generation).where(subscriber.c.msisdn == bindparam("number"))
)
LAST_CARRIER = Statement(
    lambda d: select(subscriber.c.last_carrier).where(subscriber.c.msisdn == bindparam("number"))
)
ALARMS = Statement(lambda d: select(alarm).order_by(alarm.c.id.desc()).limit(bindparam("most")))


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits in the store, for metrics. States that rows only pass through or end in are the line's to count."""

    mts: dict[tuple[MtState, str], int]
    """By (state, carrier): held, queued, sending, in_doubt."""
    callbacks_due: int
    callbacks_parked: int
    oldest_callback_at: datetime | None
    """When the callback that has waited longest was to go."""
    timers: int
    next_timer_at: datetime | None
    mos_parked: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of one number, each list in order of time; the newest PAGE of each (OC2)."""

    mos: list[StoredMo]
    mts: list[MtRow]
    receipts: list[ReceiptRow]
    charges: list[ChargeRow]
    consents: list[ConsentRow]
    callbacks: list[CallbackRow]


class Reader:
    """One consistent view of the store."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def counts(self) -> Counts:
        """What waits, for metrics."""
        db = self._db
        waiting = {
            (state, row[0]): int(row[1]) for state, query in OPEN_STATES.items() for row in db.rows(query)
        }
        due, oldest = db.rows(CALLBACKS_DUE)[0]
        open_timers, next_timer = db.rows(TIMERS_OPEN)[0]
        return Counts(
            mts=waiting,
            callbacks_due=due,
            callbacks_parked=int(db.value(CALLBACKS_PARKED)),
            oldest_callback_at=instant_or_none(oldest),
            timers=open_timers,
            next_timer_at=instant_or_none(next_timer),
            mos_parked=int(db.value(MOS_PARKED)),
        )

    def meta(self, name: str) -> str | None:
        """A word about the database itself."""
        value = self._db.value(META, of_name=name)
        return None if value is None else str(value)

    def mt(self, number: int) -> MtRow | None:
        """One MT."""
        rows = self._db.rows(ONE_MT, number=number)
        return mts.read(rows[0]) if rows else None

    def mo(self, number: int) -> StoredMo | None:
        """One MO with what was made of it."""
        return mos.by_id(self._db, number)

    def newest_mos(self, *, limit: int) -> list[StoredMo]:
        """The newest MOs of every number, newest first."""
        return [mos.read_whole(row) for row in self._db.rows(NEWEST_MOS, most=limit)]

    def keys_of(self, cc: str, now: datetime) -> list[ApiKey]:
        """The valid API keys of a company code."""
        return keys.of_cc(self._db, cc, now)

    def key_of_bearer(self, bearer: str, now: datetime) -> ApiKey | None:
        """The valid key whose bearer token this is."""
        return keys.of_bearer(self._db, bearer, now)

    def keys_of_merchant(self, merchant: str) -> list[ApiKey]:
        """Every API key of a merchant, those that ended too."""
        return keys.of_merchant(self._db, merchant)

    @property
    def overlay(self) -> Overlays:
        """What accounts have changed by API beside keywords.yaml."""
        return Overlays(self._db)

    @property
    def pages(self) -> Pages:
        """The lists of the native API, page by page."""
        return Pages(self._db)

    def keys(self) -> list[ApiKey]:
        """Every API key, revoked ones too."""
        return keys.everyone(self._db)

    def subscriptions(self, msisdn: Msisdn) -> list[Subscription]:
        """Every subscription of a number, earlier owners' first."""
        rows = self._db.rows(SUBSCRIPTIONS_OF, number=str(msisdn))
        return [standings.read_subscription(row) for row in rows]

    def customer(self, campaign: str, msisdn: Msisdn) -> Customer | None:
        """A number as a store knows it (S1)."""
        return customers.one(self._db, campaign, msisdn)

    def customers(
        self, campaign: str, states: Collection[State], *, offset: int = 0, limit: int = PAGE
    ) -> list[Customer]:
        """The customers of a store in these states (S1)."""
        return customers.by_state(self._db, campaign, states, offset=offset, limit=limit)

    def inbound(
        self,
        campaign: str,
        *,
        begin: datetime,
        end: datetime,
        limit: int,
        msisdn: Msisdn | None = None,
        codes: Collection[str] = (),
    ) -> list[StoredMo]:
        """MOs to a store and to codes that are its alone, from anybody or one number, oldest first (S1)."""
        return customers.inbound(
            self._db, campaign, begin=begin, end=end, limit=limit, msisdn=msisdn, codes=codes
        )

    def outbound(
        self, campaign: str, *, begin: datetime, end: datetime, limit: int, msisdn: Msisdn | None = None
    ) -> list[MtRow]:
        """MTs of a store to its customers and whom it answered, or to one number, oldest first (S1)."""
        return customers.outbound(self._db, campaign, begin=begin, end=end, limit=limit, msisdn=msisdn)

    def consents(self, msisdn: Msisdn) -> list[ConsentRow]:
        """The consent ledger of a number, oldest first."""
        return ledger.consents(self._db, msisdn)

    def number_of_event(self, number: int) -> Msisdn | None:
        """Whose ledger has an event of this id, or one that a call of this id caused."""
        return ledger.number_of_event(self._db, number)

    def current_subscriptions(self, msisdn: Msisdn) -> list[Subscription]:
        """The subscriptions of the number's present owner (OO7)."""
        rows = self._db.rows(SUBSCRIPTIONS_OF, number=str(msisdn))
        newest = self._db.value(GENERATION, number=str(msisdn))
        return [standings.read_subscription(row) for row in rows if row[1] == newest]

    def last_carrier(self, msisdn: Msisdn) -> str:
        """The carrier of the number's last MO, "" for none (MT8)."""
        return str(self._db.value(LAST_CARRIER, number=str(msisdn)) or "")

    def chain(self, msisdn: Msisdn) -> Chain:
        """The consent chain of a number, verified (D6)."""
        return persons.chain_of(self._db, msisdn)

    def ledger_faults(self) -> list[str]:
        """What is wrong with the consent ledger as a whole: numbers that are gone with all that was theirs (D6)."""
        return total_faults(self._db)

    def blocks(self, *, after: str = "", limit: int = PAGE) -> list[tuple[Msisdn, Block]]:
        """Blocks by number, of the numbers behind `after`."""
        return persons.blocks(self._db, after=after, limit=limit)

    def blocks_of(self, msisdn: Msisdn) -> list[Block]:
        """The blocks of a number, those that were erased to digests too."""
        return persons.blocks_of(self._db, msisdn)

    def reviews(self) -> list[ReviewRow]:
        """Texts that wait for a decision whether they are a stop, oldest first (RT5b)."""
        return persons.open_reviews(self._db)

    def invitation(self, number: int) -> InvitationRow | None:
        """One invitation (S4)."""
        return persons.invitation_of(self._db, number)

    def review(self, mo: int) -> ReviewRow | None:
        """The text under review of an MO, decided or not (RT5b)."""
        return persons.review_of(self._db, mo)

    def refusal(self, number: int) -> RefusalRow | None:
        """One refused call."""
        return refusals.one(self._db, number)

    def refusals(self, msisdn: Msisdn, *, limit: int = PAGE) -> list[RefusalRow]:
        """The last refused calls for a number, newest first."""
        return refusals.newest(self._db, msisdn, limit=limit)

    def visitor(self, token: str, now: datetime) -> Msisdn | None:
        """The number whose session of the portal the token opens (SP1)."""
        return visits.visitor(self._db, token, now)

    def account_since(self, msisdn: Msisdn) -> datetime | None:
        """Since when a number has an account."""
        return visits.account_since(self._db, msisdn)

    def callbacks(
        self, merchant: str = "", *, state: str = "", after: int = 0, limit: int = PAGE
    ) -> list[CallbackRow]:
        """A page of a merchant's callbacks by id (of a `state`: due, delivered, parked, replay); "": all parked."""
        return endpoints.listed(self._db, merchant, state=state, after=after, limit=limit)

    def callback(self, number: int) -> CallbackRow | None:
        """One callback, with its last attempts."""
        return endpoints.by_id(self._db, number)

    def disabled_endpoints(self) -> list[EndpointRow]:
        """Every endpoint that is told nothing."""
        return endpoints.disabled(self._db)

    def charges(self, ids: list[int]) -> list[ChargeRow]:
        """Every transition of the charges of these MTs, in order of time."""
        return [ledger.read_charge(row) for row in self._db.rows(CHARGES_OF, ids=ids)]

    def alarms(self, *, limit: int = PAGE) -> list[AlarmRow]:
        """The newest alarms, newest first."""
        return [ledger.read_alarm(row) for row in self._db.rows(ALARMS, most=limit)]

    def timeline(self, msisdn: Msisdn, *, limit: int = PAGE) -> Timeline:
        """Everything of one number."""
        db, number = self._db, str(msisdn)
        sent = [mts.read(row) for row in reversed(db.rows(MTS_OF, number=number, most=limit))]
        ids = [row.mt.id for row in sent]
        return Timeline(
            mos=[mos.read_whole(row) for row in reversed(db.rows(MOS_OF, number=number, most=limit))],
            mts=sent,
            receipts=[receipts.read(row) for row in db.rows(RECEIPTS_OF, ids=ids)],
            charges=self.charges(ids),
            consents=self.consents(msisdn),
            callbacks=[
                callbacks.read(row) for row in reversed(db.rows(CALLBACKS_OF, number=number, most=limit))
            ],
        )
