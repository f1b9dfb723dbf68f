"""The stage of the conversation tests: a server, a carrier, a merchant and handsets, over real TCP and real HTTP.

Only business time is driven; SMPP, HTTP and the database are the real ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from smsc.app.compose import Running, start
from smsc.config import load_config
from smsc.optin.standing import Subscription
from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm
from smsc.sim.handset import Handset
from smsc.sim.merchant import Merchant
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.store import MtRow
from tests.driven import DrivenClock

ANNA = "41791234501"
BEAT = "41791234577"
STRANGER = "41799999977"

CONFIG = """{server}
database: "{database}"
admin_socket: "{folder}/smsc.admin"
http: {{listen: "127.0.0.1:0"}}
callbacks: {{allow: ["127.0.0.0/8"]}}
carriers:
  helvetia:
    country: CH
    networks: ["22801", SWISSCOM8CH4]
    prefixes: ["41"]
    receipt_wait_s: 86400
    tariffs:
      "CHF 0.00": {{service_type: FREE}}
      "CHF 3.00": {{tlv: {{0x1401: "0300"}}}}
      "CHF 1.00": {{tlv: {{0x1401: "0100"}}}}
      "EUR 1.49": {{tlv: {{0x1401: "0149"}}}}
      "GBP 4.50": {{tlv: {{0x1401: "0450"}}}}
      "EUR 5.00": {{tlv: {{0x1401: "0500"}}}}
    binds:
      - {{address: "{smsc}", system_id: astro, password: secret, mode: transceiver, window: 50,
          timers: {{response_s: 2}}, rebind: {{initial_s: 0.02}}}}
{carrier}
"""

KEYWORDS = """
short_codes:
  "543": {{country: CH, role: premium, carriers: [helvetia], unknown_reply: "Unbekannt. Hilfe: HELP an 543"}}
  "3030": {{country: SI, role: premium, carriers: [helvetia]}}
  "444999": {{country: US, role: marketing, carriers: [helvetia], unknown_reply: "Unknown keyword. HELP for help."}}
  "77007": {{country: US, role: communication, carriers: [helvetia]}}
  "77008": {{country: US, role: communication, carriers: [helvetia]}}
