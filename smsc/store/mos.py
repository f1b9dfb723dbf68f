"""MOs and the parts of concatenated ones (D1a, RT8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, select, text, update

from smsc.messages import Mo, Part
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store.instants import instant, instant_or_none, micros, storable
from smsc.store.rows import Earlier, StoredMo
from smsc.store.statements import Db, Record, Statement
from smsc.store.tables import mo, mo_part, session

PartKey = tuple[str, str, str, int, int]
"""carrier, source, short code, reference, total: what the parts of one message have in common."""

MO_COLUMNS = [c.name for c in mo.c if c.name not in ("late", "absorbed")]
MO_OF_COLUMNS = MO_COLUMNS[: MO_COLUMNS.index("session") + 1]
"""What `mo` and `mo_part` share, in the order of `_record`."""

PUT = Statement(lambda d: d.insert_or_ignore(mo), columns=MO_COLUMNS)
PUT_PART = Statement(lambda d: d.insert_or_ignore(mo_part), columns=mo_part.c.keys())
ABSORB = Statement(lambda d: update(mo).where(mo.c.id == bindparam("mo")).values(absorbed=text("1")))
LATE = Statement(lambda d: update(mo).where(mo.c.id == bindparam("mo")).values(late=text("1")))
JOINED = Statement(lambda d: delete(mo_part).where(mo_part.c.id == bindparam("part")))
EARLIER = Statement(
    lambda d: (
        select(
            mo.c.fingerprint,
            mo.c.id,
            mo.c.received_at,
            mo.c.session,
            session.c.closed_at,
            mo.c.late,
            mo.c.absorbed,
        )
        .select_from(mo.outerjoin(session, and_(session.c.id == mo.c.session, text("session.orderly = 0"))))
        .where(d.among(mo.c.fingerprint, "fingerprints"), mo.c.received_at >= bindparam("since"))
        .where(text("route <> 'repeat'"))
        .order_by(mo.c.id)
    )
)
BY_ID = Statement(lambda d: select(*(mo.c[n] for n in MO_COLUMNS)).where(mo.c.id == bindparam("number")))
PARTS_OF = Statement(
    lambda d: (
        select(*(mo_part.c[name] for name in MO_OF_COLUMNS))
        .where(d.among(mo_part.c.source, "sources"))
        .order_by(mo_part.c.id)
    )
)
PARTS_DUE = Statement(
    lambda d: (
        select(*(mo_part.c[name] for name in MO_OF_COLUMNS))
        .where(mo_part.c.deadline <= bindparam("now"))
        .order_by(mo_part.c.deadline, mo_part.c.id)
        .limit(bindparam("most"))
    )
)
STOPPED = Statement(
    lambda d: (
        select(mo.c.id)
        .where(
            mo.c.source == bindparam("number"),
            d.among(mo.c.short_code, "codes"),
            mo.c.route == text("'stop'"),
            mo.c.received_at >= bindparam("since"),
        )
        .limit(bindparam("most"))
    )
)


def put(db: Db, mos: list[StoredMo]) -> None:
    """Insert MOs; one whose id is there already is the same one (a retry after a COMMIT of unknown fate)."""
    db.many(
        PUT,
        [
            (*_record(s), s.route, s.campaign, s.reason, s.rule, storable(s.error), s.redelivery_of)
            for s in mos
        ],
    )


def put_parts(db: Db, parts: list[StoredMo], *, deadline: datetime | None) -> None:
    """Keep parts until the others are there or the deadline comes. Raises ValueError: parts without a deadline."""
    if not parts:
        return
    if deadline is None:
        raise ValueError("parts that wait need parts_deadline (RT8: what is there is routed then)")
    until = micros(deadline)
    db.many(PUT_PART, [(*_record(s), until) for s in parts])


def settle(db: Db, *, absorbed: list[int], late: list[int], joined: list[int]) -> None:
    """Mark MOs that absorbed a redelivery or were answered late (D1a); drop the parts of joined ones."""
    db.many(ABSORB, [(i,) for i in absorbed])
    db.many(LATE, [(i,) for i in late])
    db.many(JOINED, [(i,) for i in joined])


def earlier(db: Db, fingerprints: Iterable[bytes], since: datetime) -> dict[bytes, list[Earlier]]:
    """MOs with these fingerprints since then, oldest first: redeliveries too, whose own answers may be lost."""
    wanted = {f.hex(): f for f in fingerprints}
    found: dict[bytes, list[Earlier]] = {}
    if wanted:
        for key, number, received_at, session_id, closed_at, late, absorbed in db.rows(
            EARLIER, fingerprints=list(wanted), since=micros(since)
        ):
            found.setdefault(wanted[key], []).append(
                Earlier(
                    id=number,
                    received_at=instant(received_at),
                    session=session_id,
                    session_closed_at=instant_or_none(closed_at),
                    late=bool(late),
                    absorbed=bool(absorbed),
                )
            )
    return found


def by_id(db: Db, number: int) -> StoredMo | None:
    """One MO with what was made of it."""
    rows = db.rows(BY_ID, number=number)
    return read_whole(rows[0]) if rows else None


def waiting(db: Db, keys: Iterable[PartKey]) -> dict[PartKey, list[StoredMo]]:
    """The parts that wait, by what they have in common."""
    wanted = set(keys)
    found: dict[PartKey, list[StoredMo]] = {}
    if wanted:
        for row in db.rows(PARTS_OF, sources=sorted({str(key[1]) for key in wanted})):
            part = read(row)
            key = part_key(part.mo)
            if key in wanted:
                found.setdefault(key, []).append(part)
    return found


def due_parts(db: Db, now: datetime, limit: int) -> list[StoredMo]:
    """Every waiting part of the messages of which one has waited long enough; looks at `limit` parts that are due.

    The parts of one message leave together, also those that came later and are not due yet.
    """
    due = [read(row) for row in db.rows(PARTS_DUE, now=micros(now), most=limit)]
    together = waiting(db, {part_key(s.mo) for s in due})
    return [part for parts in together.values() for part in parts]


def part_key(of: Mo) -> PartKey:
    """What the parts of one message have in common."""
    part = of.part or Part(0, 1, 1)
    return (of.carrier, str(of.source), str(of.short_code), part.reference, part.total)


def _record(s: StoredMo) -> Record:
    m = s.mo
    part = m.part
    return (
        m.id,
        m.carrier,
        m.bind,
        storable(m.source),
        storable(m.short_code),
        storable(m.text),
        micros(m.received_at),
        m.raw,
        m.esm_class,
        m.data_coding,
        storable(m.carrier_mo_id),
        m.network,
        int(m.may_answer),
        None if part is None else part.reference,
        None if part is None else part.total,
        None if part is None else part.number,
        " ".join(m.flags),
        s.fingerprint.hex(),
        s.session,
    )


def read(row: Any) -> StoredMo:
    """The MO of a row that begins with MO_OF_COLUMNS; what was made of it is left out."""
    return StoredMo(
        mo=Mo(
            id=row[0],
            carrier=row[1],
            bind=row[2],
            source=Msisdn(row[3]),
            short_code=ShortCode(row[4]),
            text=row[5],
            received_at=instant(row[6]),
            raw=bytes(row[7]),
            esm_class=row[8],
            data_coding=row[9],
            carrier_mo_id=row[10],
            network=row[11],
            may_answer=bool(row[12]),
            part=None if row[13] is None else Part(row[13], row[14], row[15]),
            flags=tuple(row[16].split()),
        ),
        fingerprint=bytes.fromhex(row[17]),
        session=row[18],
    )


def read_whole(row: Any) -> StoredMo:
    """The MO of a row of all MO_COLUMNS."""
    n = len(MO_OF_COLUMNS)
    part = read(row)
    route, campaign, reason, rule, error, redelivery_of = row[n : n + 6]
    return StoredMo(
        part.mo, part.fingerprint, part.session, route, campaign, reason, rule, error, redelivery_of
    )


def stopped_since(db: Db, msisdn: Msisdn, codes: Iterable[str], since: datetime) -> bool:
    """Whether the number has sent a STOP to one of these codes since then."""
    found = db.rows(STOPPED, number=str(msisdn), codes=sorted(codes), since=micros(since), most=1)
    return bool(found)
