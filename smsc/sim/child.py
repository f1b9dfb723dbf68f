"""A simulator as a child process: started, listened to, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

READY_S = 30.0
END_S = 5.0
LINE_OCTETS_MAX = 1024 * 1024


class ChildFailed(Exception):
    """It ended, or did not begin, when it should have run."""


class Child:
    """One `smsc VERB --json --until-eof`. It ends when its standard input closes, so it never outlives us.

    It has a session of its own: Ctrl-C at the terminal reaches only the parent, which ends it in good order.
    """

    def __init__(self, verb: str, *, hear: Callable[[dict[str, Any]], object]) -> None:
        self.verb = verb
        self.ready: dict[str, Any] = {}
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, options: Sequence[str], *, environ: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it says that it is ready.  Raises: ChildFailed."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsc", self.verb, "--json", "--until-eof", *options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_OCTETS_MAX,
            env={**os.environ, **(environ or {})},
        )
        assert process.stdout is not None
        try:
            first = await asyncio.wait_for(process.stdout.readline(), READY_S)
        except TimeoutError:
            raise ChildFailed(f"`smsc {self.verb}` is not ready after {READY_S:.0f} s") from None
        if not first:
            raise ChildFailed(f"`smsc {self.verb}` ended with exit code {await process.wait()}")
        self.ready = json.loads(first)
        self._reading = asyncio.create_task(self._read(process.stdout))

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        while line := await stdout.readline():
            self._hear(json.loads(line))

    async def stop(self) -> None:
        """Close its standard input and wait; end it the hard way if that does not help."""
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        for last_word in (process.terminate, process.kill, lambda: None):
            try:
                await asyncio.wait_for(process.wait(), END_S)
                break
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    last_word()
        if self._reading is not None:
            await self._reading
