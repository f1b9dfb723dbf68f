"""Two `smsc serve` on one PostgreSQL, a carrier bound to both: one is killed, the other goes on with everything (D3).

What the dead one had on the wire is taken over when its heartbeat has been silent for `dead_after_s`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smsc.messages import ChargeState
from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm
from smsc.sim.handset import Handset
from smsc.sim.merchant import Callback, Merchant
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.store import Store
from smsc.store.reader import Timeline
from tests import postgres
from tests.kill.rig import (
    ANNA,
    CONFIG,
    CONTENT,
    KEYWORD,
    KEYWORDS,
    OWN_GOODBYE,
    REQUEST_SAYS,
    START,
    START_S,
    STOP,
    TRIES,
    WELCOME,
    Process,
    bear,
    free_port,
    same_reference,
)

BEAT, CARL, DORA = "41791234502", "41791234503", "41791234504"
LEASE = "heartbeat_s: 0.5\ndead_after_s: 4\npoll_s: 0.2\n"
SOON_S = 30.0
"""A guard; the take-over comes after 4 to 5 s."""


class Pair:
    """Two nodes, their carrier and their merchant."""

    def __init__(self, folder: Path, nursery: Path, database: str) -> None:
        self.folder, self._nursery, self._database = folder, nursery, database
        form = CarrierForm(name="helvetia", system_id="astro", password="secret", redelivery_s=0.1)
        self.carrier = Carrier(form, limit=50_000)
        self.merchant = Merchant(network="SWISSCOM8CH4")
        self.gateways: list[str] = []
        self.nodes: list[Process] = []

    async def opens(self) -> None:
        """Everyone begins; both nodes are bound."""
        smsc = await self.carrier.listen()
        await self.merchant.start()
        await self._makes_key()
        for name in ("one", "two"):
            folder = self.folder / name
            folder.mkdir()
            http = f"127.0.0.1:{free_port()}"
            config = CONFIG.format(folder=folder, http=http, smsc=smsc, receipt_wait_s=60)
            config = config.replace(f"sqlite:///{folder}/smsc.db", f'"{self._database}"')
            own = f'admin_socket: "{folder}/admin"\n{LEASE}'
            (folder / "smsc.yaml").write_text(own + config, encoding="utf-8")
            keywords = KEYWORDS.format(url=self.merchant.url, goodbye_s=2)
            (folder / "keywords.yaml").write_text(keywords, encoding="utf-8")
            self.gateways.append(f"http://{http}")
            self.nodes.append(await bear(self._nursery, folder / "smsc.yaml"))
            await self.carrier.is_bound(links=len(self.nodes), timeout=START_S)
        self.merchant.gateway = self.gateways[0]

    async def closes(self) -> None:
        """End everyone."""
        for node in self.nodes:
            if node.runs:
                await node.gets_signal(signal.SIGKILL)
        await self.carrier.stop()
        await self.merchant.stop()
        for name in ("one", "two"):
            if (log := self.folder / name / "server.log").exists():
                print(log.read_text(encoding="utf-8"))

    async def kills_the_first(self) -> None:
        """SIGKILL, and the carrier has noticed."""
        assert await self.nodes[0].gets_signal(signal.SIGKILL) == -signal.SIGKILL
        async with asyncio.timeout(SOON_S):
            while len(self.carrier.links) > 1:
                await self.carrier.events.grows(beyond=self.carrier.events.last)
        self.merchant.gateway = self.gateways[1]

    async def confirms(self, number: str) -> Callback:
        """HOROSKOP and START HOROSKOP; the MO as the merchant was told it."""
        handset = Handset(self.carrier, number)
        assert await handset.texts(KEYWORD, to="543", tries=TRIES) == 0
        await handset.gets(REQUEST_SAYS, timeout=SOON_S)
        assert await handset.texts(START, to="543", tries=TRIES) == 0
        return await self.merchant.gets(
            action="mpush_ir_message", message=KEYWORD, number=number, timeout=SOON_S
        )

    async def subscribes(self, number: str) -> Callback:
        """As `confirms`, with the welcome delivered."""
        mo = await self.confirms(number)
        assert await self.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
        await self.is_reported(mo, "w1")
        return mo

    async def is_reported(self, mo: Callback, callback_id: str) -> None:
        """Wait until the merchant was told that this was delivered."""
        await self.merchant.gets(id=f"{mo['id']}|{callback_id}", report="DELIVERED", timeout=SOON_S)

    def submits(self, contains: str, *, to: str) -> list[Pdu]:
        """Every submit_sm of any node to a number with these words."""
        passed = [p.pdu for p in self.carrier.pdus.all() if p.direction == "in"]
        return [
            pdu
            for pdu in passed
            if pdu.command is Command.SUBMIT_SM
            and contains.encode("ascii") in pdu.octets("short_message")
            and pdu.text("destination_addr") == to
        ]

    async def is_submitted(self, contains: str, *, to: str) -> None:
        """Wait until the carrier was given this."""
        async with asyncio.timeout(SOON_S):
            while not self.submits(contains, to=to):
                await self.carrier.pdus.grows(beyond=self.carrier.pdus.last)

    async def timeline(self, number: str) -> Timeline:
        """Everything stored of a number."""
        store = Store.open(self._database, readers=1)
        try:
            return await store.read(lambda r: r.timeline(Msisdn(number)))
        finally:
            await store.close()

    async def _makes_key(self) -> None:
        store = Store.open(self._database, readers=1)
        key = await store.run(lambda tx: tx.create_key("astro", datetime.now(UTC)))
        self.merchant.cc, self.merchant.ekey = key.cc, key.ekey
        await store.close()


@pytest.fixture
async def pair(tmp_path: Path, nursery: Path) -> AsyncIterator[Pair]:
    """Two nodes on a database of their own."""
    opened = Pair(tmp_path, nursery, postgres.shared().new_database())
    await opened.opens()
    try:
        yield opened
    finally:
        await opened.closes()


@pytest.mark.parametrize("pair", [k for k in postgres.databases() if k == "postgresql"], indirect=True)
async def test_D3_the_other_node_goes_on_with_all_that_a_killed_one_had_in_hand(pair: Pair) -> None:
    anna, beat = await pair.subscribes(ANNA), await pair.confirms(BEAT)
    await pair.subscribes(CARL)
    pair.carrier.holds_answers()
    assert await pair.merchant.content(anna, CONTENT, callback_id="c1") == "SUCCESS"
    assert await pair.merchant.welcome(beat, WELCOME, callback_id="w1") == "SUCCESS"
    await pair.is_submitted(CONTENT, to=ANNA)
    await pair.is_submitted("Willkommen", to=BEAT)
    assert await Handset(pair.carrier, CARL).texts(STOP, to="543", tries=TRIES) == 0
    await pair.kills_the_first()
    pair.carrier.answers_again()

    await pair.merchant.gets(message="ask horoskop stop", number=CARL, timeout=SOON_S)
    await Handset(pair.carrier, CARL).gets(OWN_GOODBYE, timeout=SOON_S)
    dora = await pair.subscribes(DORA)
    assert await pair.merchant.content(dora, CONTENT, callback_id="c1") == "SUCCESS"
    await pair.is_reported(dora, "c1")
    await pair.is_reported(beat, "w1")
    await pair.is_reported(anna, "c1")

    welcomes = pair.submits("Willkommen", to=BEAT)
    assert len(welcomes) == 2 and same_reference(welcomes), (
        "free and in flight: once more, as the same message"
    )
    assert len(pair.submits(CONTENT, to=ANNA)) == 1, "billed and in flight: never again (CH3)"
    assert len(pair.submits(OWN_GOODBYE, to=CARL)) == 1
    for number in (ANNA, DORA):
        charges = [row.state for row in (await pair.timeline(number)).charges]
        assert charges == [ChargeState.PENDING, ChargeState.CHARGED]
