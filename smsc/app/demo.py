"""`smsc demo`: a server with a simulated carrier and merchant plays the Swiss flow, then serves a page to try it.

The server runs here, on SQLite in a temporary folder; carrier and merchant are processes of their own, reached
over TCP. Everything ends with this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smsc.app.compose import start
from smsc.config import load_config
from smsc.sim.child import Child
from smsc.sim.page import DemoPage, PageSettings
from smsc.sim.record import Record
from smsc.sim.story import Line, Story
from smsc.sim.telling import stamp
from smsc.store import Store, migrate

ANNA = "41790001234"
CODE, KEYWORD = "543", "HOROSKOP"
STEP_S = 20.0
HOLD = timedelta(milliseconds=250)
"""How long a line waits for its answer and for earlier lines of the other process."""
PORTS_TRIED = 50
TONES = {"plain": "", "money": "yellow", "good": "green", "bad": "red"}


class DemoFailed(Exception):
    """The conversation did not go as it should; the text says what was waited for."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What listens where, all on 127.0.0.1."""

    http: int
    smpp: int
    carrier: int
    carrier_control: int
    merchant: int
    merchant_control: int


def choose_ports(console: Console, *, http: int, smpp: int) -> Ports:
    """The wanted ports, or the next free ones; says which were taken.  Raises: OSError: none is free."""
    taken: set[int] = set()
    wanted = {
        "http": (http, "the page"),
        "smpp": (smpp, "the SMPP listener"),
        "carrier": (2776, "the carrier"),
        "carrier_control": (8091, "the carrier's control"),
        "merchant": (9000, "the merchant"),
        "merchant_control": (8092, "the merchant's control"),
    }
    chosen: dict[str, int] = {}
    for name, (port, what) in wanted.items():
        free = next((p for p in range(port, port + PORTS_TRIED) if p not in taken and _is_free(p)), None)
        if free is None:
            raise OSError(f"no port from {port} to {port + PORTS_TRIED - 1} is free for {what}")
        if free != port:
            console.print(f"Port {port} is taken: {what} takes {free}.", highlight=False)
        taken.add(free)
        chosen[name] = free
    return Ports(**chosen)


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


class Demo:
    """Everything of one demo: two children, the server, what they say."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.events: Record[dict[str, Any]] = Record()
        self._story = Story({ANNA: "Anna"})
        self._client = httpx.AsyncClient(timeout=STEP_S, trust_env=False)
        self._carrier = Child("carrier", hear=self._hear)
        self._merchant = Child("merchant", hear=self._hear)
        self.ekey = ""

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
            self.ekey = await _make_key(config.database)
            await self._start_children(ports, environ, ekey=self.ekey)
            page = DemoPage(
                PageSettings(ANNA, CODE, (KEYWORD, f"START {KEYWORD}", f"STOP {KEYWORD}", "HELP")),
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

    async def _start_children(self, ports: Ports, environ: dict[str, str], *, ekey: str) -> None:
        carrier = self._carrier.start(
            (
                *("--listen", f"127.0.0.1:{ports.carrier}"),
                *("--control", f"127.0.0.1:{ports.carrier_control}"),
                *("--ids", "hex-to-decimal"),
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
            environ={"SMSC_MERCHANT_EKEY": ekey},
        )
        await asyncio.gather(carrier, merchant)

    # The conversation

    async def play(self) -> None:
        """S2 from the keyword to the goodbye.  Raises: DemoFailed."""
        await self._post("/faults", {"outcome": "undeliv", "msisdn": ANNA, "contains": "Venus"})
        self._chapter("Anna texts the keyword; the server asks for her consent")
        await self._texts(KEYWORD)
        await self.hears("the request", kind="mt", contains=f"START {KEYWORD}")
        self._chapter("She confirms; now the merchant learns of her, welcomes her and sends what she ordered")
        await self._texts(f"START {KEYWORD}")
        await self.hears("the forwarded message", kind="callback", message=KEYWORD)
        await self.hears("the welcome", kind="mt", contains="Willkommen")
        await self.hears("the charge", kind="callback", report="DELIVERED", billed=True)
        await self.hears("the failed charge", kind="callback", report="FAILED", billed=True)
        self._chapter("She stops; the merchant says goodbye")
        await self._texts(f"STOP {KEYWORD}")
        await self.hears("the stop notice", kind="callback", contains="ask ")
        await self.hears("the goodbye", kind="mt", contains="beendet")

    async def _texts(self, text: str) -> None:
        await self._post("/mo", {"msisdn": ANNA, "short_code": CODE, "text": text})

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = await self._client.post(f"{self._carrier.ready['control']}{path}", json=body)
        if answer.is_error:
            raise DemoFailed(f"the carrier refuses {path}: {answer.text}")

    async def hears(
        self, what: str, *, kind: str, contains: str = "", billed: bool = False, **values: str
    ) -> None:
        """Wait for an event.  Raises: DemoFailed: it does not come."""
        ids: set[str] = set()

        def matches(number: int, event: dict[str, Any]) -> bool:
            if event["kind"] == "call" and event["params"].get("value", "0.00") != "0.00":
                ids.add(event["params"]["id"])
            fields = event.get("fields", {}) if kind == "callback" else event
            return (
                event["kind"] == kind
                and contains in (event.get("text") or fields.get("message") or "")
                and (not billed or fields.get("id") in ids)
                and all(fields.get(name) == value for name, value in values.items())
            )

        try:
            await self.events.find(matches, timeout=STEP_S)
        except TimeoutError:
            raise DemoFailed(f"{what} did not come within {STEP_S:.0f} s") from None

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

    def _chapter(self, title: str) -> None:
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


async def _make_key(database: str) -> str:
    """A key of the demo's merchant, in a database made for it."""
    await asyncio.to_thread(migrate, database)
    store = await asyncio.to_thread(Store.open, database)
    try:
        now = datetime.now(UTC)
        return (await store.run(lambda tx: tx.create_key("astro", now))).ekey
    finally:
        await store.close()


async def run_demo(*, once: bool, http_port: int, smpp_port: int) -> None:
    """Play, then stay up until SIGINT or SIGTERM (with `once`: do not).

    Raises: DemoFailed, ChildFailed, OSError.
    """
    console = Console(width=None if os.isatty(1) else 150)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    ports = choose_ports(console, http=http_port, smpp=smpp_port)
    with tempfile.TemporaryDirectory(prefix="smsc-demo-") as folder:
        demo = Demo(console)
        work = asyncio.create_task(_demonstrate(demo, folder, ports, once=once))
        stopped = asyncio.create_task(ended.wait())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            console.print("\nEnding: the binds are drained, carrier and merchant end.")
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _demonstrate(demo: Demo, folder: str, ports: Ports, *, once: bool) -> None:
    console = demo.console
    console.print("Starting the server on SQLite, a carrier over SMPP and a merchant over HTTP ...")
    async with demo.running(folder, ports) as url:
        telling = asyncio.create_task(demo.tell())
        try:
            await demo.play()
            await asyncio.sleep(2 * HOLD.total_seconds())
            if once:
                return
            console.print()
            console.print(Text(f"Open {url} and text {CODE} yourself. Ctrl-C ends everything.", style="bold"))
            console.print(f"Or at another terminal: smsc handset --server 127.0.0.1:{ports.smpp}")
            key = f"cc=astro ekey={demo.ekey}"
            console.print(f"Or as the merchant, with curl: {url}gateway {key}", highlight=False, soft_wrap=True)
            await asyncio.Event().wait()
        finally:
            telling.cancel()
            demo.tell_until(datetime.now(UTC))
