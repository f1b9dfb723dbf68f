"""All that differs between SQLite and PostgreSQL. Nothing outside this file asks which of them it is."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Engine,
    Integer,
    bindparam,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy import create_engine as create_sqlalchemy_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Dialect as SqlDialect
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from smsc.store.errors import StoreUnavailable, StoreUnusable

Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite clusters a table by its key only if that is spelled INTEGER PRIMARY KEY; its integers hold 64 bits anyway."""

LOCK_WAIT_S = 1.0
"""How long a statement waits for another's lock before the store counts as locked (D4)."""

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # in WAL: fsync at each commit; NORMAL may lose the last ones with the power (D1)
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is erased is overwritten in its page, whatever SQLite was built with (D6)
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-65536",  # KiB
    "PRAGMA wal_autocheckpoint=4000",  # pages: one checkpoint for many batches
    "PRAGMA journal_size_limit=67108864",  # octets the WAL is cut back to
)
POSTGRESQL_OPTIONS = f"-c lock_timeout={int(LOCK_WAIT_S * 2000)} -c jit=off -c timezone=UTC"
HIDDEN: dict[str, Any] = {"hide_parameters": True}
"""Errors are logged; numbers and texts in their parameters are not for the log."""
MIGRATION_LOCK = 0x736D7363
"""Advisory lock "smsc": one migration at a time."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of database: how its SQL is spelled where Core leaves a choice."""

    name: str
    sql: SqlDialect
    """Compiles with positional parameters."""

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.name == "sqlite"

    def insert(self, table: Any) -> Any:
        """INSERT that knows ON CONFLICT; both spell it alike, Core has one class for each."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def insert_or_ignore(self, table: Any) -> Insert:
        """INSERT of which a row that is already there is left as it is."""
        statement: Insert = self.insert(table).on_conflict_do_nothing()
        return statement

    def insert_or_replace(self, table: Any, keys: tuple[str, ...]) -> Insert:
        """INSERT that overwrites every other column of the row with the same `keys`."""
        statement = self.insert(table)
        others = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
        upsert: Insert = statement.on_conflict_do_update(index_elements=list(keys), set_=others)
        return upsert

    def values_of(self, name: str, type_: TypeEngine[Any]) -> TableValuedAlias:
        """The list parameter `name` as a table with the one column `value`."""
        if self.sqlite:
            return func.json_each(bindparam(name)).table_valued("value")
        array = bindparam(name, type_=postgresql.ARRAY(type_))
        return func.unnest(array).table_valued("value").render_derived()

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Whether the column is in the list parameter `name`: one parameter whatever the length, so one plan."""
        if self.sqlite:
            return column.in_(select(self.values_of(name, column.type).c.value))
        array = bindparam(name, type_=postgresql.ARRAY(column.type))
        return column == func.any(array)

    def array(self, values: list[Any]) -> Any:
        """A list as the driver takes it for `among` and `values_of`."""
        return json.dumps(values) if self.sqlite else values

    def lock_migrations(self, connection: Connection) -> None:
        """Let one migration run at a time; SQLite's BEGIN IMMEDIATE did that already."""
        if not self.sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))


@dataclass(slots=True)
class Database:
    """Where the store lives: engines for its writer and its readers."""

    dialect: Dialect
    writer: Engine
    reader: Engine
    path: Path | None = None
    """The file, for SQLite."""
    throw_away: tempfile.TemporaryDirectory[str] | None = field(default=None)
    """The directory of `sqlite://`, removed with the store."""

    def unavailable(self, error: BaseException) -> bool:
        """Whether the error is the storage's (locked, full, gone, connection lost), not that of a row or of ours."""
        if isinstance(error, PoolTimeout):
            return True
        if isinstance(error, DBAPIError):
            if error.connection_invalidated:
                return True
            error = error.orig if error.orig is not None else error
        dbapi: Any = self.writer.dialect.loaded_dbapi
        if isinstance(error, dbapi.OperationalError | dbapi.InterfaceError | dbapi.InternalError):
            return True
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

    def inode(self) -> int | None:
        """Which file it is. Raises StoreUnavailable when it is gone: writes to a deleted file succeed and are lost."""
        if self.path is None:
            return None
        try:
            return self.path.stat().st_ino
        except OSError as error:
            raise StoreUnavailable(f"{self.path} is gone") from error

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()
        if self.throw_away is not None:
            self.throw_away.cleanup()


