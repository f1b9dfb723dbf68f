"""One nursery for all; each test has a rig of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kill.rig import Rig, open_rig

BIRTH_S = 30.0


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where processes are asked for."""
    path = tmp_path_factory.mktemp("nursery") / "socket"
    doomed = Path(__file__).with_name("doomed.py")
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(doomed), "--nursery", str(path)], env={**os.environ, "PYTHONPATH": root}
    ) as process:
        until = time.monotonic() + BIRTH_S
        while not path.exists():
            assert process.poll() is None, "the nursery ended"
            assert time.monotonic() < until, "the nursery does not begin"
            time.sleep(0.02)
        yield path
        process.kill()


@pytest.fixture
async def rig(tmp_path: Path, nursery: Path) -> AsyncIterator[Rig]:
    """A server that can be killed, with its carrier and its merchant."""
    async with open_rig(tmp_path, nursery=nursery) as opened:
        yield opened
