"""Delivery receipts, matched or waiting for their submit_sm_resp (RP3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select, text, update

from smsc.messages import Receipt, ReceiptState
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.mts import MessageKey, by_carrier
from smsc.store.rows import ReceiptRow
from smsc.store.statements import Db, Record, Statement
from smsc.store.tables import receipt

PUT = Statement(lambda d: d.insert_or_ignore(receipt), columns=receipt.c.keys())
MATCHED = Statement(
    lambda d: (
        update(receipt)
        .where(receipt.c.id == bindparam("number"))
        .values(mt=bindparam("of_mt"), part=bindparam("of_part"))
    )
)
WAITING = Statement(
    lambda d: (
        select(receipt)
        .where(
            d.among(receipt.c.message_id, "message_ids"),
            receipt.c.carrier == bindparam("on_carrier"),
            text("mt IS NULL"),
        )
        .order_by(receipt.c.id)
    )
)
UNMATCHED = Statement(
    lambda d: (
        select(receipt)
        .where(
            text("mt IS NULL"),
            receipt.c.msisdn == bindparam("number"),
            receipt.c.carrier == bindparam("on_carrier"),
            receipt.c.short_code == bindparam("code"),
        )
        .order_by(receipt.c.id)
    )
)


def put(db: Db, rows: list[ReceiptRow]) -> None:
    """Insert receipts."""
    db.many(PUT, [_record(row) for row in rows])


def put_matched(db: Db, rows: list[ReceiptRow]) -> None:
    """Receipts that waited and now have their MT."""
    db.many(MATCHED, [(row.mt, row.part, row.id) for row in rows])


def waiting(db: Db, keys: Iterable[MessageKey]) -> list[ReceiptRow]:
    """Receipts that came before the submit_sm_resp with these (carrier, message_id), oldest first."""
    found: list[ReceiptRow] = []
    for carrier, ids in by_carrier(keys).items():
        found += [read(row) for row in db.rows(WAITING, message_ids=ids, on_carrier=carrier)]
    return found


def unmatched(db: Db, carrier: str, msisdn: Msisdn, short_code: ShortCode) -> list[ReceiptRow]:
    """Receipts of a number and code that wait for their MT, oldest first (CH3)."""
    rows = db.rows(UNMATCHED, number=str(msisdn), on_carrier=carrier, code=str(short_code))
    return [read(row) for row in rows]


def _record(row: ReceiptRow) -> Record:
    r = row.receipt
    return (
        row.id,
        r.carrier,
        r.bind,
        storable(r.message_id),
        str(r.state),
        micros(r.received_at),
        storable(r.msisdn),
        storable(r.short_code),
        storable(r.error),
        micros_or_none(r.done_at),
        r.reference,
        r.raw,
        storable(row.message_id),
        row.mt,
        row.part,
    )


def read(row: Any) -> ReceiptRow:
    """The row of a tuple in the order of the table."""
    return ReceiptRow(
        id=row[0],
        receipt=Receipt(
            carrier=row[1],
            bind=row[2],
            message_id=row[3],
            state=ReceiptState(row[4]),
            received_at=instant(row[5]),
            msisdn=Msisdn(row[6]),
            short_code=ShortCode(row[7]),
            error=row[8],
            done_at=instant_or_none(row[9]),
            reference=row[10],
            raw=bytes(row[11]),
        ),
        message_id=row[12],
        mt=row[13],
        part=row[14],
    )
