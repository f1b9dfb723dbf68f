"""The behavioural suite runs on a SQLite file and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.store import Store
from tests import postgres


@pytest.fixture(params=postgres.databases())
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own, with the current schema on PostgreSQL, not there yet on SQLite."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/smsc.db"
    return postgres.shared().new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store."""
    opened = Store.open(url, readers=2)
    yield opened
    await opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once that PostgreSQL was not there."""
    if how := postgres.missing():
        terminalreporter.write_line(f"store tests ran on SQLite only: {how}")
