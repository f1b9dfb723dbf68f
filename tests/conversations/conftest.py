"""Each conversation has a stage of its own, and is played on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import postgres
from tests.stage import Stage, open_stage


@pytest.fixture(params=postgres.databases())
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; "" is a SQLite file in the stage's folder."""
    return "" if request.param == "sqlite" else postgres.shared().new_database()


@pytest.fixture
async def stage(tmp_path: Path, database: str) -> AsyncIterator[Stage]:
    """A server with its carrier and its merchant."""
    async with open_stage(tmp_path, database=database) as opened:
        yield opened
