"""`smsc key`, `smsc migrate`, `smsc backup`, and the keys they make."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from smsc.cli.data import register
from smsc.store import Store, Writes
from tests import postgres
from tests.store.samples import ANNA, NOON, mo, seconds, stored


def smsc(*words: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(w) for w in words])


def secrets(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    return dict(line.split(": ") for line in result.stdout.splitlines())


def who(url: str, ekey: str, *, cc: str = "astro") -> str | None:
    async def ask() -> str | None:
        store = Store.open(url)
        keys = await store.read(lambda r: r.keys_of(cc, datetime.now(UTC)))
        found = next((key.merchant for key in keys if key.opens(ekey)), None)
        await store.close()
        return found

    return asyncio.run(ask())


def test_a_key_is_made_before_the_first_serve_shown_once_and_revoked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/smsc.db"
    old = secrets(smsc("key", "create", "astro", "--database", url))
    new = secrets(smsc("key", "create", "astro", "--database", url))
    assert list(old) == ["cc", "ekey", "bearer"] and old["cc"] == "astro"
    assert len(set(old.values()) | set(new.values())) == 5
    assert who(url, old["ekey"]) == who(url, new["ekey"]) == "astro"
    assert who(url, "wrong") is None and who(url, old["ekey"], cc="other") is None
    assert old["ekey"].encode() not in (tmp_path / "smsc.db").read_bytes()
    assert smsc("key", "revoke", "astro", "--key", "1", "--database", url).exit_code == 0
    assert (who(url, old["ekey"]), who(url, new["ekey"])) == (None, "astro")
    listed = smsc("key", "list", "--database", url).stdout.splitlines()
    assert len(listed) == 2 and "revoked" in listed[0] and listed[1].endswith("valid")
    assert smsc("key", "list", "other", "--database", url).stdout == ""
    assert smsc("key", "revoke", "astro", "--database", url).exit_code == 0
    assert who(url, new["ekey"]) is None
    again = smsc("key", "revoke", "astro", "--database", url)
    assert (again.exit_code, again.stderr) == (1, "smsc: no valid key of astro: see smsc key list\n")


async def test_a_bearer_token_names_its_merchant(store: Store) -> None:
    key = await store.run(lambda tx: tx.create_key("astro", NOON))
    assert key.bearer not in repr(key) and key.ekey not in repr(key)
    found = await store.read(lambda r: r.key_of_bearer(key.bearer, NOON))
    assert found is not None and found.merchant == "astro"
    assert await store.read(lambda r: r.key_of_bearer(key.ekey, NOON)) is None
    [known] = await store.read(lambda r: r.keys_of("astro", NOON))
    assert known.opens(key.ekey) and not known.opens(key.bearer) and known.created_at == NOON
    assert await store.run(lambda tx: tx.revoke_keys("astro", seconds(1))) == 1
    assert await store.read(lambda r: r.keys_of("astro", seconds(1))) == []
    [revoked] = await store.read(lambda r: r.keys())
    assert revoked.revoked_at == seconds(1) and not revoked.opens(key.ekey)


async def test_a_backup_of_a_running_database_is_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/smsc.db"
    store = Store.open(url)
    store.lock_for_serving()
    await store.run(lambda tx: tx.write(Writes(mos=[stored(mo(1))])))
    copy = tmp_path / "copy.db"
    done = await asyncio.to_thread(smsc, "backup", copy, "--database", url)
    assert done.exit_code == 0, done.output
    await store.run(lambda tx: tx.write(Writes(mos=[stored(mo(2))])))
    await store.close()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    restored = Store.open(f"sqlite:///{copy}")
    assert [row.mo.id for row in (await restored.read(lambda r: r.timeline(ANNA))).mos] == [1]
    await restored.close()


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("postgresql://user@host/db", "use pg_dump for PostgreSQL"),
        ("sqlite:///{}/none.db", "there is no database"),
        ("sqlite:///{}/smsc.db", "exists: choose another name"),
    ],
)
def test_a_backup_that_cannot_be_says_why(tmp_path: Path, url: str, mend: str) -> None:
    (tmp_path / "smsc.db").touch()
    refused = smsc("backup", tmp_path / "smsc.db", "--database", url.format(tmp_path))
    assert refused.exit_code == 1
    assert mend in refused.stderr and refused.stderr.count("\n") == 1


def test_the_configuration_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "smsc.yaml"
    config.write_text(f"database: sqlite:///{tmp_path}/named.db\n")
    assert smsc("migrate").stdout.startswith("schema 0")
    assert (tmp_path / "named.db").exists()
    config.write_text("databse: sqlite:///x.db\n")
    wrong = smsc("migrate", "--config", config)
    assert wrong.exit_code == 1 and "smsc.yaml" in wrong.stderr
    assert smsc("migrate", "--config", tmp_path / "none.yaml").exit_code == 2


@pytest.mark.parametrize("kind", [k for k in postgres.databases() if k == "postgresql"])
def test_PostgreSQL_gets_its_schema_from_migrate_and_from_key_create(kind: str) -> None:
    for words in (["migrate"], ["key", "create", "astro"]):
        url = postgres.shared().empty_database()
        assert smsc(*words, "--database", url).exit_code == 0
        assert who(url, "x") is None
