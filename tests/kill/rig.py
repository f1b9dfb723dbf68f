"""A `smsc serve` process on SQLite in real time, and its carrier, merchant and handsets in the test's own.

The process may be killed at any moment, by its doom or from outside; everyone else lives on, as in service.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from smsc.optin.standing import Subscription
from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm
from smsc.sim.handset import Handset
from smsc.sim.merchant import Callback, Merchant
from smsc.sim.receipts import ReceiptForm
from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.store import Reader, Store, StoredMo
from smsc.store.reader import Timeline

T = TypeVar("T")

ANNA = "41791234501"
KEYWORD, START, STOP = "HOROSKOP", "START HOROSKOP", "STOP HOROSKOP"
REQUEST_SAYS, OWN_GOODBYE = "START HOROSKOP an 543", "HOROSKOP: Du bist abgemeldet"
WELCOME = "Willkommen bei HOROSKOP! CHF 3.00/SMS, max 5/Woche. Stop: STOP HOROSKOP an 543. Hilfe 0800 123 456. Astro AG"
CONTENT = "Widder: ein guter Tag fuer Klartext."
TRIES = 5
GOODBYE_S = 2
RECEIPT_WAIT_S, SHORT_RECEIPT_WAIT_S = 120, 2
START_S = 60.0
"""A start takes a few tenths of a second; a machine under load gets this long."""

CONFIG = """
database: sqlite:///{folder}/smsc.db
http: {{listen: "{http}"}}
callbacks: {{allow: ["127.0.0.0/8"]}}
limits: {{retry_s: 0.2, retry_s_max: 0.5, batch_items_max: 40}}
drain_s: 2
carriers:
  helvetia:
    country: CH
    networks: ["22801", SWISSCOM8CH4]
    prefixes: ["41"]
    receipt_wait_s: {receipt_wait_s}
    tariffs:
      "CHF 0.00": {{service_type: FREE}}
      "CHF 3.00": {{tlv: {{0x1401: "0300"}}}}
    binds:
      - {{address: "{smsc}", system_id: astro, password: secret, mode: transceiver, window: 50,
          rebind: {{initial_s: 0.02}}}}
"""

KEYWORDS = """
short_codes:
  "543": {{country: CH, role: premium, carriers: [helvetia]}}
merchants:
  astro: {{name: Astro AG, hotline: "0800 123 456", callback: {{url: "{url}", format: messagecloud}}}}
campaigns:
  - {{keyword: HOROSKOP, short_code: "543", merchant: astro, profile: ch-mo, language: de,
      price: "3.00", currency: CHF, frequency: {{messages: 5, per: week}},
      deadlines: {{confirm: 60, goodbye: {goodbye_s}}}}}
"""


class Process:
    """One `smsc serve`, born in the nursery."""

    def __init__(self, pid: int, talk: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._writer = writer
        self.ended = asyncio.create_task(self._wait(talk), name=f"smsc {pid}")

    async def _wait(self, talk: asyncio.StreamReader) -> int:
        status = json.loads(await talk.readline())["status"]
        self._writer.close()
        return int(status)

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return not self.ended.done()

    async def ends(self) -> int:
        """Wait for its end: the exit code, or minus the signal that killed it."""
        async with asyncio.timeout(START_S):
            return await asyncio.shield(self.ended)

    async def gets_signal(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its end."""
        os.kill(self.pid, number)
        return await self.ends()


async def bear(nursery: Path, config: Path, *, point: str = "never", nth: int = 1) -> Process:
    """A `smsc serve` on this smsc.yaml and the keywords.yaml beside it; what it says goes to server.log there."""
    reader, writer = await asyncio.open_unix_connection(str(nursery))
    folder = config.parent
    order = {
        "point": point,
        "nth": nth,
        "args": ["serve", "--config", str(config), "--keywords", str(folder / "keywords.yaml")],
        "log": str(folder / "server.log"),
    }
    writer.write(json.dumps(order).encode() + b"\n")
    return Process(json.loads(await reader.readline())["pid"], reader, writer)


