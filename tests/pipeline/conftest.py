"""A stage for the whole line, and a raw carrier beside the simulated one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.pipeline.peer import Peer
from tests.stage import Stage, open_stage


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A carrier down to its octets; it is nobody's until it listens or dials."""
    peer = Peer()
    yield peer
    await peer.closes()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with its carrier and its merchant, on SQLite."""
    async with open_stage(tmp_path) as opened:
        yield opened
