"""Foreign implementations judge ours. The end of the run lists each judge: ran, or failed and why.

A judge that is not there fails its tests where `CI` is set; elsewhere its tests are left out and the list says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from smsc.link import BindBoard, BindRequest, BindSettings, Link, LinkEvents, Listener, server_context
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from tests.interop import kannel as kannel_of_debian
from tests.interop.kannel import Kannel
from tests.interop.test_kannel import Town

HERE = Path(__file__).parent
NODE = HERE / "node"
NODE_SMPP = json.loads((NODE / "package.json").read_text())["dependencies"]["smpp"]
NPM_S = 120
SOON_S = 15.0

JUDGES: dict[str, str] = {}
"""Judge and version to what became of it."""

FULL_NAMES = {
    "smpplib": f"smpplib {version('smpplib')}",
    "aiosmpplib": f"aiosmpplib {version('aiosmpplib')}",
    "node_smpp": f"node-smpp {NODE_SMPP}",
    "kannel": f"Kannel {kannel_of_debian.version()}".rstrip(),
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Outside CI the tests of an absent judge are left out, and the summary tells."""
    if os.environ.get("CI"):
        return
    absences = {"node_smpp": lambda: _install_node_smpp(config), "kannel": kannel_of_debian.absence}
    for fixture, find_absence in absences.items():
        needing = [item for item in items if fixture in getattr(item, "fixturenames", ())]
        if needing and (absence := find_absence()):
            JUDGES[FULL_NAMES[fixture]] = f"failed: {absence}"
            config.hook.pytest_deselected(items=needing)
            items[:] = [item for item in items if item not in needing]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Whoever judged in a test has run, or failed."""
    report = yield
    for fixture, judge in FULL_NAMES.items():
        if fixture in getattr(item, "fixturenames", ()):
            if report.failed:
                JUDGES[judge] = f"failed: {item.name}"
            elif report.when == "call":
                JUDGES.setdefault(judge, "ran")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if JUDGES:
        told = [f"{judge} {fate}" for judge, fate in sorted(JUDGES.items())]
        terminalreporter.write_line(f"foreign judges: {', '.join(told)}")
        if place := os.environ.get("SMSC_JUDGES"):  # who runs all checks says it last of all
            Path(place).write_text("".join(f"{one}\n" for one in told), encoding="utf-8")


def _node_smpp_place(config: pytest.Config) -> Path:
    assert config.cache is not None
    return config.cache.mkdir(f"node-smpp-{NODE_SMPP}")


def _install_node_smpp(config: pytest.Config) -> str:
    """Put node-smpp into pytest's cache, once. Out: why it is not there, "" when it is."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "absent; get it with apt-get install nodejs npm"
    place = _node_smpp_place(config)
    if (place / "node_modules" / "smpp").is_dir():
        return ""
    shutil.copy(NODE / "package.json", place)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=NPM_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return f"npm install: {type(error).__name__}"
    return ""


class Node:
    """A node process that says what it sees, one JSON object a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[tuple[str, Any]] = []

    async def says(self, word: str) -> Any:
        """The fact of that word, the next time it is said."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SOON_S):
            while line := await self.process.stdout.readline():
                told = json.loads(line)
                self.said.append((told["word"], told["fact"]))
                if told["word"] == word:
                    return told["fact"]
        raise AssertionError(f"{word} was never said, but {self.said}")

    async def end(self) -> None:
        """Closing its input ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        await asyncio.wait_for(self.process.communicate(), SOON_S)


class NodeSmpp:
    """Starts node-smpp as either end."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._nodes: list[Node] = []

    async def start(self, script: str, *arguments: str) -> Node:
        node = Node(
            await asyncio.create_subprocess_exec(
                "node",
                str(NODE / script),
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "NODE_PATH": str(self._place / "node_modules")},
            )
        )
        self._nodes.append(node)
        return node

    async def end(self) -> None:
        for node in self._nodes:
            await node.end()


