"""The store: one writer thread with one connection, a few readers, and one way to say that it cannot be used."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import TextIOWrapper
from typing import Self, TypeVar

from sqlalchemy.engine import Connection

from smsc.store.chain import seal_ledger
from smsc.store.dialect import Database, find_database, unavailable_as_such
from smsc.store.errors import StoreInUse, StoreUnavailable, StoreUnusable
from smsc.store.reader import Reader
from smsc.store.schema import check_current, ledger_key_of, migrate_database
from smsc.store.statements import Db
from smsc.store.tx import Tx

T = TypeVar("T")

WAITING_MAX = 1000
"""Transactions that may wait for the writer, and reads for the readers; beyond it the store counts as unavailable."""


class Store:
    """Opened with `Store.open`, closed with `close`. `run` and `read` may be awaited from any one event loop."""

    def __init__(self, database: Database, *, readers: int, ledger_key: bytes = b"") -> None:
        self._database = database
        self._key = ledger_key
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-reader")
        self._connection: Connection | None = None
        self._inode = database.inode()
        self._waiting = 0
        self._lock: TextIOWrapper | None = None

    @classmethod
    def open(cls, url: str, *, readers: int = 4, ledger_key: bytes = b"") -> Self:
        """Open the database; a SQLite file is made and brought to the current schema, PostgreSQL has to have it.

        Args:    url: sqlite:///smsc.db, sqlite:// (thrown away at close), postgresql://user@host/db.
                 readers: threads, and connections, for `read`.
                 ledger_key: of the consent chain (D6); empty for the one the database was born with.
        Raises:  StoreUnusable: with what to do.  StoreUnavailable: locked, full or gone.
        """
        database = find_database(url, readers=readers)
        try:
            if database.dialect.sqlite:
                migrate_database(database)
            else:
                with unavailable_as_such(database), database.writer.connect() as connection:
                    check_current(connection)
            with unavailable_as_such(database), database.writer.begin() as connection:
                key = ledger_key_of(connection, ledger_key)
                seal_ledger(Db(connection, database.dialect, key=key))
        except BaseException:
            database.dispose()
            raise
        return cls(database, readers=readers, ledger_key=key)

    def check_ledger_key(self) -> None:
        """Raise StoreUnusable unless the consent chain can be written: its key was given, where it has one (D6)."""
        if not self._key:
            raise StoreUnusable("the consent chain of this database needs its key: set SMSC_LEDGER_KEY")

    def lock_for_serving(self) -> None:
        """Take the SQLite database for this process until `close`; PostgreSQL may be shared (decision 5).

        Raises: StoreInUse: another process serves from it.
        """
        path = self._database.path
        if path is None or self._lock is not None:
            return
        lock = path.with_name(path.name + ".lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise StoreInUse(
                f"another smsc serves from {path}: stop it, or use PostgreSQL for several nodes"
            ) from error
        self._lock = lock

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Do `work` in one transaction in the writer thread and commit it.

        A caller that is cancelled leaves without knowing; the transaction goes on.

        Raises: StoreUnavailable: nothing was kept, or the COMMIT's fate is unknown.  Whatever `work` raises, after
                a rollback.
        """
        return await self._in(self._writer, lambda: self._transact(work))

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Do `work` on one consistent view in a reader thread. Raises StoreUnavailable and what `work` raises."""
        return await self._in(self._readers, lambda: self._look(work))

    async def settle_log(self) -> bool:
        """Write SQLite's log into the database file and empty it, so that nothing erased is left in it (D6).

        False: a reader was in the way. Source: sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        return await self._in(self._writer, self._settle_log)

    async def close(self) -> None:
        """Wait for what runs, then close every connection and give up the lock."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._disconnect)
        await loop.run_in_executor(None, self._writer.shutdown)
        await loop.run_in_executor(None, self._readers.shutdown)
        self._database.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise StoreUnavailable(f"{WAITING_MAX} transactions wait already")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        finally:
            self._waiting -= 1

    def _transact(self, work: Callable[[Tx], T]) -> T:
        with unavailable_as_such(self._database, failed=self._disconnect):
            if (inode := self._database.inode()) != self._inode:  # another file under the same name
                self._disconnect()
                self._inode = inode
            if self._connection is None:
                self._connection = self._database.writer.connect()
            with self._connection.begin():
                return work(Tx(Db(self._connection, self._database.dialect, key=self._key)))

    def _settle_log(self) -> bool:
        if self._database.path is None:
            return True
        with (
            unavailable_as_such(self._database),
            closing(self._database.writer.raw_connection()) as connection,
        ):
            cursor = connection.cursor()  # outside of any transaction, as a checkpoint has to be
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            return row is not None and row[0] == 0

    def _look(self, work: Callable[[Reader], T]) -> T:
        database = self._database
        with unavailable_as_such(database), database.reader.connect() as connection, connection.begin():
            return work(Reader(Db(connection, database.dialect, key=self._key)))

    def _disconnect(self) -> None:
        """Give the writer's connection up, whatever state it is in; the next transaction makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        self._database.reader.dispose()
