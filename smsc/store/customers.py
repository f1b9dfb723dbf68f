"""The customers of a store and their messages, read for its API (S1). A customer is a number that ever had a code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from smsc.messages import State
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import mos, mts
from smsc.store.instants import instant, micros
from smsc.store.rows import MtRow, StoredMo
from smsc.store.statements import Db, Statement
from smsc.store.tables import binding, mo, mt, subscriber, subscription


@dataclass(frozen=True, slots=True)
class Customer:
    """One number as a store knows it. `since`: of its state."""

    msisdn: Msisdn
    name: str
    short_code: ShortCode
    state: State
    since: datetime


JOINED = binding.join(subscriber, subscriber.c.msisdn == binding.c.msisdn).join(
    subscription,
    (subscription.c.msisdn == binding.c.msisdn)
    & (subscription.c.campaign == binding.c.campaign)
    & (subscription.c.generation == subscriber.c.generation),
)
COLUMNS = (
    binding.c.msisdn,
    binding.c.name,
    binding.c.short_code,
    subscription.c.state,
    subscription.c.since,
)
ONE = Statement(
    lambda d: (
        select(*COLUMNS)
        .select_from(JOINED)
        .where(binding.c.msisdn == bindparam("number"), binding.c.campaign == bindparam("store"))
    )
)
BY_STATE = Statement(
    lambda d: (
        select(*COLUMNS)
        .select_from(JOINED)
        .where(binding.c.campaign == bindparam("store"), d.among(subscription.c.state, "states"))
        .order_by(binding.c.msisdn)
        .limit(bindparam("most"))
        .offset(bindparam("skipped"))
    )
)
NUMBERS = select(binding.c.msisdn).where(binding.c.campaign == bindparam("of_store"))
INBOUND = Statement(
    lambda d: (
        select(*(mo.c[n] for n in mos.MO_COLUMNS))
        .where(
            mo.c.campaign == bindparam("store"),
            mo.c.received_at >= bindparam("begin"),
            mo.c.received_at < bindparam("end"),
        )
        .order_by(mo.c.received_at, mo.c.id)
        .limit(bindparam("most"))
    )
)
STRANGERS = Statement(
    lambda d: (
        select(*(mo.c[n] for n in mos.MO_COLUMNS))
        .where(
            mo.c.campaign == "",
            d.among(mo.c.short_code, "codes"),
            mo.c.received_at >= bindparam("begin"),
            mo.c.received_at < bindparam("end"),
        )
        .order_by(mo.c.received_at, mo.c.id)
        .limit(bindparam("most"))
    )
)
WRITERS = select(mo.c.source).where(
    mo.c.campaign == bindparam("of_store_too"),
    mo.c.received_at >= bindparam("begin_too"),
    mo.c.received_at < bindparam("end_too"),
)
"""Who wrote to a store, and may have been answered without ever having joined it (responder keywords)."""
OUTBOUND = Statement(
    lambda d: (
        select(mt)
        .where(
            or_(mt.c.msisdn.in_(NUMBERS), mt.c.msisdn.in_(WRITERS)),
            mt.c.campaign == bindparam("store"),
            mt.c.created_at >= bindparam("begin"),
            mt.c.created_at < bindparam("end"),
        )
        .order_by(mt.c.id)
        .limit(bindparam("most"))
    )
)
INBOUND_OF = Statement(
    lambda d: (
        select(*(mo.c[n] for n in mos.MO_COLUMNS))
        .where(
            mo.c.source == bindparam("number"),
            mo.c.campaign == bindparam("store"),
            mo.c.received_at >= bindparam("begin"),
            mo.c.received_at < bindparam("end"),
        )
        .order_by(mo.c.id)
        .limit(bindparam("most"))
    )
)
OUTBOUND_OF = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.msisdn == bindparam("number"),
            mt.c.campaign == bindparam("store"),
            mt.c.created_at >= bindparam("begin"),
            mt.c.created_at < bindparam("end"),
        )
        .order_by(mt.c.id)
        .limit(bindparam("most"))
    )
)


def one(db: Db, campaign: str, msisdn: Msisdn) -> Customer | None:
    """A number as a store knows it; None for one it never had to do with."""
    rows = db.rows(ONE, number=str(msisdn), store=campaign)
    return _customer(rows[0]) if rows else None


def by_state(db: Db, campaign: str, states: Collection[State], *, offset: int, limit: int) -> list[Customer]:
    """The customers of a store in these states, in the order of their numbers."""
    names = [state.value for state in states]
    rows = db.rows(BY_STATE, store=campaign, states=names, most=limit, skipped=offset)
    return [_customer(row) for row in rows]


def inbound(
    db: Db,
    campaign: str,
    *,
    begin: datetime,
    end: datetime,
    limit: int,
    msisdn: Msisdn | None = None,
    codes: Collection[str] = (),
) -> list[StoredMo]:
    """MOs to a store from anybody, or from one number, oldest first.

    `codes` are the store's alone: what was written to them is the store's, though it may have meant nothing.
    """
    span = {"begin": micros(begin), "end": micros(end), "most": limit}
    if msisdn is not None:
        return [
            mos.read_whole(row) for row in db.rows(INBOUND_OF, number=str(msisdn), store=campaign, **span)
        ]
    rows = [mos.read_whole(row) for row in db.rows(INBOUND, store=campaign, **span)]
    if codes:
        rows += [mos.read_whole(row) for row in db.rows(STRANGERS, codes=sorted(codes), **span)]
    return sorted(rows, key=lambda row: (row.mo.received_at, row.mo.id))[:limit]


def outbound(
    db: Db, campaign: str, *, begin: datetime, end: datetime, limit: int, msisdn: Msisdn | None = None
) -> list[MtRow]:
    """MTs of a store to its customers and to whom it answered, or to one number, oldest first."""
    span = {"store": campaign, "begin": micros(begin), "end": micros(end), "most": limit}
    if msisdn is not None:
        return [mts.read(row) for row in db.rows(OUTBOUND_OF, number=str(msisdn), **span)]
    too = {"of_store_too": campaign, "begin_too": span["begin"], "end_too": span["end"]}
    return [mts.read(row) for row in db.rows(OUTBOUND, of_store=campaign, **span, **too)]


def _customer(row: Any) -> Customer:
    return Customer(Msisdn(row[0]), row[1], ShortCode(row[2]), State(row[3]), instant(row[4]))
