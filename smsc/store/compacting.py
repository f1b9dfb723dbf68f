"""Rewriting a SQLite database, so that its free space holds nothing of what was there before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import quote

from smsc.store.dialect import LOCK_WAIT_S, find_database, unavailable_as_such
from smsc.store.errors import StoreUnusable


def compact(url: str) -> int:
    """Rewrite the database without free space; who writes meanwhile waits or is asked to come again. Returns octets.

    An erasure overwrites its rows; pages that were split or merged before it may keep copies in their free space.
    Needs twice the space of the file.

    Raises:  StoreUnusable: PostgreSQL, or no database there.  StoreUnavailable: locked, full or gone.
    Source:  sqlite.org/lang_vacuum.html
    """
    database = find_database(url, readers=1)
    path = database.path
    try:
        if path is None or database.throw_away is not None:
            raise StoreUnusable("smsc vacuum rewrites SQLite files: use VACUUM FULL for PostgreSQL")
        if not path.exists():
            raise StoreUnusable(f"there is no database {path}: name it with --database or --config")
        with (
            unavailable_as_such(database),
            closing(
                sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=LOCK_WAIT_S)
            ) as made,
        ):
            made.execute("VACUUM")
            made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size
    finally:
        database.dispose()