@contextmanager
def unavailable_as_such(database: Database, *, failed: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Raise the storage's own errors as StoreUnavailable, after calling `failed`; let all others through."""
    drivers: type[Exception] = database.writer.dialect.loaded_dbapi.Error
    try:
        yield
    except StoreUnavailable:
        failed()
        raise
    except (SQLAlchemyError, drivers) as error:
        if not database.unavailable(error):
            raise
        failed()
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(str(cause).strip()) from error


def find_database(url: str, *, readers: int) -> Database:
    """The database a URL names. Opens no connection.

    Args:    url: sqlite:///file.db, sqlite:////absolute.db, sqlite:// (thrown away at close) or
             postgresql://user@host/db.
    Raises:  StoreUnusable: a URL of another kind, or the driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnusable(
            f"database {url!r} is no URL: write sqlite:///smsc.db or postgresql://..."
        ) from error
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed, readers=readers)
        case "postgresql" | "postgres":
            return _postgresql(parsed, readers=readers)
        case other:
            raise StoreUnusable(f"database {other!r} is not supported: use sqlite or postgresql")


def _sqlite(url: URL, *, readers: int) -> Database:
    throw_away = None
    if url.database in (None, "", ":memory:"):
        throw_away = tempfile.TemporaryDirectory(prefix="smsc-")
        path = Path(throw_away.name) / "smsc.db"
    else:
        path = Path(str(url.database)).absolute()
    durable = throw_away is None
    pool = {"poolclass": QueuePool, "pool_size": readers, "max_overflow": 0, "pool_timeout": LOCK_WAIT_S}
    common: dict[str, Any] = {"creator": _sqlite_opener(path, durable=durable), **HIDDEN}
    writer = create_sqlalchemy_engine("sqlite://", poolclass=NullPool, **common)
    reader = create_sqlalchemy_engine("sqlite://", **pool, **common)
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(Dialect("sqlite", writer.dialect), writer, reader, path, throw_away)


def _sqlite_opener(path: Path, *, durable: bool) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw",  # the first open makes the file (`make_file`), none after it does
            uri=True,
            timeout=LOCK_WAIT_S,
            isolation_level=None,  # we say BEGIN ourselves
            check_same_thread=False,  # the pool hands a connection from thread to thread, to one at a time
        )
        try:
            for pragma in SQLITE_PRAGMAS if durable else (*SQLITE_PRAGMAS, "PRAGMA synchronous=OFF"):
                connection.execute(pragma).close()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return connect


def make_file(database: Database) -> None:
    """Make the SQLite file if it is not there yet. Raises StoreUnusable: its directory cannot be written."""
    if database.path is None:
        return
    try:
        database.path.touch(exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"cannot write {database.path}: {error.strerror}") from error


def _postgresql(url: URL, *, readers: int) -> Database:
    url = url.set(drivername="postgresql+psycopg")
    arguments = {"connect_timeout": 5, "options": POSTGRESQL_OPTIONS, "keepalives_idle": 10}
    common: dict[str, Any] = {"paramstyle": "format", "connect_args": arguments, **HIDDEN}
    try:
        writer = create_sqlalchemy_engine(url, poolclass=NullPool, **common)
        reader = create_sqlalchemy_engine(
            url, pool_size=readers, max_overflow=0, pool_timeout=LOCK_WAIT_S, pool_pre_ping=True, **common
        )
    except ImportError as error:
        raise StoreUnusable("PostgreSQL needs its driver: pip install 'smsc[postgresql]'") from error
    return Database(Dialect("postgresql", writer.dialect), writer, reader)
