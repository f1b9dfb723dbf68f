"""Two ends of a link on loopback: a listener, dialers, and what each end was told."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from smsc.link import (
    BindBoard,
    BindRequest,
    BindRow,
    BindSettings,
    Dialer,
    Link,
    Listener,
    ListenerLimits,
    Rebind,
    same_secret,
)
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu

SOON_S = 20.0
QUICK = Rebind(initial_s=0.01, max_s=0.02, refused_s=0.01, refused_max_s=0.02)


class Ear:
    """Notes what a link tells, answers when asked to, and wakes those who wait for a word."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.links: list[Link] = []
        self.requests: list[tuple[Link, Pdu]] = []
        self.answer: Callable[[Link, Pdu], object] | None = None
        self._news = asyncio.Event()

    def bound(self, link: Link) -> None:
        self.links.append(link)
        self._note("bound", link.mode)

    def unbound(self, link: Link, reason: str) -> None:
        self.links.remove(link)
        self._note("unbound", reason)

    def request(self, link: Link, pdu: Pdu) -> None:
        self.requests.append((link, pdu))
        self._note("request", pdu.command.name)
        if self.answer is not None:
            self.answer(link, pdu)

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        self._note("response", (context, int(pdu.command_status)))

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        self._note("lost", (context, written))

    def late(self, link: Link, context: object, pdu: Pdu) -> None:
        self._note("late", context)

    def ready(self, link: Link) -> None:
        self._note("ready", link.free)

    def alert(self, link: Link, pdu: Pdu) -> None:
        self._note("alert", pdu["source_addr"])

    def words(self) -> list[str]:
        return [word for word, _ in self.told]

    def facts(self, word: str) -> list[object]:
        return [fact for said, fact in self.told if said == word]

    async def hears(self, word: str, times: int = 1) -> None:
        async with asyncio.timeout(SOON_S):
            while self.words().count(word) < times:
                self._news.clear()
                await self._news.wait()

    def _note(self, word: str, fact: object) -> None:
        self.told.append((word, fact))
        self._news.set()


async def turn() -> None:
    """One turn of the loop."""
    await asyncio.sleep(0)


class Rig:
    """A listener that knows one account, and dialers for it."""

    def __init__(self) -> None:
        self.board = BindBoard()
        self.mc, self.esme = Ear(), Ear()
        self.account = BindSettings("in", "helvetia", "astro", "secret", sessions=4)
        self.asked: list[BindRequest] = []
        self.dialers: list[Dialer] = []
        self.listeners: list[Listener] = []
        self.address = ""

    def authenticate(self, request: BindRequest) -> BindSettings | int:
        self.asked.append(request)
        if request.system_id != self.account.system_id:
            return CommandStatus.ESME_RINVSYSID
        if not same_secret(request.password, self.account.password):
            return CommandStatus.ESME_RINVPASWD
        return self.account

    async def listen(self, address: str = "127.0.0.1:0", limits: ListenerLimits | None = None) -> Listener:
        limits = limits or ListenerLimits(refusal_delay_s=0.01)
        listener = Listener(address, self.authenticate, self.mc, board=self.board, limits=limits)
        self.listeners.append(listener)
        host, port = await listener.start()
        self.address = f"{host}:{port}"
        return listener

    def dial(self, settings: BindSettings | None = None, ear: Ear | None = None) -> Dialer:
        settings = settings or self.settings()
        dialer = Dialer(settings, ear or self.esme, board=self.board, rng=Random(1))
        self.dialers.append(dialer)
        dialer.start()
        return dialer

    def settings(self) -> BindSettings:
        return BindSettings("out", "helvetia", "astro", "secret", address=self.address, rebind=QUICK)

    async def bound(self, account: BindSettings | None = None, **changes: object) -> tuple[Link, Link]:
        """The ESME's link and the MC's."""
        self.account = account or self.account
        await self.listen()
        self.dial(replace(self.settings(), **changes))  # type: ignore[arg-type]
        await self.esme.hears("bound")
        await self.mc.hears("bound")
        return self.esme.links[0], self.mc.links[0]

    async def row(self, fits: Callable[[BindRow], bool]) -> BindRow:
        """The row of the dialled bind, as soon as it is like that."""
        deadline = asyncio.get_running_loop().time() + SOON_S
        while not fits(row := next(row for row in self.board.rows() if row.name == "out")):
            assert asyncio.get_running_loop().time() < deadline, row
            await turn()
        return row

    async def end(self) -> None:
        await asyncio.gather(*(dialer.stop(drain_s=0.1) for dialer in self.dialers))
        await asyncio.gather(*(listener.stop(drain_s=0.1) for listener in self.listeners))


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    await rig.end()


@pytest.fixture
def submit() -> Pdu:
    return Pdu(Command.SUBMIT_SM, {"destination_addr": "41791234567", "short_message": b"hello"})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, its own authority."""
    place = tmp_path_factory.mktemp("tls")
    cert, key = place / "cert.pem", place / "key.pem"
    made_for = ("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    key_of = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subprocess.run(
        ["openssl", "req", "-x509", *key_of, *made_for, "-out", str(cert), "-keyout", str(key)],
        check=True,
        capture_output=True,
    )
    return cert, key
