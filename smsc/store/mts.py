"""The outbox (MT6a): MTs and their parts in and out of the tables, and every way to find one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, null, select, text, update

from smsc.messages import ChargeState, Kind, Money, Mt, MtState
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.sms.octets import Octets
from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.rows import Accepted, MtRow, PartRow
from smsc.store.statements import Db, Record, Statement
from smsc.store.tables import mt, mt_part

MessageKey = tuple[str, str]
"""carrier, message_id as normalised for matching."""

WAITING = frozenset({MtState.HELD, MtState.QUEUED, MtState.SENDING, MtState.ACCEPTED, MtState.IN_DOUBT})
"""States with something still to come; rows in any other keep no deadline."""

PUT = Statement(lambda d: d.insert_or_ignore(mt), columns=mt.c.keys())
BORN_WITH = frozenset(
    {"id", "kind", "msisdn", "short_code", "reference", "merchant", "created_at", "cause_mo"}
    | {"goodbye_registration", "goodbye_stop", "udh", "octets"}
)
"""What never changes of an MT; an UPDATE that leaves them out leaves their indexes alone."""
CHANGING = [c.name for c in mt.c if c.name not in BORN_WITH]
changing = itemgetter(*(place for place, c in enumerate(mt.c) if c.name not in BORN_WITH), 0)
"""The values of OVERWRITE, of a whole record."""
OVERWRITE = Statement(
    lambda d: (
        update(mt)
        .where(mt.c.id == bindparam("mt"))
        .values({name: bindparam(f"new_{name}") for name in CHANGING})
    )
)
ACCEPT = Statement(
    lambda d: (
        update(mt)
        .where(mt.c.id == bindparam("mt"), mt.c.attempt == bindparam("tried"), text("state = 'sending'"))
        .values(
            state=text("'accepted'"),
            message_id=bindparam("new_message_id"),
            bind=bindparam("new_bind"),
            status=text("0"),
            submitted_at=bindparam("at"),
            deadline=null(),
        )
    )
)
PUT_PART = Statement(lambda d: d.insert_or_replace(mt_part, ("mt", "part")), columns=mt_part.c.keys())
BY_ID = Statement(lambda d: select(mt).where(d.among(mt.c.id, "ids")).order_by(mt.c.id).with_for_update())
PARTS = Statement(
    lambda d: select(mt_part).where(d.among(mt_part.c.mt, "ids")).order_by(mt_part.c.mt, mt_part.c.part)
)
MATCH = Statement(
    lambda d: select(mt.c.message_id, mt.c.id).where(
        d.among(mt.c.message_id, "message_ids"),
        mt.c.carrier == bindparam("on_carrier"),
        text("message_id <> ''"),
    )
)
MATCH_PARTS = Statement(
    lambda d: select(mt_part.c.message_id, mt_part.c.mt, mt_part.c.part).where(
        d.among(mt_part.c.message_id, "message_ids"),
        mt_part.c.carrier == bindparam("on_carrier"),
        text("message_id <> ''"),
    )
)
IN_DOUBT = Statement(
    lambda d: (
        select(mt)
        .where(
            text("state = 'in_doubt'"),
            mt.c.msisdn == bindparam("number"),
            mt.c.carrier == bindparam("on_carrier"),
            mt.c.short_code == bindparam("code"),
        )
        .order_by(mt.c.id)
        .with_for_update()
    )
)
EVERY_IN_DOUBT = Statement(
    lambda d: (
        select(mt)
        .where(text("state = 'in_doubt'"))
        .order_by(mt.c.msisdn, mt.c.carrier)
        .limit(bindparam("most"))
        .with_for_update()
    )
)
NAMELESS = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.msisdn == bindparam("number"),
            mt.c.carrier == bindparam("on_carrier"),
            mt.c.created_at >= bindparam("since"),
            text(
                "(state IN ('sending', 'in_doubt') OR lost = 1"
                " OR (state = 'accepted' AND parts = 1 AND message_id = ''))"
            ),
        )
        .order_by(mt.c.id)
        .with_for_update()
    )
)
BY_REFERENCE = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.msisdn == bindparam("number"),
            mt.c.carrier == bindparam("on_carrier"),
            mt.c.reference == bindparam("ref"),
            text("state IN ('sending', 'accepted', 'in_doubt')"),
        )
        .order_by(mt.c.id.desc())
        .limit(10)
        .with_for_update()
    )
)
SHOWN = Statement(
    lambda d: select(func.min(mt.c.done_at)).where(
        mt.c.msisdn == bindparam("number"),
        mt.c.campaign == bindparam("of_campaign"),
        text("kind = 'request' AND state = 'delivered'"),
        mt.c.created_at >= bindparam("since"),
    )
)
OF_CAMPAIGN = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.msisdn == bindparam("number"),
            mt.c.campaign == bindparam("of_campaign"),
            text("state IN ('held', 'queued', 'sending')"),
        )
        .order_by(mt.c.id)
        .with_for_update()
    )
)
SAME_TEXT = Statement(
    lambda d: select(mt).where(
        mt.c.msisdn == bindparam("number"),
        mt.c.campaign == bindparam("of_campaign"),
        mt.c.text == bindparam("same"),
        mt.c.created_at > bindparam("since"),
    )
)
DUE = Statement(
    lambda d: (
        select(mt)
        .where(mt.c.deadline <= bindparam("now"), text("state <> 'sending'"))
        .order_by(mt.c.deadline, mt.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)


def put(db: Db, rows: list[MtRow]) -> None:
    """Insert MTs; one that is there already, by id or as the goodbye of its stop (OO4), is left as it is."""
    db.many(PUT, [record(row) for row in rows])


def overwrite(db: Db, rows: list[MtRow]) -> None:
    """Overwrite rows read earlier in the transaction, but for what an MT is born with."""
    db.many(OVERWRITE, [changing(record(row)) for row in rows])


def accept(db: Db, rows: list[Accepted]) -> None:
    """Say of free MTs that are being sent that their carrier took them; any other row is left alone."""
    values = [
        {
            "mt": a.mt,
            "tried": a.attempt,
            "new_message_id": storable(a.message_id),
            "new_bind": a.bind,
            "at": micros(a.at),
        }
        for a in rows
    ]
    if values:
        names = ACCEPT.on(db.dialect)[1]
        db.many(ACCEPT, [tuple(v[n] for n in names) for v in values])


def put_parts(db: Db, parts: list[PartRow]) -> None:
    """Insert or overwrite parts."""
    db.many(PUT_PART, [(p.mt, p.part, p.carrier, storable(p.message_id), str(p.state)) for p in parts])


def by_id(db: Db, ids: Iterable[int]) -> dict[int, MtRow]:
    """Rows by id, locked to be overwritten."""
    wanted = sorted(set(ids))
    return {row[0]: read(row) for row in db.rows(BY_ID, ids=wanted)} if wanted else {}


def parts_of(db: Db, ids: Iterable[int]) -> list[PartRow]:
    """The parts of these MTs, in order."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return [PartRow(row[0], row[1], row[2], row[3], MtState(row[4])) for row in db.rows(PARTS, ids=wanted)]


