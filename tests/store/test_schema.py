"""Migrations add up to the tables; the hot questions use their indexes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from smsc.store import (
    Store,
    StoreUnusable,
    customers,
    migrate,
    mos,
    mts,
    overlay,
    queue,
    receipts,
    timers,
)
from smsc.store import callbacks as callback_queries
from smsc.store.dialect import find_database, make_file
from smsc.store.statements import Statement
from smsc.store.tables import metadata
from tests import postgres


def empty(kind: str, tmp_path: Path) -> str:
    """The URL of a database without our schema."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"
    return postgres.shared().empty_database()


CATALOGUE = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'",),
    "postgresql": (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        "WHERE table_schema = 'public'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    ),
}


def catalogue(engine: Engine) -> set[str]:
    """Everything the database says of its schema."""
    with engine.connect() as connection:
        rows = [tuple(row) for sql in CATALOGUE[engine.dialect.name] for row in connection.execute(text(sql))]
    said = {re.sub(r'[\s"(),]+', " ", " ".join(str(x) for x in row)).strip() for row in rows}
    return {line for line in said if "alembic_version" not in line}


@pytest.mark.parametrize("kind", postgres.databases())
def test_migrations_add_up_to_the_tables(kind: str, tmp_path: Path) -> None:
    migrated = find_database(empty(kind, tmp_path), readers=1)
    created_url = empty(kind, tmp_path / "..") if kind == "postgresql" else f"sqlite:///{tmp_path}/created.db"
    created = find_database(created_url, readers=1)
    migrate(str(migrated.writer.url) if kind != "sqlite" else f"sqlite:///{migrated.path}")
    make_file(created)
    with created.writer.begin() as connection:
        metadata.create_all(connection)
    with migrated.writer.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert catalogue(migrated.reader) == catalogue(created.reader)
    for database in (migrated, created):
        database.dispose()


async def test_migrating_twice_changes_nothing(url: str) -> None:
    first = migrate(url)
    store = Store.open(url)
    name = await store.read(lambda r: r.meta("database"))
    await store.close()
    assert migrate(url) == first
    store = Store.open(url)
    assert name and await store.read(lambda r: r.meta("database")) == name
    assert await store.read(lambda r: r.meta("nothing")) is None
    await store.close()


@pytest.mark.parametrize("kind", [k for k in postgres.databases() if k == "postgresql"])
def test_PostgreSQL_is_migrated_by_its_verb_only(kind: str) -> None:
    with pytest.raises(StoreUnusable, match="run smsc migrate"):
        Store.open(postgres.shared().empty_database())


def test_a_later_releases_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "smsc.db"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnusable, match="made by a later smsc"):
        Store.open(f"sqlite:///{path}")


HOT: list[tuple[Statement, str]] = [
    (queue.NEXT, "mt_queue"),
    (queue.BACKLOG, "mt_queue"),
    (queue.REQUEUE, "mt_sending"),
    (queue.NEXT_DELAYED, "mt_later"),
    (queue.NEXT_DEADLINE, "mt_deadline"),
    (queue.NEXT_TIMER, "timer_due"),
    (mts.DUE, "mt_deadline"),
    (mts.MATCH, "mt_message_id"),
    (mts.IN_DOUBT, "mt_in_doubt"),
    (mts.EVERY_IN_DOUBT, "mt_in_doubt"),
    (mts.OF_CAMPAIGN, "mt_msisdn"),
    (mts.BY_ID, "INTEGER PRIMARY KEY"),
    (mos.EARLIER, "mo_fingerprint"),
    (queue.SENDING, "mt_sending"),
    (mos.PARTS_OF, "mo_part_source"),
    (mos.PARTS_DUE, "mo_part_deadline"),
    (receipts.WAITING, "receipt_waiting"),
    (customers.INBOUND, "mo_campaign"),
    (customers.OUTBOUND, "mo_campaign"),
    (overlay.IN_FORCE, "overlay_thing"),
    (timers.DUE, "timer_due"),
    (callback_queries.URGENT, "callback_urgent"),
    (callback_queries.IN_ORDER, "callback_due"),
    (callback_queries.IN_ORDER, "callback_order"),
    (callback_queries.NEXT, "callback_due"),
]


@pytest.fixture
def explain(tmp_path: Path) -> Callable[[Statement], str]:
    """How SQLite would answer."""
    url = f"sqlite:///{tmp_path}/smsc.db"
    migrate(url)
    database = find_database(url, readers=1)

    def plan(statement: Statement) -> str:
        sql, names, fixed = statement.on(database.dialect)
        lists = {
            "ids",
            "nodes",
            "message_ids",
            "fingerprints",
            "sources",
            "merchants_off",
            "in_flight",
            "busy",
        }
        values = tuple("[]" if name in lists else fixed[name] or 1 for name in names)
        with closing(sqlite3.connect(tmp_path / "smsc.db")) as connection:
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        return "\n".join(row[3] for row in rows)

    return plan


@pytest.mark.parametrize(("statement", "index"), HOT)
def test_hot_questions_use_their_index(
    explain: Callable[[Statement], str], statement: Statement, index: str
) -> None:
    plan = explain(statement)
    assert index in plan
    assert not re.search(r"SCAN (mt|mo|callback|timer|receipt|mo_part)$", plan, re.MULTILINE), plan


def test_MT6_the_claim_reads_in_order_without_sorting(explain: Callable[[Statement], str]) -> None:
    assert "TEMP B-TREE" not in explain(queue.NEXT)