class Rig:
    """Everyone who takes part. Made by `open_rig`."""

    def __init__(self, folder: Path, *, nursery: Path, window: int = 100, echo: bool = True) -> None:
        self.folder, self._nursery = folder, nursery
        self._config = folder / "smsc.yaml"
        form = CarrierForm(
            name="helvetia",
            system_id="astro",
            password="secret",
            redelivery_s=0.1,
            window=window,
            prices={"0x1401=0300": "CHF 3.00"},
            receipt=ReceiptForm(echo_reference=echo),
        )
        self.carrier = Carrier(form, limit=50_000)
        self.merchant = Merchant(network="SWISSCOM8CH4")
        self.process: Process | None = None

    async def opens(self) -> None:
        """Carrier and merchant begin, and the merchant gets its key; the server is not started yet."""
        smsc = await self.carrier.listen()
        await self.merchant.start()
        http = f"127.0.0.1:{free_port()}"
        self.merchant.gateway = f"http://{http}"
        config = CONFIG.format(folder=self.folder, http=http, smsc=smsc, receipt_wait_s=RECEIPT_WAIT_S)
        self._config.write_text(config, encoding="utf-8")
        keywords = KEYWORDS.format(url=self.merchant.url, goodbye_s=GOODBYE_S)
        (self.folder / "keywords.yaml").write_text(keywords, encoding="utf-8")
        store = self._store()
        key = await store.run(lambda tx: tx.create_key("astro", datetime.now(UTC)))
        self.merchant.cc, self.merchant.ekey = key.cc, key.ekey
        await store.close()

    def soon_gives_up_on_receipts(self) -> None:
        """Before the first start: no receipt within `SHORT_RECEIPT_WAIT_S` is `unknown`."""
        told = self._config.read_text(encoding="utf-8")
        long, short = (f"receipt_wait_s: {wait}" for wait in (RECEIPT_WAIT_S, SHORT_RECEIPT_WAIT_S))
        assert long in told
        self._config.write_text(told.replace(long, short), encoding="utf-8")

    async def closes(self) -> None:
        """End everyone."""
        if self.process is not None and self.process.runs:
            await self.process.gets_signal(signal.SIGKILL)
        await self.carrier.stop()
        await self.merchant.stop()

    def log(self) -> str:
        """What the servers said."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    # The process

    async def starts_server(self, point: str = "never", nth: int = 1) -> None:
        """Start `smsc serve`, doomed to die when `point` is reached for the nth time, and wait until it is bound."""
        assert self.process is None or not self.process.runs
        self.process = await bear(self._nursery, self._config, point=point, nth=nth)
        bound = asyncio.ensure_future(self.carrier.is_bound(timeout=START_S))
        await asyncio.wait({bound, self.process.ended}, return_when=asyncio.FIRST_COMPLETED)
        assert self.process.runs, "the server ended as it began"
        await bound

    async def is_killed(self) -> None:
        """Wait until the doomed process has killed itself, and the carrier has noticed."""
        assert self.process is not None
        assert await self.process.ends() == -signal.SIGKILL, self.log()
        await self._is_gone()

    async def kills_server(self) -> None:
        """SIGKILL from outside."""
        assert self.process is not None
        assert await self.process.gets_signal(signal.SIGKILL) == -signal.SIGKILL
        await self._is_gone()

    async def stops_server(self) -> None:
        """SIGTERM: it drains and exits with 0 (D5)."""
        assert self.process is not None
        assert await self.process.gets_signal(signal.SIGTERM) == 0, self.log()
        await self._is_gone()

    async def _is_gone(self) -> None:
        async with asyncio.timeout(START_S):
            while self.carrier.links:
                await self.carrier.events.grows(beyond=self.carrier.events.last)

    # What happened

    def handset(self, msisdn: str = ANNA) -> Handset:
        """A subscriber's phone."""
        return Handset(self.carrier, msisdn)

    def submits(self, contains: str, *, to: str = "") -> list[Pdu]:
        """Every submit_sm the carrier was given whose text has these words, in order."""
        wanted = contains.encode("ascii")
        return [
            passed.pdu
            for passed in self.carrier.pdus.all()
            if passed.direction == "in"
            and passed.pdu.command is Command.SUBMIT_SM
            and wanted in passed.pdu.octets("short_message")
            and to in passed.pdu.text("destination_addr")
        ]

    def reports(self, full_id: str) -> set[str]:
        """What the merchant was told of a message; the same word twice is allowed (RP1: at least once)."""
        return {c["report"] for c in self.merchant.callbacks.all() if c["id"] == full_id and c["report"]}

    async def submitted(self, contains: str, *, times: int = 1) -> None:
        """Wait until the carrier was given this so many times."""
        async with asyncio.timeout(START_S):
            while len(self.submits(contains)) < times:
                await self.carrier.pdus.grows(beyond=self.carrier.pdus.last)

    async def reads(self, work: Callable[[Reader], T]) -> T:
        """Look into the database, whether the server lives or not."""
        store = self._store()
        try:
            return await store.read(work)
        finally:
            await store.close()

    def _store(self) -> Store:
        return Store.open(f"sqlite:///{self.folder}/smsc.db", readers=1)

    async def timeline(self, msisdn: str = ANNA) -> Timeline:
        """Everything stored of a number."""
        return await self.reads(lambda r: r.timeline(Msisdn(msisdn)))

    async def mos(self, text: str, msisdn: str = ANNA) -> list[StoredMo]:
        """The stored MOs of a number with this text, redeliveries left out."""
        found = (await self.timeline(msisdn)).mos
        return [s for s in found if s.mo.text == text and s.redelivery_of is None]

    async def state(self, msisdn: str = ANNA) -> str:
        """The state of the subscription in the store."""
        found: list[Subscription] = await self.reads(lambda r: r.subscriptions(Msisdn(msisdn)))
        return found[0].state.value if found else "none"

    async def charges(self, msisdn: str = ANNA) -> list[tuple[str, int]]:
        """Every transition of a number's charges in order."""
        return [(row.state.value, row.minor) for row in (await self.timeline(msisdn)).charges]

    # The usual beginnings

    async def confirms(self, handset: Handset) -> Callback:
        """HOROSKOP and START HOROSKOP; returns the original MO as the merchant was told it."""
        assert await handset.texts(KEYWORD, to="543", tries=TRIES) == 0
        await handset.gets(REQUEST_SAYS)
        assert await handset.texts(START, to="543", tries=TRIES) == 0
        return await self.merchant.gets(action="mpush_ir_message", message=KEYWORD, number=handset.msisdn)

    async def subscribes(self, handset: Handset) -> Callback:
        """As `confirms`, and the merchant's welcome has arrived and was reported."""
        mo = await self.confirms(handset)
        assert await self.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
        await handset.gets("Willkommen bei HOROSKOP!")
        await self.merchant.gets(action="mp_report", id=f"{mo['id']}|w1", report="DELIVERED")
        return mo


def same_reference(pdus: list[Pdu]) -> bool:
    """Whether all of them have one user_message_reference: the carrier can tell that they are one message (D3)."""
    return len({pdu.tlvs[Tag.USER_MESSAGE_REFERENCE] for pdu in pdus}) == 1


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def open_rig(
    folder: Path, *, nursery: Path, window: int = 100, echo: bool = True
) -> AsyncIterator[Rig]:
    """A rig for the length of a test; what the servers said is shown when the test fails."""
    rig = Rig(folder, nursery=nursery, window=window, echo=echo)
    await rig.opens()
    try:
        yield rig
    finally:
        await rig.closes()
        print(rig.log())
