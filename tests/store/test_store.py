"""The store as a whole: transactions, failures of the storage and recovery from them, sharing (D4, decision 5)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from smsc.messages import MtState
from smsc.store import Store, StoreInUse, StoreUnavailable, StoreUnusable, Tx, Writes
from tests import postgres
from tests.store.samples import ANNA, HELVETIA, NOON, mo, mt, stored

needs_postgres = pytest.mark.parametrize("kind", [k for k in postgres.databases() if k == "postgresql"])


def put(number: int) -> Writes:
    return Writes(mos=[stored(mo(number))])


async def kept(store: Store) -> list[int]:
    return [row.mo.id for row in (await store.read(lambda r: r.timeline(ANNA))).mos]


async def test_one_run_is_one_transaction(store: Store) -> None:
    def half(tx: Tx) -> None:
        tx.write(put(1))
        raise LookupError("a bug of ours")

    with pytest.raises(LookupError):
        await store.run(half)
    assert await kept(store) == []
    await store.run(lambda tx: tx.write(put(2)))
    assert await kept(store) == [2]


async def test_an_error_of_data_is_not_the_storages(store: Store) -> None:
    def twice(tx: Tx) -> None:
        tx.write(put(1))
        tx._db.connection.exec_driver_sql("INSERT INTO meta (name, value) VALUES ('database', 'x')")

    with pytest.raises(IntegrityError):
        await store.run(twice)
    assert await kept(store) == []


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds what the writer needs."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        with psycopg.connect(url) as other_pg:
            other_pg.execute("LOCK TABLE mo")
            yield
            other_pg.rollback()


async def test_D4_a_locked_store_says_so_and_works_again_afterwards(store: Store, url: str) -> None:
    await store.run(lambda tx: tx.write(put(1)))
    with locked(url), pytest.raises(StoreUnavailable):
        await store.run(lambda tx: tx.write(put(2)))
    await store.run(lambda tx: tx.write(put(3)))
    assert await kept(store) == [1, 3]


def move(source: Path, target: Path) -> None:
    """Move a database with its WAL."""
    for file in list(source.glob("smsc.db*")):
        file.rename(target / file.name)


async def test_D4_a_store_that_is_gone_says_so_and_is_used_again_when_back(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/smsc.db")
    await store.run(lambda tx: tx.write(put(1)))
    away = tmp_path / "away"
    away.mkdir()
    move(tmp_path, away)
    with pytest.raises(StoreUnavailable, match="gone"):
        await store.run(lambda tx: tx.write(put(2)))
    move(away, tmp_path)
    await store.run(lambda tx: tx.write(put(3)))
    assert await kept(store) == [1, 3]
    await store.close()


async def test_D4_a_full_store_says_so_and_works_again(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/smsc.db")

    def fill(tx: Tx) -> None:
        tx._db.connection.exec_driver_sql("PRAGMA max_page_count=1")
        tx.write(Writes(mos=[stored(mo(n, "x" * 5000)) for n in range(10, 20)]))

    with pytest.raises(StoreUnavailable, match="full"):
        await store.run(fill)
    await store.run(lambda tx: tx.write(put(1)))
    assert await kept(store) == [1]
    await store.close()


@needs_postgres
async def test_D4_a_lost_connection_is_made_again(kind: str) -> None:
    url = postgres.shared().new_database()
    store = Store.open(url, readers=1)
    await store.run(lambda tx: tx.write(put(1)))
    assert await kept(store) == [1]
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StoreUnavailable):
        await store.run(lambda tx: tx.write(put(2)))
    await store.run(lambda tx: tx.write(put(3)))
    assert await kept(store) == [1, 3]
    await store.close()


@needs_postgres
async def test_two_nodes_never_claim_the_same_row(kind: str) -> None:
    url = postgres.shared().new_database()
    stores = [Store.open(url, readers=1) for _ in range(2)]
    await stores[0].run(lambda tx: tx.write(Writes(mts=[mt(n) for n in range(1, 7)])))
    both = threading.Barrier(2, timeout=10)

    def work(tx: Tx) -> list[int]:
        both.wait()
        rows = tx.claim({HELVETIA: 4}, node=1, now=NOON)
        both.wait()
        return [row.mt.id for row in rows]

    first, second = await asyncio.gather(*(store.run(work) for store in stores))
    assert sorted(first + second) == [1, 2, 3, 4, 5, 6]
    for store in stores:
        await store.close()


@needs_postgres
async def test_the_row_of_a_number_is_its_lock(kind: str) -> None:
    url = postgres.shared().new_database()
    stores = [Store.open(url, readers=1) for _ in range(2)]
    held, order = threading.Event(), []

    def first(tx: Tx) -> None:
        tx.standings([ANNA])
        held.set()
        threading.Event().wait(0.1)
        order.append("first")

    def second(tx: Tx) -> None:
        assert held.wait(10)
        tx.standings([ANNA])
        order.append("second")

    await asyncio.gather(stores[1].run(second), stores[0].run(first))
    assert order == ["first", "second"]
    for store in stores:
        await store.close()


async def test_a_retried_batch_changes_nothing(store: Store) -> None:
    writes = Writes(mos=[stored(mo(1))], mts=[mt(2, MtState.QUEUED)])
    await store.run(lambda tx: tx.write(writes))
    await store.run(lambda tx: tx.claim({HELVETIA: 1}, node=1, now=NOON))
    await store.run(lambda tx: tx.write(writes))
    assert (await store.run(lambda tx: tx.mts([2])))[2].state is MtState.SENDING


async def test_readers_see_only_what_is_committed(store: Store) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        tx.write(put(1))
        inside.set()
        assert go_on.wait(10)

    writing = asyncio.create_task(store.run(slow))
    await asyncio.to_thread(inside.wait, 10)
    assert await kept(store) == []
    go_on.set()
    await writing
    assert await kept(store) == [1]


async def test_only_one_process_serves_from_a_SQLite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/smsc.db"
    first, second = Store.open(url), Store.open(url)
    first.lock_for_serving()
    first.lock_for_serving()
    with pytest.raises(StoreInUse, match=r"another smsc serves from .*smsc\.db"):
        second.lock_for_serving()
    await second.run(lambda tx: tx.write(put(1)))
    await first.close()
    second.lock_for_serving()
    await second.close()


async def test_the_throw_away_store_leaves_nothing() -> None:
    store = Store.open("sqlite://")
    path = store._database.path
    assert path is not None and path.exists()
    await store.run(lambda tx: tx.write(put(1)))
    assert await kept(store) == [1]
    await store.close()
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("mysql://x/y", "use sqlite or postgresql"),
        ("smsc.db", "is no URL"),
        ("sqlite:////nowhere/at/all/smsc.db", "cannot write"),
    ],
)
def test_a_URL_that_cannot_be_says_how_to_mend_it(url: str, mend: str) -> None:
    with pytest.raises(StoreUnusable, match=mend):
        Store.open(url)


async def test_SQLite_keeps_what_it_said_it_kept(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/smsc.db")

    def settings(tx: Tx) -> tuple[object, object]:
        ask = tx._db.connection.exec_driver_sql
        return ask("PRAGMA journal_mode").scalar(), ask("PRAGMA synchronous").scalar()

    assert await store.run(settings) == ("wal", 2)
    await store.close()
