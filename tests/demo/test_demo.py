"""`smsc demo` as a person starts it: a process of its own, real ports, real children."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEMO_S = 120.0
"""All of it, on a busy machine."""


@contextlib.contextmanager
def a_taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demo makes its temporary folder; short, for a unix socket lies in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smsc", "demo", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        async with asyncio.timeout(DEMO_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said_until(process: asyncio.subprocess.Process, pattern: str) -> str:
    """What the demo prints up to the line that matches."""
    assert process.stdout is not None
    said = ""
    while line := (await process.stdout.readline()).decode():
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(f"the demo ended without {pattern!r}:\n{said}")


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(watched, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), 15)
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def test_the_campaign_of_the_demo_is_the_one_of_the_example_file() -> None:
    example, shipped = (
        yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        for path in (ROOT / "keywords.yaml", ROOT / "smsc" / "app" / "demo_keywords.yaml")
    )
    theirs, ours = ([c for c in t["campaigns"] if c["keyword"] == "HOROSKOP"] for t in (example, shipped))
    assert theirs == ours and len(ours) == 1


async def test_the_swiss_flow_plays_once_beside_taken_ports(folder: Path) -> None:
    with a_taken_port() as http, a_taken_port() as smpp:
        async with demo(folder, "--once", "--http", str(http), "--smpp", str(smpp)) as process:
            said = (await process.communicate())[0].decode()
            assert process.returncode == 0, said
    assert f"Port {http} is taken: the page takes " in said
    assert f"Port {smpp} is taken: the SMPP listener takes " in said
    flow = (
        r'Anna > 543 +"HOROSKOP" +deliver_sm #\d+',
        r"543 > Anna .*START",
        r'Anna > 543 +"START HOROSKOP"',
        r'smsc > merchant +forwards "HOROSKOP" +POST /sms',
        r'merchant > smsc +welcome ".* +GET /gateway command=W',
        r"SUCCESS",
        r'543 > Anna +CHF 3\.00: ".*0x1401=0300',
        r"receipt UNDELIV",
        r"report FAILED: not charged",
        r'543 > Anna +CHF 3\.00: ".*0x1401=0300',
        r"receipt DELIVRD",
        r"report DELIVERED: charged",
        r'Anna > 543 +"STOP HOROSKOP"',
        r'smsc > merchant +stop notice "ask horoskop stop"',
        r'merchant > smsc +goodbye ".* +GET /gateway command=G',
        r'543 > Anna +"Dein HOROSKOP-Abo ist beendet',
    )
    assert re.search(".*".join(flow), said, re.DOTALL), said
    assert left_in(folder) == []


STORIES = {
    "s1": (
        r"merchant > smsc +optincustomer +POST /crmtext",
        r'77007 > Liz +"Tony\'s Pizza would like to text you',
        r'Liz > 77007 +"YES"',
        r"77007 > Liz .*you are in",
        r'merchant > smsc +sendsmsmsg "Two for one today',
        r'Joe > 444999 +"PIZZA"',
        r"77007 > Joe .*you are in",
        r'Joe > 77007 +"Is there a table for two',
        r'merchant > smsc +sendsmsmsg "Sure, at eight',
        r'Joe > 77007 +"STOP"',
        r"77007 > Joe .*you are unsubscribed",
        r'sendsmsmsg "Come back!"',
        r"Customer is Opted-Out",
    ),
    "s3": (
        r'merchant > smsc +welcome "Dobrodosli',
        r"3030 > Mojca .*Prijava",
        r'Mojca > 3030 +"DA"',
        r"report SUBSCRIBED",
        r'3030 > Mojca +EUR 1\.49: "Oven',
        r"report DELIVERED: charged",
        r'Mojca > 3030 +"STOP ZVEZDE"',
        r'merchant > smsc +goodbye "',
        r'3030 > Mojca +"ZVEZDE so koncane',
        r"BARRED",
    ),
    "s4": (
        r"77010 > Anna .*Finder Inc invites you to LOCATE",
        r'Anna > 77010 +"Y"',
        r"You have accepted LOCATE",
        r'Anna > 77010 +"STOP"',
        r"LOCATE of Finder Inc is ended",
        r"403 .*blocked",
    ),
}


@pytest.mark.parametrize("name", STORIES)
async def test_each_story_plays_once(name: str, folder: Path) -> None:
    async with demo(folder, "--once", "--story", name, "--http", "18080", "--smpp", "12775") as process:
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0, said
    for line in STORIES[name]:
        # two processes speak: what is told within the same moment may be told in either order
        assert re.search(line, said, re.DOTALL), f"{line}\n{said}"
    assert "Traceback" not in said and left_in(folder) == []


async def test_it_stays_up_serves_the_page_and_ends_cleanly_on_ctrl_c(folder: Path) -> None:
    async with demo(folder, "--http", "18080", "--smpp", "12775") as process:
        said = await said_until(process, r"Open http://")
        found = re.search(r"Open (http://\S+)", said)
        assert found is not None
        children = children_of(process.pid)
        async with httpx.AsyncClient(base_url=found[1], timeout=30, trust_env=False) as client:
            assert "Handset" in (await client.get("/")).text
            text = {"msisdn": "41790005555", "short_code": "543", "text": "HOROSKOP"}
            assert (await client.post("/demo/texts", json=text)).json()["status"] == "ESME_ROK"
            async with client.stream("GET", "/demo/carrier/events") as stream:
                async for line in stream.aiter_lines():
                    event = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                    if event.get("kind") == "mt" and event["msisdn"] == "41790005555":
                        break
        process.send_signal(signal.SIGINT)
        rest = (await process.communicate())[0].decode()
        assert process.returncode == 0, rest
        assert "Traceback" not in rest
    for child in children:
        await gone(child)
    assert len(children) >= 2
    assert left_in(folder) == []


async def test_killed_it_leaves_no_child_behind(folder: Path) -> None:
    async with demo(folder, "--http", "18080", "--smpp", "12775") as process:
        await said_until(process, "Anna > 543")
        children = children_of(process.pid)
        process.kill()
        await process.wait()
        for child in children:
            await gone(child)
    assert len(children) >= 2
