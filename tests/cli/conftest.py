"""A server with its carrier, and the verbs as another process would call them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smsc.cli import app
from tests.stage import Stage, open_stage


class Operator:
    """A person at the command line beside a running server."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.socket = str(stage.folder / "smsc.admin")

    async def runs(self, *arguments: str) -> Result:
        """A verb that acts on the server."""
        command = [*arguments, "--socket", self.socket]
        return await asyncio.to_thread(CliRunner().invoke, app, command)

    def begins(self, *arguments: str) -> asyncio.Task[Result]:
        """The same, while the test goes on."""
        return asyncio.create_task(self.runs(*arguments))

    async def is_watching(self, *, watchers: int = 1) -> None:
        """Wait until so many trace."""
        async with asyncio.timeout(10):
            while len(self.stage.server.board.taps) != watchers:
                await _turn()


async def _turn() -> None:
    """One turn of the loop."""
    await asyncio.sleep(0)


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    async with open_stage(tmp_path) as stage:
        yield Operator(stage)