merchants:
  pizza: {{name: Tony's Pizza, hotline: "800-555-0100", callback: {{url: "{pizza}", format: crmtext}}}}
  salon: {{name: Salon Bella, hotline: "800-555-0200", callback: {{url: "{salon}", format: crmtext}}}}
  astro: {{name: Astro AG, hotline: "0800 123 456", callback: {{url: "{url}", format: messagecloud}}}}
  rival: {{name: Rival GmbH, hotline: "0800 999 999"}}
campaigns:
  - {{keyword: HOROSKOP, aliases: [HORO], short_code: "543", merchant: astro, profile: ch-mo, language: de,
      price: "3.00", currency: CHF, frequency: {{messages: 5, per: week}}}}
  - {{keyword: SPRUCH, short_code: "543", merchant: astro, profile: ch-mo, language: de,
      price: "1.00", currency: CHF, frequency: {{messages: 7, per: week}}}}
  - {{keyword: ZVEZDE, short_code: "3030", merchant: astro, profile: si-web, language: sl,
      price: "1.49", currency: EUR, frequency: {{messages: 3, per: week}}}}
  - keyword: PIZZA
    short_code: "444999"
    merchant: pizza
    profile: us-store
    language: en
    pool: ["77007", "77008"]
    responders: {{HOURS: {{active: "Open 11 to 11, regulars from 10.", other: "Open 11 to 11. Text PIZZA to join."}}}}
  - {{keyword: SALON, short_code: "444999", merchant: salon, profile: us-store, language: en,
      pool: ["77007", "77008"], double_opt_in: false, duplicate_guard: false}}
  - {{keyword: TACO, short_code: "444999", merchant: pizza, profile: us-store, language: en, pool: ["77007", "77008"]}}
"""


class Stage:
    """Everyone who takes part. Made by `open_stage`.

    Args:  server: further keys of smsc.yaml, one a line.
           carrier: further keys of the carrier helvetia, indented by four, and after them other carriers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str = "",
        keywords: str = KEYWORDS,
        server: str = "",
        carrier: str = "",
    ) -> None:
        self.keywords = keywords
        self.folder = folder
        self._further = {"server": server, "carrier": carrier}
        self.database = database or f"sqlite:///{folder}/smsc.db"
        self.clock = DrivenClock()
        self.carrier = Carrier(CarrierForm(name="helvetia", system_id="astro", password="secret"))
        self.merchant = Merchant(network="SWISSCOM8CH4")
        self.rival = Merchant(network="SWISSCOM8CH4")
        self.pizza, self.salon = Merchant(), Merchant()
        self.server: Running
        self._smsc = ""

    async def opens(self) -> None:
        """Start everyone and wait until the server is bound."""
        self._smsc = await self.carrier.listen()
        for merchant in (self.merchant, self.pizza, self.salon):
            await merchant.start()
        await self.server_starts()
        accounts = {"astro": self.merchant, "rival": self.rival, "pizza": self.pizza, "salon": self.salon}
        for name, merchant in accounts.items():
            await self._opens_account(merchant, name)

    async def _opens_account(self, merchant: Merchant, name: str) -> None:
        now = self.clock.now()
        key = await self.server.store.run(lambda tx: tx.create_key(name, now))
        merchant.cc, merchant.ekey = key.cc, key.ekey

    async def server_starts(self) -> None:
        """Start the server on the stage's database."""
        config = CONFIG.format(database=self.database, folder=self.folder, smsc=self._smsc, **self._further)
        keywords = self.keywords.format(url=self.merchant.url, pizza=self.pizza.url, salon=self.salon.url)
        self.keywords_file = self.folder / "keywords.yaml"
        self.keywords_file.write_text(keywords, encoding="utf-8")
        self.server = await start(
            load_config(config, file="smsc.yaml", environ={}),
            keywords,
            clock=self.clock,
            reload_from=self.keywords_file,
        )
        self.merchant.gateway = self.rival.gateway = f"http://{self.server.http_address}"
        await self.carrier.is_bound()

    async def closes(self) -> None:
        """Stop everyone."""
        await self.server.stop()
        merchants = (self.merchant, self.rival, self.pizza, self.salon)
        await asyncio.gather(self.carrier.stop(), *(merchant.stop() for merchant in merchants))

    def handset(self, msisdn: str) -> Handset:
        """A subscriber's phone."""
        return Handset(self.carrier, msisdn)

    async def rebinds(self, *, beyond: int) -> None:
        """Wait for a bind made after the carrier's event number `beyond`."""
        await self.carrier.events.find(
            lambda number, event: number > beyond and event["kind"] == "bind" and event["state"] == "bound",
            timeout=20.0,
        )

    def submits(self, *, contains: str) -> list[Pdu]:
        """Every submit_sm the carrier was given whose text has these words, in order."""
        wanted = contains.encode("ascii")
        return [
            passed.pdu
            for passed in self.carrier.pdus.all()
            if passed.pdu.command is Command.SUBMIT_SM and wanted in passed.pdu.octets("short_message")
        ]

    async def state(self, msisdn: str, campaign: str) -> str:
        """The state of a subscription in the store."""
        found = await self._subscription(msisdn, campaign)
        return found.state.value if found else "none"

    async def opening_mo(self, msisdn: str, campaign: str) -> int | None:
        """The id of the MO that opened the subscription's request."""
        found = await self._subscription(msisdn, campaign)
        return found.opening_mo if found else None

    async def _subscription(self, msisdn: str, campaign: str) -> Subscription | None:
        await self.settles()
        found = await self.server.store.read(lambda r: r.subscriptions(Msisdn(msisdn)))
        return next((s for s in found if s.campaign == campaign), None)

    async def mts(self, msisdn: str) -> list[MtRow]:
        """The outbox of a number, oldest first."""
        await self.settles()
        return (await self.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))).mts

    async def charges(self, msisdn: str) -> list[tuple[str, int, str]]:
        """Every transition of a number's charges, in order: (state, minor units, currency)."""
        await self.settles()
        found = (await self.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))).charges
        return [(row.state.value, row.minor, row.currency) for row in found]

    async def alarms(self) -> list[str]:
        """The kinds of all alarms."""
        await self.settles()
        return [alarm.kind for alarm in await self.server.store.read(lambda r: r.alarms())]

    async def settles(self) -> None:
        """Wait until nothing is on its way between the parties."""
        await self.server.settled()

    async def passes(self, **span: float) -> None:
        """Let business time pass: `await stage.passes(hours=1)`."""
        await self.clock.passes(timedelta(**span), self.settles)


@asynccontextmanager
async def open_stage(
    folder: Path, *, database: str = "", server: str = "", carrier: str = ""
) -> AsyncIterator[Stage]:
    """A stage for the length of a test."""
    stage = Stage(folder, database=database, server=server, carrier=carrier)
    await stage.opens()
    try:
        yield stage
    finally:
        await stage.closes()
