"""The waits of subscribers. A key that fired or was cancelled keeps its row, so that it never fires again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, text, update

from smsc.optin.decision import SetTimer
from smsc.optin.events import TimerKind
from smsc.sms.numbers import Msisdn
from smsc.store.instants import instant, micros
from smsc.store.rows import TimerRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import timer

OPEN, FIRED, CANCELLED = 0, 1, 2

PUT = Statement(lambda d: d.insert_or_ignore(timer), columns=timer.c.keys())
END = Statement(
    lambda d: (
        update(timer)
        .where(timer.c.key == bindparam("of_key"), text("state = 0"))
        .values(state=bindparam("new_state"))
    )
)
DUE = Statement(
    lambda d: (
        select(timer)
        .where(text("state = 0"), timer.c.due <= bindparam("now"))
        .order_by(timer.c.due, timer.c.key)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)


def put(db: Db, rows: list[TimerRow]) -> None:
    """Set timers; a key that was ever set stays what it is."""
    db.many(
        PUT,
        [
            (
                (t := row.timer).key,
                str(row.msisdn),
                str(t.kind),
                micros(t.due),
                t.campaign,
                t.registration,
                t.stop,
                OPEN,
            )
            for row in rows
        ],
    )


def end(db: Db, *, cancelled: list[str], fired: list[str]) -> None:
    """Take timers out of the calendar for ever."""
    db.many(END, [(CANCELLED, key) for key in cancelled] + [(FIRED, key) for key in fired])


def due(db: Db, now: datetime, limit: int) -> list[TimerRow]:
    """Timers whose moment has come, oldest first."""
    return [
        TimerRow(
            msisdn=Msisdn(row[1]),
            timer=SetTimer(
                key=row[0],
                kind=TimerKind(row[2]),
                due=instant(row[3]),
                campaign=row[4],
                registration=row[5],
                stop=row[6],
            ),
        )
        for row in db.rows(DUE, now=micros(now), most=limit)
    ]
