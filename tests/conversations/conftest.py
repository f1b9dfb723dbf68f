"""Each conversation has a stage of its own. S2 is played on SQLite and on PostgreSQL, the rest with SMSC_SOAK=1."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import postgres
from tests.stage import Stage, open_stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Which databases a conversation is played on."""
    if "database" in metafunc.fixturenames:
        both = "test_s2_" in metafunc.module.__name__ or os.environ.get("SMSC_SOAK")
        metafunc.parametrize("database", postgres.databases() if both else ["sqlite"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; "" is a SQLite file in the stage's folder."""
    return "" if request.param == "sqlite" else postgres.shared().new_database()


@pytest.fixture
async def stage(tmp_path: Path, database: str) -> AsyncIterator[Stage]:
    """A server with its carrier and its merchant."""
    async with open_stage(tmp_path, database=database) as opened:
        yield opened
