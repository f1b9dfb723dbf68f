"""S2 with foreign SMPP at the carrier's end: node-smpp is the SMSC we dial, smpplib the carrier that dials us."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.smpp

from smsc.app.compose import Running, start
from smsc.config import load_config
from smsc.pipeline.clock import WallClock
from smsc.sim.merchant import Merchant
from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME

if TYPE_CHECKING:
    from tests.interop.conftest import NodeSmpp

ANNA = "41791234567"
SOON_S = 10.0
RECEIPT = 0x04
"""esm_class of a delivery receipt (SMPP v3.4 §5.2.12)."""

SHARED = """
database: "sqlite:///{folder}/smsc.db"
http: {{listen: "127.0.0.1:0"}}
callbacks: {{allow: ["127.0.0.0/8"]}}
drain_s: 2
"""
WE_DIAL = """
carriers:
  helvetia:
    country: CH
    networks: ["22801", SWISSCOM8CH4]
    tariffs: {{"CHF 0.00": {{service_type: FREE}}, "CHF 3.00": {{tlv: {{0x1401: "0300"}}}}}}
    binds: [{{address: "{address}", system_id: astro, password: secret}}]
"""
THEY_DIAL = """
smpp: {{listen: {{address: "127.0.0.1:0"}}}}
carriers:
  helvetia:
    country: CH
    networks: ["22801", SWISSCOM8CH4]
    mt_pdu: deliver_sm
    tariffs: {{"CHF 0.00": {{service_type: FREE}}, "CHF 3.00": {{service_type: P300}}}}
    accounts: [{{system_id: helvetia, password: secret}}]
"""
KEYWORDS = """
short_codes:
  "543": {{country: CH, role: premium, carriers: [helvetia]}}
merchants:
  astro: {{name: Astro AG, hotline: "0800 123 456", callback: {{url: "{url}", format: messagecloud}}}}
campaigns:
  - {{keyword: HOROSKOP, short_code: "543", merchant: astro, profile: ch-mo, language: de,
      price: "3.00", currency: CHF, frequency: {{messages: 5, per: week}}}}
"""


@asynccontextmanager
async def serving(folder: Path, config: str) -> AsyncIterator[tuple[Running, Merchant]]:
    """A server in real time with its merchant."""
    merchant = Merchant(network="SWISSCOM8CH4", cc="astro")
    url = await merchant.start()
    settings = load_config(SHARED.format(folder=folder) + config, file="smsc.yaml", environ={})
    server = await start(settings, KEYWORDS.format(url=url))
    now = WallClock().now()
    merchant.ekey = (await server.store.run(lambda tx: tx.create_key("astro", now))).ekey
    merchant.gateway = f"http://{server.http_address}"
    try:
        yield server, merchant
    finally:
        await server.stop()
        await merchant.stop()


async def plays_s2(merchant: Merchant, texts: Callable[[str], Any], hears: Callable[[str], Any]) -> None:
    """The whole flow, with whoever is the carrier."""
    await texts("HOROSKOP")
    await hears("Start: START HOROSKOP an 543")
    await texts("START HOROSKOP")
    mo = await merchant.gets(message="HOROSKOP", number=ANNA)
    assert await merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    await hears("Willkommen bei HOROSKOP!")
    assert await merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await hears(CONTENT)
    await merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await texts("STOP HOROSKOP")
    await merchant.gets(message="ask horoskop stop", registration=mo["id"])
    assert (await merchant.content(mo, CONTENT, callback_id="c2")).startswith("BARRED")
    assert await merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    await hears(GOODBYE)


async def test_S2_over_a_bind_to_node_smpp(tmp_path: Path, node_smpp: NodeSmpp) -> None:
    node = await node_smpp.start("carrier.js")
    port = await node.says("port")
    async with serving(tmp_path, WE_DIAL.format(address=f"127.0.0.1:{port}")) as (_, merchant):
        assert await node.says("bound") == "astro"

        async def texts(text: str) -> None:
            assert node.process.stdin is not None
            node.process.stdin.write(json.dumps({"from": ANNA, "to": "543", "text": text}).encode() + b"\n")
            await node.process.stdin.drain()

        async def hears(wanted: str) -> None:
            while wanted not in (await node.says("mt"))["text"]:
                pass

        await plays_s2(merchant, texts, hears)
    refused = [fact for word, fact in node.said if word in ("mo", "receipt") and fact not in (0,)]
    assert all(fact["status"] == 0 for fact in refused), "every MO and receipt was taken"


class NumberingClient(smpplib.client.Client):  # type: ignore[misc]
    """Answers every deliver_sm with an id of its own, as a carrier does; smpplib leaves it out."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.taken: list[str] = []
        self._ids = itertools.count(1)

    def _message_received(self, pdu: Any) -> None:
        status = self.message_received_handler(pdu=pdu)
        message_id = f"{next(self._ids):08d}"
        self.taken.append(message_id)
        answer = smpplib.smpp.make_pdu("deliver_sm_resp", client=self, status=status, message_id=message_id)
        answer.sequence = pdu.sequence
        self.send_pdu(answer)


class SmpplibCarrier:
    """smpplib binds to our listener: submits MOs and receipts, takes MTs as deliver_sm. Blocking: used in a thread."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._client = NumberingClient(host, int(port), allow_unknown_opt_params=True, timeout=SOON_S)
        self._client.set_message_received_handler(self._take)
        self._heard: list[str] = []
        self._client.connect()
        self._client.bind_transceiver(system_id="helvetia", password="secret")

    def _take(self, pdu: Any) -> int:
        self._heard.append(pdu.short_message.decode("latin-1"))
        return int(smpplib.consts.SMPP_ESME_ROK)

    def texts(self, text: str, *, esm_class: int = 0) -> None:
        """One MO, or a receipt."""
        self._client.send_message(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=ANNA,
            dest_addr_ton=3,
            destination_addr="543",
            short_message=text.encode(),
            esm_class=esm_class,
        )

    def hears(self, wanted: str) -> None:
        """Read until an MT has these words."""
        while not any(wanted in text for text in self._heard):
            self._client.read_once(auto_send_enquire_link=False)
        self._heard.clear()
        for message_id in self._client.taken:
            receipt = (
                f"id:{message_id} sub:001 dlvrd:001 submit date:2603011200 done date:2603011200 stat:DELIVRD"
            )
            self.texts(f"{receipt} err:000 text:", esm_class=RECEIPT)
        self._client.taken.clear()

    def ends(self) -> None:
        """Unbind and hang up."""
        self._client.unbind()
        self._client.disconnect()


@pytest.mark.usefixtures("smpplib")
async def test_S2_over_a_bind_of_smpplib(tmp_path: Path) -> None:
    async with serving(tmp_path, THEY_DIAL.format()) as (server, merchant):
        carrier = await asyncio.to_thread(SmpplibCarrier, server.smpp_addresses[0])

        async def texts(text: str) -> None:
            await asyncio.to_thread(carrier.texts, text)

        async def hears(wanted: str) -> None:
            await asyncio.to_thread(carrier.hears, wanted)

        try:
            await plays_s2(merchant, texts, hears)
        finally:
            await asyncio.to_thread(carrier.ends)