def by_carrier(keys: Iterable[MessageKey]) -> dict[str, list[str]]:
    """The message ids of each carrier; empty ones name nothing."""
    wanted: dict[str, list[str]] = {}
    for carrier, message_id in sorted(set(keys)):
        if message_id:
            wanted.setdefault(carrier, []).append(message_id)
    return wanted


def match(db: Db, keys: Iterable[MessageKey]) -> dict[MessageKey, list[tuple[int, int]]]:
    """(MT id, part) of what a carrier gave these message ids, newest first: ids come round again in time."""
    found: dict[MessageKey, set[tuple[int, int]]] = {}
    for carrier, ids in by_carrier(keys).items():
        for message_id, number in db.rows(MATCH, message_ids=ids, on_carrier=carrier):
            found.setdefault((carrier, message_id), set()).add((number, 1))
        for message_id, number, part in db.rows(MATCH_PARTS, message_ids=ids, on_carrier=carrier):
            found.setdefault((carrier, message_id), set()).add((number, part))
    return {key: sorted(places, reverse=True) for key, places in found.items()}


def in_doubt(db: Db, carrier: str, msisdn: Msisdn, short_code: ShortCode) -> list[MtRow]:
    """In-doubt rows a receipt without a known id may belong to (CH3), oldest first."""
    return _rows(db, IN_DOUBT, number=str(msisdn), on_carrier=carrier, code=str(short_code))


def every_in_doubt(db: Db, limit: int) -> list[MtRow]:
    """In-doubt rows of every number, in the order of numbers."""
    return _rows(db, EVERY_IN_DOUBT, most=limit)


def nameless(db: Db, carrier: str, msisdn: Msisdn, *, since: datetime) -> list[MtRow]:
    """Rows of a number, made since then, that the carrier may know by an id we do not, oldest first.

    Their submit_sm has no answer yet, or never had one, or the answer had no id.
    """
    return _rows(db, NAMELESS, number=str(msisdn), on_carrier=carrier, since=micros(since))


