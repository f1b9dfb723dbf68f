"""The schema's versions: bringing a database to the current one, and checking that it is there."""

from __future__ import annotations

import hashlib
import secrets
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from smsc.store.dialect import Database, find_database, make_file, unavailable_as_such
from smsc.store.errors import StoreUnusable
from smsc.store.tables import meta

MARK = "ledger_key_mark"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic set up for our migrations; no alembic.ini is needed."""
    config = Config()
    config.set_main_option("script_location", str(files("smsc.store.migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The current version."""
    version = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert version is not None
    return version


def migrate(url: str) -> str:
    """Bring a database to the current schema, creating it where there is none; one process at a time.

    Returns the version. Raises: StoreUnavailable: locked, full or gone.  StoreUnusable: not to be used at all.
    """
    database = find_database(url, readers=1)
    try:
        return migrate_database(database)
    finally:
        database.dispose()


def migrate_database(database: Database) -> str:
    """As `migrate`, all of it in one transaction."""
    make_file(database)
    with unavailable_as_such(database), database.writer.begin() as connection:
        database.dialect.lock_migrations(connection)
        found = MigrationContext.configure(connection).get_current_revision()
        if found != head():
            check_known(found)
            command.upgrade(alembic_config(connection), "head")
            seed(connection)
    return head()


def seed(connection: Connection) -> None:
    """What every database has from its beginning: a name of its own, and a key for its digests (D6)."""
    for name, octets in (("database", 8), ("ledger_key", 32)):
        if _meta(connection, name) is None:
            connection.execute(insert(meta).values(name=name, value=secrets.token_hex(octets)))


def ledger_key_of(connection: Connection, given: bytes) -> bytes:
    """The key of the consent chain: the one given, else the database's own; empty when it needs one not given.

    Raises StoreUnusable: the one given is not the one that the chain was begun with, and would break it.
    """
    key = given or bytes.fromhex(_meta(connection, "ledger_key") or "")
    known = _meta(connection, MARK)
    if known is None or known == mark_of(key):
        return key
    if given:
        raise StoreUnusable(
            "SMSC_LEDGER_KEY is not the key that the consent chain of this database was begun with"
        )
    return b""


def mark_of(key: bytes) -> str:
    """By what a database knows the key of its chain again."""
    return hashlib.sha256(b"smsc ledger key" + key).hexdigest()


def _meta(connection: Connection, name: str) -> str | None:
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def check_known(version: str | None) -> None:
    """Raise StoreUnusable for a version made by a later release."""
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if version is not None and version not in known:
        raise StoreUnusable(f"the database has schema {version}, made by a later smsc: install that release")


def check_current(connection: Connection) -> None:
    """Raise StoreUnusable unless the schema is the current one."""
    found = MigrationContext.configure(connection).get_current_revision()
    check_known(found)
    if found != head():
        raise StoreUnusable(f"the database has schema {found or 'none'}, needs {head()}: run smsc migrate")
