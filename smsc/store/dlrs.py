"""Where single MTs are reported: what clients of the drop-in doors asked for."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from smsc.store.instants import storable
from smsc.store.rows import DlrRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import dlr

PUT = Statement(lambda d: d.insert_or_ignore(dlr), columns=dlr.c.keys())
OF_MT = Statement(lambda d: select(dlr).where(dlr.c.mt == bindparam("number")))


def put(db: Db, rows: list[DlrRow]) -> None:
    """Keep what was asked for."""
    db.many(PUT, [(r.mt, r.style, storable(r.url), r.method, r.mask, r.level) for r in rows])


def of_mt(db: Db, mt: int) -> DlrRow | None:
    """What the sender of an MT asked for, if anything."""
    found = db.rows(OF_MT, number=mt)
    return DlrRow(*found[0]) if found else None
