"""Standings in and out of the tables: one MSISDN's row is the lock for all that is known of the number (decision 1)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Text, bindparam, delete, select, text, update

from smsc.messages import Money, Period, State
from smsc.optin.standing import Binding, Block, Count, Registration, Standing, Subscription
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import persons
from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.statements import Db, Record, Statement
from smsc.store.tables import OPEN_REGISTRATION, binding, block, registration, subscriber, subscription

TAKE = Statement(
    lambda d: (
        d.insert(subscriber)
        .from_select(
            ["msisdn", "generation", "last_carrier", "last_network", "counts"],
            select(
                (numbers := d.values_of("msisdns", Text())).c.value,
                text("1"),
                text("''"),
                text("''"),
                text("'{}'"),
            )
            .select_from(numbers)
            .where(text("true")),  # SQLite's parser takes ON CONFLICT for a join condition without it
        )
        .on_conflict_do_nothing()
    )
)
NUMBERS = Statement(
    lambda d: (
        select(subscriber)
        .where(d.among(subscriber.c.msisdn, "msisdns"))
        .order_by(subscriber.c.msisdn)
        .with_for_update()
    )
)
SUBSCRIPTIONS = Statement(lambda d: select(subscription).where(d.among(subscription.c.msisdn, "msisdns")))
BLOCKS = Statement(lambda d: select(block).where(d.among(block.c.msisdn, "msisdns")))
BINDINGS = Statement(lambda d: select(binding).where(d.among(binding.c.msisdn, "msisdns")))
REGISTRATIONS = Statement(
    lambda d: select(registration).where(
        d.among(registration.c.msisdn, "msisdns"), text(f"({OPEN_REGISTRATION})")
    )
)
NAMED_REGISTRATIONS = Statement(lambda d: select(registration).where(d.among(registration.c.id, "ids")))

PUT_SUBSCRIBER = Statement(
    lambda d: (
        update(subscriber)
        .where(subscriber.c.msisdn == bindparam("number"))
        .values({c: bindparam(f"new_{c}") for c in ("generation", "last_carrier", "last_network", "counts")})
    )
)
PUT_SUBSCRIPTION = Statement(
    lambda d: d.insert_or_replace(subscription, ("msisdn", "generation", "campaign")),
    columns=subscription.c.keys(),
)
PUT_REGISTRATION = Statement(
    lambda d: d.insert_or_replace(registration, ("id",)), columns=registration.c.keys()
)
PUT_BINDING = Statement(
    lambda d: d.insert_or_replace(binding, ("msisdn", "campaign")), columns=binding.c.keys()
)
PUT_BLOCK = Statement(
    lambda d: d.insert_or_replace(block, ("msisdn", "scope", "scope_key")), columns=block.c.keys()
)
LIFT_BLOCK = Statement(
    lambda d: delete(block).where(
        block.c.msisdn == bindparam("number"),
        block.c.scope == bindparam("scope_"),
        block.c.scope_key == bindparam("key_"),
    )
)


def load(db: Db, msisdns: Iterable[Msisdn], *, registrations: Collection[int] = ()) -> dict[Msisdn, Standing]:
    """Take the rows of these numbers in sorted order, new ones included, and read their standings.

    A registration named in `registrations` is loaded when it belongs to one of the numbers, ended or not. Those of
    a number's earlier owner (another generation) are nobody's.
    """
    numbers = sorted({str(m) for m in msisdns})
    if not numbers:
        return {}
    db.run(TAKE, msisdns=numbers)
    rows = db.rows(NUMBERS, msisdns=numbers)
    generation = {row[0]: row[1] for row in rows}
    subscriptions: dict[str, dict[str, Subscription]] = {}
    for row in db.rows(SUBSCRIPTIONS, msisdns=numbers):
        if row[1] == generation[row[0]]:
            subscriptions.setdefault(row[0], {})[row[2]] = read_subscription(row)
    blocks: dict[str, set[Block]] = {}
    for row in db.rows(BLOCKS, msisdns=numbers):
        blocks.setdefault(row[0], set()).add(Block(row[1], row[2], instant(row[3]), row[4]))
    for number, digested in persons.digested_blocks(db, numbers).items():
        known = {(b.scope, b.key) for b in blocks.get(number, ())}
        blocks.setdefault(number, set()).update(b for b in digested if (b.scope, b.key) not in known)
    bindings: dict[str, dict[str, Binding]] = {}
    for row in db.rows(BINDINGS, msisdns=numbers):
        bindings.setdefault(row[0], {})[row[1]] = _binding(row)
    found = list(db.rows(REGISTRATIONS, msisdns=numbers))
    if registrations:
        found += db.rows(NAMED_REGISTRATIONS, ids=sorted(registrations))
    owned: dict[str, dict[int, Registration]] = {}
    for row in found:
        if generation.get(row[1]) == row[2]:
            owned.setdefault(row[1], {})[row[0]] = _registration(row)
    standings = {}
    for number, gen, carrier, network, counts in rows:
        standings[Msisdn(number)] = Standing(
            msisdn=Msisdn(number),
            generation=gen,
            last_carrier=carrier,
            last_network=network,
            subscriptions=subscriptions.get(number, {}),
            registrations=owned.get(number, {}),
            blocks=frozenset(blocks.get(number, ())),
            counts=read_counts(counts),
            bindings=bindings.get(number, {}),
        )
    return standings


def put(db: Db, pairs: list[tuple[Standing, Standing]]) -> None:
    """Write what differs between each (before, after), compared by identity: the engine replaces what it changes."""
    numbers: list[Record] = []
    subscriptions: list[Record] = []
    registrations: list[Record] = []
    blocks: list[Record] = []
    lifted: list[Record] = []
    bindings: list[Record] = []
    for before, after in pairs:
        if before is after:
            continue
        msisdn = str(after.msisdn)
        anew = before.generation != after.generation  # another owner of the number: everything is new (OO7)
        if (
            anew
            or before.counts is not after.counts
            or before.last_carrier != after.last_carrier
            or before.last_network != after.last_network
        ):
            counts = write_counts(after.counts)
            numbers.append((after.generation, after.last_carrier, after.last_network, counts, msisdn))
        if before.subscriptions is not after.subscriptions or anew:
            for campaign, open_ in after.subscriptions.items():
                if anew or before.subscriptions.get(campaign) is not open_:
                    subscriptions.append(_subscription_record(msisdn, after.generation, open_))
        if before.registrations is not after.registrations:
            for number, reg in after.registrations.items():
                if before.registrations.get(number) is not reg:
                    registrations.append(_registration_record(msisdn, after.generation, reg))
        if before.bindings is not after.bindings:
            for store, one in after.bindings.items():
                if before.bindings.get(store) is not one:
                    bindings.append(_binding_record(msisdn, one))
        if before.blocks != after.blocks:
            kept = {(b.scope, b.key) for b in after.blocks}
            lifted += [(msisdn, b.scope, b.key) for b in before.blocks if (b.scope, b.key) not in kept]
            blocks += [(msisdn, b.scope, b.key, micros(b.since), b.by) for b in after.blocks - before.blocks]
    db.many(PUT_SUBSCRIBER, numbers)
    db.many(PUT_SUBSCRIPTION, subscriptions)
    db.many(PUT_REGISTRATION, registrations)
    db.many(LIFT_BLOCK, lifted)
    persons.lift_digested(db, lifted)
    db.many(PUT_BLOCK, blocks)
    db.many(PUT_BINDING, bindings)


def _binding(row: Any) -> Binding:
    return Binding(
        campaign=row[1],
        short_code=ShortCode(row[2]),
        since=instant(row[3]),
        released_at=instant_or_none(row[4]),
        name=row[5],
    )


def _binding_record(msisdn: str, b: Binding) -> Record:
    return (
        msisdn,
        b.campaign,
        str(b.short_code),
        micros(b.since),
        micros_or_none(b.released_at),
        storable(b.name),
    )


def read_counts(text_: str) -> Mapping[str, Count]:
    """The counts of a number from their JSON, {"key": [since, n]}."""
    if text_ == "{}":
        return {}
    return {key: Count(instant(since), n) for key, (since, n) in json.loads(text_).items()}


def write_counts(counts: Mapping[str, Count]) -> str:
    """Counts as JSON."""
    if not counts:
        return "{}"
    return json.dumps({key: [micros(c.since), c.n] for key, c in counts.items()})


def read_subscription(row: Any) -> Subscription:
    """The subscription of a tuple in the order of the table."""
    return Subscription(
        campaign=row[2],
        state=State(row[3]),
        profile=row[4],
        version=row[5],
        since=instant(row[6]),
        carrier=row[7],
        network=row[8],
        opening_mo=row[9],
        opening_text=row[10],
        registration=row[11],
        request_sent_at=instant_or_none(row[12]),
        expires_at=instant_or_none(row[13]),
        held_mt=row[14],
        wording_digest=row[15],
        holds=tuple(row[16].split()),
    )


def _subscription_record(msisdn: str, generation: int, s: Subscription) -> Record:
    return (
        msisdn,
        generation,
        s.campaign,
        str(s.state),
        s.profile,
        s.version,
        micros(s.since),
        s.carrier,
        s.network,
        s.opening_mo,
        storable(s.opening_text),
        s.registration,
        micros_or_none(s.request_sent_at),
        micros_or_none(s.expires_at),
        s.held_mt,
        s.wording_digest,
        " ".join(s.holds),
    )


def _registration(row: Any) -> Registration:
    return Registration(
        id=row[0],
        campaign=row[3],
        merchant=row[4],
        short_code=ShortCode(row[5]),
        opened_at=instant(row[6]),
        price=None if row[7] is None else Money(row[7], row[8]),
        count_max=row[9],
        per=Period(row[10]) if row[10] else None,
        network=row[11],
        welcomed_at=instant_or_none(row[12]),
        period_start=instant_or_none(row[13]),
        billed_in_period=row[14],
        ended_at=instant_or_none(row[15]),
        stop=row[16],
        goodbye_by=instant_or_none(row[17]),
        goodbye_at=instant_or_none(row[18]),
        spent=row[19],
        minute_start=instant_or_none(row[20]),
        spent_in_minute=row[21],
        charged=row[22],
        billed=row[23],
        reminded=row[24],
        reminders=row[25],
        renew_by=instant_or_none(row[26]),
    )


def _registration_record(msisdn: str, generation: int, r: Registration) -> Record:
    return (
        r.id,
        msisdn,
        generation,
        r.campaign,
        r.merchant,
        str(r.short_code),
        micros(r.opened_at),
        None if r.price is None else r.price.minor,
        "" if r.price is None else r.price.currency,
        r.count_max,
        "" if r.per is None else str(r.per),
        r.network,
        micros_or_none(r.welcomed_at),
        micros_or_none(r.period_start),
        r.billed_in_period,
        micros_or_none(r.ended_at),
        r.stop,
        micros_or_none(r.goodbye_by),
        micros_or_none(r.goodbye_at),
        r.spent,
        micros_or_none(r.minute_start),
        r.spent_in_minute,
        r.charged,
        r.billed,
        r.reminded,
        r.reminders,
        micros_or_none(r.renew_by),
    )
