"""`smsc key`: scopes, rotation with an overlap, what the list shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smsc.cli import app


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/smsc.db"


def key(database: str, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["key", *words, "--database", database])
    assert result.exit_code == code, result.output
    return result.output


def test_a_key_has_the_scopes_and_the_end_that_were_asked_for(database: str) -> None:
    key(database, "create", "astro")
    key(database, "create", "astro", "--scope", "read, send", "--name", "billing job", "--days", "30")
    first, second = key(database, "list", "astro").splitlines()
    assert re.search(r" send,read,admin +valid$", first)
    assert re.search(r" send,read +ends .*billing job$", second)
    assert "one or more of send, read, admin" in key(database, "create", "astro", "--scope", "all", code=2)


def test_a_rotated_key_ends_after_the_overlap_and_a_revoked_one_at_once(database: str) -> None:
    before = key(database, "create", "astro", "--scope", "send")
    after = key(database, "rotate", "astro", "--key", "1", "--overlap-h", "2")
    assert before.startswith("cc: astro\n") and after.startswith("cc: astro\n") and before != after
    old, new = key(database, "list").splitlines()
    assert " ends " in old and re.search(r" send +valid$", new)
    assert "no valid key 7" in key(database, "rotate", "astro", "--key", "7", code=1)
    key(database, "rotate", "astro", "--key", "2", "--overlap-h", "0")
    assert " ended " in key(database, "list").splitlines()[1]
    key(database, "revoke", "astro", "--key", "3")
    assert " revoked " in key(database, "list").splitlines()[2]
