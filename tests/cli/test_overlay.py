"""`smsc overlay` and `smsc check --database`: what accounts have changed by API, for operators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smsc.cli import app
from smsc.keywords.overlay import Change, callback_change, responder_change, store_change
from smsc.store import Store, migrate
from smsc.store.overlay import OverlayRow, Superseded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYWORDS = """
short_codes:
  "444999": {country: US, role: marketing}
  "77007": {country: US, role: communication}
merchants:
  pizza: {name: Tony's Pizza, hotline: "800-555-0100", callback: {url: "https://pizza.example/", format: crmtext}}
campaigns:
  - {keyword: PIZZA, short_code: "444999", merchant: pizza, profile: us-store, language: en, pool: ["77007"]}
"""
DELI = store_change(
    "pizza", "pizza-deli", {"keyword": "DELI", "like": "444999/PIZZA", "name": "Deli", "hotline": "1"}
)
LUNCH = responder_change(
    "pizza-deli", "444999/DELI", "LUNCH", {"active": "Soup.", "other": "Join.", "made": "x"}
)
SOUP = responder_change("pizza", "444999/PIZZA", "SOUP", {"active": "Soup.", "other": "Soup.", "made": "x"})
MOVED = callback_change("pizza", {"url": "https://new.example/", "was": "https://pizza.example/"})


def smsc(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def put(url: str, changes: Sequence[Change], *, first: int = 1) -> None:
    rows = [OverlayRow(replace(c, version=n), "pizza (key 1)", NOON) for n, c in enumerate(changes, first)]

    async def once() -> None:
        store = Store.open(url)
        try:
            await store.run(lambda tx: tx.overlay.put(rows))
        finally:
            await store.close()

    asyncio.run(once())


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a store and keywords that were made by API."""
    url = f"sqlite:///{tmp_path}/smsc.db"
    migrate(url)
    put(url, [DELI, LUNCH, SOUP, MOVED])
    return url


def check(tmp_path: Path, text: str, url: str) -> Result:
    file = tmp_path / "keywords.yaml"
    file.write_text(text, encoding="utf-8")
    return smsc("check", "--keywords", str(file), "--database", url)


def test_rows_are_listed_and_one_is_taken_back_with_all_of_its_store(url: str) -> None:
    listed = smsc("overlay", "list", "--database", url)
    assert listed.exit_code == 0 and len(listed.stdout.splitlines()) == 4
    assert "1  2026-03-02 12:00Z  pizza  store  keyword='DELI'" in listed.stdout
    gone = smsc("overlay", "remove", "1", "--database", url)
    assert gone.exit_code == 0 and gone.stdout.count("removed: ") == 2
    left = smsc("overlay", "list", "--database", url).stdout.splitlines()
    assert [line.split()[0] for line in left] == ["3", "4"]
    log = smsc("overlay", "list", "--log", "--database", url).stdout.splitlines()
    assert len(log) == 6 and "taken back" in log[0] and "smsc overlay remove" in log[0]
    again = smsc("overlay", "remove", "1", "--database", url)
    assert (again.exit_code, again.stderr) == (1, "smsc: no row 1 is in force: see smsc overlay list\n")


def test_S1_check_shows_the_rows_and_judges_them_with_the_file(tmp_path: Path, url: str) -> None:
    fine = check(tmp_path, KEYWORDS, url)
    assert fine.exit_code == 0, fine.stderr
    assert fine.stdout.count("overlay row ") == 4 and "2 merchants, 2 campaigns" in fine.stdout
    soup = KEYWORDS[KEYWORDS.index("  - {") :].replace("PIZZA", "SOUP")
    clash = check(tmp_path, KEYWORDS + soup, url)
    assert (
        clash.exit_code == 1
        and '"SOUP" on 444999 already means PIZZA of pizza (overlay row 3)' in clash.stderr
    )
    renamed = check(tmp_path, KEYWORDS.replace("keyword: PIZZA", "keyword: LUNCH"), url)
    assert renamed.exit_code == 0
    assert renamed.stderr.count("without effect; mend: smsc overlay remove") == 3
    moved = check(tmp_path, KEYWORDS.replace("pizza.example", "other.example"), url)
    assert (
        moved.exit_code == 0
        and "overlay row 4: S1 warning: merchant pizza: the file's callback" in moved.stderr
    )
    named = KEYWORDS.replace("campaigns:", "  pizza-deli: {name: Another}\ncampaigns:")
    assert "also a store of the overlay (row 1)" in check(tmp_path, named, url).stderr


def test_check_makes_no_database(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    answer = check(tmp_path, KEYWORDS, f"sqlite:///{missing}")
    assert answer.exit_code == 1 and "no database" in answer.stderr and not missing.exists()


def test_of_two_changes_of_one_state_the_later_comes_too_late(url: str) -> None:
    with pytest.raises(Superseded):
        put(url, [SOUP], first=4)
    put(url, [SOUP], first=5)
