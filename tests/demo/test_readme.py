"""README's way from zero to a callback, played line by line against a running demo."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator

from tests.demo.test_demo import ROOT

SECTION = "## From zero to a callback"
PLAYED = re.compile(r"```sh\n(?P<run>.*?)```(?:\n```text\n(?P<heard>.*?)```)?", re.DOTALL)
MASKS = ((r"\d\d:\d\d:\d\d", "<time>"), (r"\b\d{15,19}\b", "<id>"))
FORMATS = {"messagecloud", "crmtext", "json"}
ALL_S = 120.0
"""All of it, on a busy machine."""


def masked(line: str) -> str:
    """Without what differs from run to run."""
    for pattern, name in MASKS:
        line = re.sub(pattern, name, line)
    return line.rstrip()


def steps() -> list[tuple[list[str], list[str]]]:
    """(commands, lines the listener says after them), as the page shows them; a command may span lines."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    section = page.partition(SECTION)[2].partition("\n## ")[0]
    return [
        (m["run"].replace("\\\n", " ").splitlines(), (m["heard"] or "").splitlines())
        for m in PLAYED.finditer(section)
    ]


async def run(line: str, environ: dict[str, str]) -> str:
    """What one line of the page prints, in a shell."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"set -eu; {line.replace('curl ', 'curl -sS ')}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, f"{line}\n{said}"
    return said


class Listener:
    """The page's listener, and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def says(self, line: str) -> str:
        """Wait for a line like this one, beyond what was waited for before."""
        assert self._process.stdout is not None
        while raw := (await self._process.stdout.readline()).decode():
            self.said.append(raw.rstrip())
            if masked(raw) == masked(line):
                return raw
        raise AssertionError(f"the listener ended without {line!r}: {self.said}")


async def test_readmes_lines_lead_from_zero_to_a_callback_in_three_formats(exported: dict[str, str]) -> None:
    assert shutil.which("curl"), "apt-get install curl"
    (first, _), *talks = steps()
    environ = os.environ | exported
    words = first[0].removesuffix(" &").replace("$LISTENER", environ["LISTENER"]).split()
    listener = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smsc", *words[1:]), stdout=asyncio.subprocess.PIPE, env=environ
    )
    try:
        async with asyncio.timeout(ALL_S):
            ear = Listener(listener)
            await ear.says(f"Listening for callbacks at http://{environ['LISTENER']}/ Ctrl-C ends.")
            await play(talks, ear, environ)
    finally:
        listener.terminate()
        assert await listener.wait() == 0
    heard = [line for _, lines in talks for line in lines]
    assert {line.split("  ")[1].split(",")[0] for line in heard if " POST " in line} >= FORMATS


async def play(talks: list[tuple[list[str], list[str]]], listener: Listener, environ: dict[str, str]) -> None:
    """Run the commands, and wait for what the page says is heard."""
    for commands, heard in talks:
        waiting = iter(heard)
        for command in commands:
            if command.startswith("MO="):
                environ["MO"] = await told_id(listener, waiting)
                continue
            said = await run(command, environ)
            assert re.search(r'ESME_ROK|^SUCCESS$|status="200"|"state":', said), f"{command}\n{said}"
        for line in waiting:
            await listener.says(line)


async def told_id(listener: Listener, waiting: Iterator[str]) -> str:
    """The id that the first callback brings: what a reader copies."""
    for line in waiting:
        said = await listener.says(line)
        if said.strip().startswith("id="):
            return said.strip().removeprefix("id=")
    raise AssertionError("the page shows no id")
