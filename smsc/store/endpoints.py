"""Endpoints that are gone, and parked callbacks that are asked for again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, literal_column, null, select, text, update

from smsc.store.callbacks import read
from smsc.store.instants import instant, micros, storable
from smsc.store.rows import CallbackRow, EndpointRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import callback, endpoint

DUE_MAX = 256
"""Callbacks of a merchant that a replay makes due at once: the claim looks at each of them."""

DISABLE = Statement(lambda d: d.insert_or_replace(endpoint, ("merchant",)), columns=endpoint.c.keys())
ENABLE = Statement(lambda d: delete(endpoint).where(endpoint.c.merchant == bindparam("name")))
DISABLED = Statement(lambda d: select(endpoint).order_by(endpoint.c.merchant))
PARK = Statement(
    lambda d: (
        update(callback)
        .where(
            callback.c.merchant == bindparam("name"),
            callback.c.next_at.is_not(None),
            callback.c.created_at < bindparam("before"),
            callback.c.node.is_(None),
        )
        .values(next_at=null(), state=text("'parked'"), last_error=bindparam("why"), done_at=bindparam("at"))
    )
)
ASK_ALL = Statement(
    lambda d: (
        update(callback)
        .where(callback.c.merchant == bindparam("name"), text("state = 'parked'"))
        .values(state=text("'replay'"))
    )
)
ASK = Statement(
    lambda d: (
        update(callback)
        .where(
            d.among(callback.c.id, "ids"),
            callback.c.merchant == bindparam("name"),
            text("state = 'parked'"),
        )
        .values(state=text("'replay'"))
    )
)
ASKED = Statement(
    lambda d: select(callback.c.merchant).where(text("state = 'replay'")).distinct().order_by("merchant")
)
DUE_NOW = Statement(
    lambda d: select(func.count()).select_from(
        select(callback.c.id)
        .where(callback.c.merchant == bindparam("name"), text("next_at IS NOT NULL"))
        .limit(bindparam("most"))
        .subquery()
    )
)
FEED = Statement(
    lambda d: (
        update(callback)
        .where(
            callback.c.id.in_(
                select(callback.c.id)
                .where(callback.c.merchant == bindparam("name"), text("state = 'replay'"))
                .order_by(callback.c.id)
                .limit(bindparam("most"))
                .scalar_subquery()
            ),
            text("state = 'replay'"),
        )
        .values(
            state=text("'due'"),
            next_at=bindparam("at"),
            created_at=bindparam("at_too"),
            attempts=literal_column("0"),
            done_at=null(),
        )
    )
)
LIST = Statement(
    lambda d: (
        select(callback)
        .where(callback.c.merchant == bindparam("name"), callback.c.id > bindparam("after"))
        .order_by(callback.c.id)
        .limit(bindparam("most"))
    )
)
LIST_STATE = Statement(
    lambda d: (
        select(callback)
        .where(
            callback.c.merchant == bindparam("name"),
            callback.c.id > bindparam("after"),
            callback.c.state == bindparam("wanted"),
        )
        .order_by(callback.c.id)
        .limit(bindparam("most"))
    )
)
PARKED = Statement(
    lambda d: (
        select(callback)
        .where(text("state = 'parked'"), callback.c.id > bindparam("after"))
        .order_by(callback.c.id)
        .limit(bindparam("most"))
    )
)
BY_ID = Statement(lambda d: select(callback).where(callback.c.id == bindparam("number")))


def disable(db: Db, row: EndpointRow) -> None:
    """Tell an endpoint nothing more."""
    db.many(DISABLE, [(row.merchant, row.url, micros(row.disabled_at), storable(row.reason))])


def enable(db: Db, merchant: str) -> bool:
    """Tell it again; whether it was disabled."""
    return db.run(ENABLE, name=merchant) > 0


def disabled(db: Db) -> list[EndpointRow]:
    """Every endpoint that is told nothing."""
    return [EndpointRow(row[0], row[1], instant(row[2]), row[3]) for row in db.rows(DISABLED)]


def park(db: Db, merchant: str, now: datetime, *, made_before: datetime, why: str) -> int:
    """Park what waits for a merchant and was made before; what is on its way is left. Returns how many."""
    return db.run(PARK, name=merchant, before=micros(made_before), why=why, at=micros(now))


def ask_again(db: Db, merchant: str, *, ids: Collection[int] | None = None) -> int:
    """Ask for a merchant's parked callbacks again, all or some; returns how many. `feed` makes them due."""
    if ids is None:
        return db.run(ASK_ALL, name=merchant)
    return db.run(ASK, name=merchant, ids=sorted(ids))


def asked(db: Db) -> list[str]:
    """Merchants of which callbacks are asked for again."""
    return [row[0] for row in db.rows(ASKED)]


def feed(db: Db, merchant: str, now: datetime) -> bool:
    """Make the oldest of those asked for again due, as many as fit; False when none is left.

    They count as made now: order and the 72 hours begin anew.
    """
    room = DUE_MAX - int(db.value(DUE_NOW, name=merchant, most=DUE_MAX))
    if room < DUE_MAX // 2:
        return True
    at = micros(now)
    return db.run(FEED, name=merchant, most=room, at=at, at_too=at) >= room


def listed(db: Db, merchant: str, *, state: str = "", after: int = 0, limit: int = 100) -> list[CallbackRow]:
    """A page of a merchant's callbacks by id, of one state where it is given; every merchant's parked for ""."""
    if not merchant:
        found = db.rows(PARKED, after=after, most=limit)
    elif state:
        found = db.rows(LIST_STATE, name=merchant, after=after, most=limit, wanted=state)
    else:
        found = db.rows(LIST, name=merchant, after=after, most=limit)
    return [read(row) for row in found]


def by_id(db: Db, number: int) -> CallbackRow | None:
    """One callback."""
    found = db.rows(BY_ID, number=number)
    return read(found[0]) if found else None
