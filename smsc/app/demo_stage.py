"""Everyone who takes part in a demo: the server here, carrier and merchant as processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smsc.app.compose import start
from smsc.app.demo_ports import Ports
from smsc.config import load_config
from smsc.sim.child import Child
from smsc.sim.page import DemoPage, PageSettings
from smsc.sim.record import Record
from smsc.sim.story import Line, Story
from smsc.sim.telling import stamp
from smsc.store import NewKey, Store, migrate

ANNA, MOJCA, LIZ, JOE = "41790001234", "38640123456", "14155550123", "14155550199"
NAMES = {ANNA: "Anna", MOJCA: "Mojca", LIZ: "Liz", JOE: "Joe"}
CODES = {
    "543": ("HOROSKOP", "START HOROSKOP", "STOP HOROSKOP", "HELP"),
    "444999": ("PIZZA", "HOURS", "HELP", "STOP"),
    "77007": ("YES", "NO", "Is there a table for two?", "STOP"),
    "3030": ("DA", "STOP ZVEZDE", "HELP"),
    "77010": ("Y", "N", "HELP", "STOP"),
}
"""What the page offers to text, and where."""
YOURS = ("tarot", "cafe", "quiz", "news")
"""Merchants without a program: whoever watches plays them, with curl."""
MERCHANTS = ("astro", "pizza", "finder", *YOURS)
STEP_S = 20.0
HOLD = timedelta(milliseconds=250)
"""How long a line waits for its answer and for earlier lines of the other process."""
TONES = {"plain": "", "money": "yellow", "good": "green", "bad": "red"}


class DemoFailed(Exception):
    """The conversation did not go as it should; the text says what was waited for."""


class Demo:
    """Everything of one demo: two children, the server, what they say."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.events: Record[dict[str, Any]] = Record()
        self._story = Story(NAMES)
        self._client = httpx.AsyncClient(timeout=STEP_S, trust_env=False)
        self._carrier = Child("carrier", hear=self._hear)
        self._merchant = Child("merchant", hear=self._hear)
        self._told: set[int] = set()
        self.keys: dict[str, NewKey] = {}

    def _hear(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._story.add(event)

    @contextlib.asynccontextmanager
    async def running(self, folder: str, ports: Ports) -> AsyncIterator[str]:
        """Start everything, give the page's URL, end everything."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._client.aclose)
            stack.push_async_callback(self._carrier.stop)
            stack.push_async_callback(self._merchant.stop)
            environ = {
                "DEMO_FOLDER": folder,
                "DEMO_CARRIER_PASSWORD": secrets.token_hex(4),
                **{f"DEMO_{name.upper()}_PORT": str(getattr(ports, name)) for name in ports.__slots__},
            }
            config = load_config(_shipped("demo_smsc.yaml"), file="demo_smsc.yaml", environ=environ)
            self.keys = await _make_keys(config.database)
            await self._start_children(ports, environ)
            page = DemoPage(
                PageSettings(ANNA, "543", CODES),
                carrier=self._carrier.ready["control"],
                merchant=self._merchant.ready["control"],
            )
            running = await start(
                config,
                _shipped("demo_keywords.yaml"),
                keywords_file="demo_keywords.yaml",
                environ=environ,
                extra_routes=page.routes,
            )
            stack.push_async_callback(running.stop)
            stack.push_async_callback(page.close)
            await self.hears("the bind", kind="bind", state="bound")
            yield f"http://{running.http_address}/"

    async def _start_children(self, ports: Ports, environ: dict[str, str]) -> None:
        carrier = self._carrier.start(
            (
                *("--listen", f"127.0.0.1:{ports.carrier}"),
                *("--control", f"127.0.0.1:{ports.carrier_control}"),
                *("--ids", "hex-to-decimal"),
                *("--price", "0x1401=0300:CHF 3.00"),
                *("--price", "0x1401=0149:EUR 1.49"),
            ),
            environ={"SMSC_CARRIER_PASSWORD": environ["DEMO_CARRIER_PASSWORD"]},
        )
        merchant = self._merchant.start(
            (
                *("--listen", f"127.0.0.1:{ports.merchant}"),
                *("--control", f"127.0.0.1:{ports.merchant_control}"),
                *("--server", f"http://127.0.0.1:{ports.http}"),
                *("--cc", "astro", "--auto"),
            ),
            environ={"SMSC_MERCHANT_EKEY": self.keys["astro"].ekey},
        )
        await asyncio.gather(carrier, merchant)

    # What a story does

    async def fails_once(self, msisdn: str, *, contains: str) -> None:
        """The carrier will not deliver the next MT to this number with these words."""
        await self._post(
            self._carrier, "/faults", {"outcome": "undeliv", "msisdn": msisdn, "contains": contains}
        )

    async def texts(self, msisdn: str, text: str, *, to: str) -> None:
        """A handset texts a code."""
        await self._post(self._carrier, "/mo", {"msisdn": msisdn, "short_code": to, "text": text})

    async def calls(self, **params: str) -> str:
        """Astro AG calls /gateway; the answer's body."""
        answer = await self._post(self._merchant, "/call", params)
        return str(answer["body"])

    async def asks(
        self, path: str, *, headers: Mapping[str, str], status: int = 200, contains: str = "", **body: object
    ) -> None:
        """The merchant's process calls another API; `body` has `form` or `json`.  Raises: DemoFailed."""
        answer = await self._post(
            self._merchant, "/request", {"path": path, "headers": dict(headers), **body}
        )
        if answer["status"] != status or contains not in answer["body"]:
            raise DemoFailed(f"{path} answers {answer['status']} {answer['body']}")

    async def _post(self, child: Child, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(f"{child.ready['control']}{path}", json=body)
        if answer.is_error:
            raise DemoFailed(f"the {child.verb} refuses {path}: {answer.text}")
        read: dict[str, Any] = answer.json()
        return read

    async def hears(
        self, what: str, *, kind: str, contains: str = "", billed: bool = False, **values: str
    ) -> dict[str, Any]:
        """Wait for an event that nobody waited for yet; its fields.  Raises: DemoFailed: it does not come."""
        ids: set[str] = set()

        def matches(number: int, event: dict[str, Any]) -> bool:
            if event["kind"] == "call" and event["params"].get("value", "0.00") != "0.00":
                ids.add(event["params"]["id"])
            fields = event.get("fields", {}) if kind == "callback" else event
            return (
                event["kind"] == kind
                and number not in self._told
                and contains in (event.get("text") or fields.get("message") or "")
                and (not billed or fields.get("id") in ids)
                and all(fields.get(name) == value for name, value in values.items())
            )

        try:
            number, event = await self.events.find(matches, timeout=STEP_S)
        except TimeoutError:
            raise DemoFailed(f"{what} did not come within {STEP_S:.0f} s") from None
        self._told.add(number)
        fields: dict[str, Any] = event["fields"] if kind == "callback" else event
        return fields

    # The terminal

    async def tell(self) -> None:
        """Print lines as they ripen, for ever."""
        while True:
            await asyncio.sleep(HOLD.total_seconds() / 4)
            self.tell_until(datetime.now(UTC) - HOLD)

    def tell_until(self, at: datetime) -> None:
        """Print what happened up to `at`."""
        for line in self._story.told_until(stamp(at)):
            self.console.print(_row(line))

    def chapter(self, title: str) -> None:
        """A heading; what happened until now stands above it."""
        self.tell_until(datetime.now(UTC))
        self.console.print()
        self.console.print(Text(title, style="bold"))


def _row(line: Line) -> Table:
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=20, no_wrap=True)
    row.add_column(ratio=5)
    row.add_column(ratio=4)
    means = Text(line.means, style="dim")
    if line.answer:
        means.append(f"\n{line.answer}")
    row.add_row(Text(f"{line.speaker} > {line.listener}"), Text(line.said, style=TONES[line.tone]), means)
    return row


def _shipped(name: str) -> str:
    return files("smsc.app").joinpath(name).read_text(encoding="utf-8")


async def _make_keys(database: str) -> dict[str, NewKey]:
    """A key of each of the demo's merchants, in a database made for it."""
    await asyncio.to_thread(migrate, database)
    store = await asyncio.to_thread(Store.open, database)
    try:
        now = datetime.now(UTC)
        return await store.run(lambda tx: {name: tx.create_key(name, now) for name in MERCHANTS})
    finally:
        await store.close()
