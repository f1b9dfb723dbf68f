"""Changes of the configuration that accounts made by API: a log, of which the last row of each thing is in force.

A row's version is one more than the last row's, so that of two changes made from the same state one comes too late.
Rows are never changed nor deleted: the log says who changed what, and when; a removal is a row with an empty body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from smsc.keywords.overlay import Change
from smsc.store.instants import instant, micros, storable
from smsc.store.statements import Db, Statement
from smsc.store.tables import at, index, table, words

overlay = table(
    "overlay",
    at("version", key=True),
    words("kind"),
    words("owner"),
    words("name"),
    words("body"),
    words("by"),
    at("at"),
)
index("overlay_thing", overlay.c.kind, overlay.c.owner, overlay.c.name, overlay.c.version)
index("overlay_owner", overlay.c.owner, overlay.c.at)

NEWER = overlay.alias("newer")
COLUMNS = ("version", "kind", "owner", "name", "body", "by", "at")

PUT = Statement(lambda d: d.insert_or_ignore(overlay), columns=COLUMNS)
LATEST = Statement(lambda d: select(func.coalesce(func.max(overlay.c.version), 0)))
IN_FORCE = Statement(
    lambda d: (
        select(*(overlay.c[n] for n in COLUMNS))
        .where(
            overlay.c.body != "{}",
            ~select(NEWER.c.version)
            .where(
                NEWER.c.kind == overlay.c.kind,
                NEWER.c.owner == overlay.c.owner,
                NEWER.c.name == overlay.c.name,
                NEWER.c.version > overlay.c.version,
            )
            .exists(),
        )
        .order_by(overlay.c.version)
    )
)
LOG = Statement(
    lambda d: (
        select(*(overlay.c[n] for n in COLUMNS)).order_by(overlay.c.version.desc()).limit(bindparam("most"))
    )
)
MADE_SINCE = Statement(
    lambda d: (
        select(func.count())
        .select_from(overlay)
        .where(overlay.c.owner == bindparam("of"), overlay.c.at >= bindparam("since"))
    )
)


class Superseded(Exception):
    """Another change came first."""


@dataclass(frozen=True, slots=True)
class OverlayRow:
    """A change, and who made it when."""

    change: Change
    by: str
    at: datetime


class Overlays:
    """The log, for `Reader` and `Tx`."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def latest(self) -> int:
        """The version of the last row; 0 when there is none."""
        return int(self._db.value(LATEST))

    def in_force(self) -> list[OverlayRow]:
        """The last row of each thing that was not taken back, in the order of their versions."""
        return [_read(row) for row in self._db.rows(IN_FORCE)]

    def log(self, *, limit: int) -> list[OverlayRow]:
        """The last rows, newest first; one with an empty body took something back."""
        return [_read(row) for row in self._db.rows(LOG, most=limit)]

    def made_since(self, owner: str, since: datetime) -> int:
        """How many rows of an owner are not older."""
        return int(self._db.value(MADE_SINCE, of=owner, since=micros(since)))

    def put(self, rows: Sequence[OverlayRow]) -> None:
        """Append rows whose versions follow the last one's; for `Tx` only.  Raises: Superseded."""
        expected = self.latest()
        for row in rows:
            change, expected = row.change, expected + 1
            if change.version != expected or not self._db.run(
                PUT,
                version=change.version,
                kind=change.kind,
                owner=change.owner,
                name=storable(change.name),
                body=json.dumps({k: storable(v) for k, v in change.body.items()}, ensure_ascii=False),
                by=storable(row.by),
                at=micros(row.at),
            ):
                raise Superseded


def after(rows: Iterable[OverlayRow], changed: Sequence[OverlayRow]) -> list[OverlayRow]:
    """What is in force once these rows are appended."""
    found = {(r.change.kind, r.change.owner, r.change.name): r for r in (*rows, *changed)}
    return sorted((row for row in found.values() if row.change.body), key=lambda row: row.change.version)


def _read(row: Any) -> OverlayRow:
    version, kind, owner, name, body, by, at = row
    return OverlayRow(Change(kind, owner, name, json.loads(body), version), by, instant(at))
