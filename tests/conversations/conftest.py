"""Each conversation has a stage of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stage import Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with its carrier and its merchant, on SQLite."""
    async with open_stage(tmp_path) as opened:
        yield opened
