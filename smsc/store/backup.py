"""A consistent copy of a SQLite database that may be in use meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from smsc.store.dialect import find_database, unavailable_as_such
from smsc.store.errors import StoreUnusable


def backup(url: str, target: Path) -> int:
    """Copy the database to `target`, all of it as of one moment; the server goes on writing. Returns octets.

    The copy is one file in need of no other, readable by whom the database is, and appears under its name only when it
    is whole.

    Raises:  StoreUnusable: PostgreSQL, no database there, or a target that exists or cannot be written.
             StoreUnavailable: the database cannot be read.
    Source:  sqlite.org/backup.html
    """
    database = find_database(url, readers=1)
    path = database.path
    try:
        if path is None or database.throw_away is not None:
            raise StoreUnusable("smsc backup copies SQLite files: use pg_dump for PostgreSQL")
        if not path.exists():
            raise StoreUnusable(f"there is no database {path}: name it with --database or --config")
        if target.exists():
            raise StoreUnusable(f"{target} exists: choose another name or remove it")
        partial = target.with_name(target.name + ".partial")
        with unavailable_as_such(database):
            _copy(path, partial)
        shutil.copymode(path, partial)
        partial.replace(target)
        return target.stat().st_size
    except OSError as error:
        raise StoreUnusable(f"cannot write {target}: {error.strerror}") from error
    finally:
        database.dispose()


def _copy(path: Path, partial: Path) -> None:
    partial.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)  # in one step: one moment, and no writer waits, for the source is in WAL
        copy.execute("PRAGMA journal_mode=DELETE")