@pytest.fixture
async def node_smpp(request: pytest.FixtureRequest) -> AsyncIterator[NodeSmpp]:
    absence = _install_node_smpp(request.config)
    if absence:
        pytest.fail(absence)
    judge = NodeSmpp(_node_smpp_place(request.config))
    yield judge
    await judge.end()


@pytest.fixture
def smpplib() -> str:
    """Names the judge of a test for the summary."""
    return FULL_NAMES["smpplib"]


@pytest.fixture
def aiosmpplib() -> str:
    """Names the judge of a test for the summary."""
    return FULL_NAMES["aiosmpplib"]


@pytest.fixture
async def kannel(tmp_path: Path) -> AsyncIterator[Kannel]:
    absence = kannel_of_debian.absence()
    if absence:
        pytest.fail(absence)
    judge = Kannel(tmp_path)
    yield judge
    await judge.end()


class Centre:
    """Our end: accepts, answers a submit_sm with message_id 0001, delivers an MO after it, and keeps notes."""

    def __init__(self) -> None:
        self.submitted: list[Pdu] = []
        self.answers: list[tuple[object, int]] = []
        self.losses: list[object] = []
        self.reasons: list[str] = []
        self._down = asyncio.Event()

    def bound(self, link: Link) -> None:
        self._down.clear()

    def unbound(self, link: Link, reason: str) -> None:
        self.reasons.append(reason)
        self._down.set()

    def request(self, link: Link, pdu: Pdu) -> None:
        self.submitted.append(pdu)
        link.respond(pdu, CommandStatus.ESME_ROK, message_id="0001")
        fields = {"source_addr": "41791234567", "destination_addr": "543", "short_message": b"HOROSKOP"}
        link.send(Pdu(Command.DELIVER_SM, {**fields, "source_addr_ton": 1, "source_addr_npi": 1}), "mo")

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        self.answers.append((context, int(pdu.command_status)))

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        self.losses.append(context)

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    def ready(self, link: Link) -> None:
        return None

    def alert(self, link: Link, pdu: Pdu) -> None:
        return None

    async def hears_unbind(self) -> None:
        async with asyncio.timeout(SOON_S):
            await self._down.wait()
        assert self.reasons == ["the peer unbound"]
        assert self.losses == []


class Stand:
    """Our listener on a port of its own."""

    def __init__(self, events: LinkEvents | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.centre = Centre()
        self.board = BindBoard()
        self.host, self.port = "", 0
        account = BindSettings("in", "judge", "astro", "secret", sessions=4)
        self.listener = Listener(
            "127.0.0.1:0",
            lambda request: _know(request, account),
            events or self.centre,
            board=self.board,
            tls=tls,
        )


def _know(request: BindRequest, account: BindSettings) -> BindSettings | int:
    return account if request.password == "secret" else CommandStatus.ESME_RINVPASWD


@asynccontextmanager
async def open_stand(stand: Stand) -> AsyncIterator[Stand]:
    stand.host, stand.port = await stand.listener.start()
    try:
        yield stand
    finally:
        await stand.listener.stop(drain_s=0.1)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with open_stand(Stand()) as stand:
        yield stand


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost, its own authority."""

    cert: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    place = tmp_path_factory.mktemp("tls")
    made = Certificate(place / "cert.pem", place / "key.pem")
    made_for = ("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    key_of = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    command = [
        "openssl",
        "req",
        "-x509",
        *key_of,
        *made_for,
        "-out",
        str(made.cert),
        "-keyout",
        str(made.key),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return made


@pytest.fixture
async def tls_stand(certificate: Certificate) -> AsyncIterator[Stand]:
    async with open_stand(Stand(tls=server_context(cert=certificate.cert, key=certificate.key))) as stand:
        yield stand


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
async def town_stand(town: Town) -> AsyncIterator[Stand]:
    async with open_stand(Stand(town)) as stand:
        yield stand