def by_reference(db: Db, carrier: str, msisdn: Msisdn, reference: int) -> list[MtRow]:
    """Rows on their way with this user_message_reference, newest first, at most 10."""
    return _rows(db, BY_REFERENCE, number=str(msisdn), on_carrier=carrier, ref=reference)


def open_mts(db: Db, msisdn: Msisdn, *, campaign: str, registration: int | None) -> list[MtRow]:
    """Held, queued and sending rows of a registration; with None, those of the campaign's open request."""
    rows = _rows(db, OF_CAMPAIGN, number=str(msisdn), of_campaign=campaign)
    return [row for row in rows if row.mt.registration == registration]


def same_text(db: Db, msisdn: Msisdn, *, campaign: str, text: str, since: datetime) -> list[MtRow]:
    """MTs of a campaign to a number with this very text, made after `since`."""
    return _rows(
        db, SAME_TEXT, number=str(msisdn), of_campaign=campaign, same=storable(text), since=micros(since)
    )


def shown_at(db: Db, msisdn: Msisdn, *, campaign: str, since: datetime) -> datetime | None:
    """When the first request of a campaign made since then was delivered; None when none was."""
    found = db.value(SHOWN, number=str(msisdn), of_campaign=campaign, since=micros(since))
    return None if found is None else instant(int(found))


def due(db: Db, now: datetime, limit: int) -> list[MtRow]:
    """Rows whose deadline passed, oldest first. One that is being sent has its answer or loss still to come."""
    return _rows(db, DUE, now=micros(now), most=limit)


def _rows(db: Db, statement: Statement, **values: Any) -> list[MtRow]:
    return [read(row) for row in db.rows(statement, **values)]


def record(row: MtRow) -> Record:
    """A row as a tuple in the order of the table."""
    m = row.mt
    goodbye = row.goodbye_of or (None, None)
    return (
        m.id,
        str(m.kind),
        str(m.msisdn),
        str(m.short_code),
        m.carrier,
        storable(m.text),
        m.reference,
        m.attempt,
        None if m.value is None else m.value.minor,
        "" if m.value is None else m.value.currency,
        m.registration,
        m.merchant,
        m.campaign,
        m.validity_s,
        str(row.state),
        row.priority,
        micros(row.created_at),
        micros(row.not_before),
        micros_or_none(row.deadline) if row.state in WAITING else None,
        storable(row.full_id),
        row.call,
        row.cause_mo,
        goodbye[0],
        goodbye[1],
        row.node,
        "" if row.charge is None else str(row.charge),
        storable(row.message_id),
        row.status,
        storable(row.error),
        row.bind,
        row.parts,
        micros_or_none(row.submitted_at),
        micros_or_none(row.done_at),
        int(row.overtaken),
        None if m.octets is None else m.octets.udh,
        None if m.octets is None else m.octets.data,
        int(row.lost),
    )


KINDS: Mapping[str, Kind] = {k.value: k for k in Kind}
STATES: Mapping[str, MtState] = {s.value: s for s in MtState}


def read(row: Any) -> MtRow:
    """The row of a tuple in the order of the table."""
    return MtRow(
        mt=Mt(
            id=row[0],
            kind=KINDS[row[1]],
            msisdn=Msisdn(row[2]),
            short_code=ShortCode(row[3]),
            carrier=row[4],
            text=row[5],
            reference=row[6],
            attempt=row[7],
            value=None if row[8] is None else Money(row[8], row[9]),
            registration=row[10],
            merchant=row[11],
            campaign=row[12],
            validity_s=row[13],
            octets=None if row[35] is None else Octets(bytes(row[34] or b""), bytes(row[35])),
        ),
        state=STATES[row[14]],
        priority=row[15],
        created_at=instant(row[16]),
        not_before=instant(row[17]),
        deadline=instant_or_none(row[18]),
        full_id=row[19],
        call=row[20],
        cause_mo=row[21],
        goodbye_of=None if row[22] is None else (row[22], row[23]),
        node=row[24],
        charge=ChargeState(row[25]) if row[25] else None,
        message_id=row[26],
        status=row[27],
        error=row[28],
        bind=row[29],
        parts=row[30],
        submitted_at=instant_or_none(row[31]),
        done_at=instant_or_none(row[32]),
        overtaken=bool(row[33]),
        lost=bool(row[36]),
    )
