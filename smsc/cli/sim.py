"""Verbs of the simulators: demo, handset, carrier, listen, merchant."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Annotated, Any

import typer

from smsc.cli.loop import run
from smsc.sim.astro import Programme
from smsc.sim.chat import Chat, ChatError
from smsc.sim.child import ChildFailed
from smsc.sim.form import USUAL_PRICES, CarrierForm
from smsc.sim.listening import told
from smsc.sim.merchant import Answer, Callback, Merchant
from smsc.sim.process import Mouth, run_carrier, run_merchant, until_told
from smsc.sim.receipt_styles import STYLES
from smsc.sim.receipts import IdStyle, ReceiptForm
from smsc.sms.alphabets import Alphabet

LINES_MAX = 1000


class DialectName(StrEnum):
    """How a carrier that dials speaks."""

    NORMAL = "normal"
    CARRIER_AS_ESME = "carrier_as_esme"


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("demo")(demo)
    app.command("handset")(handset)
    app.command("carrier")(carrier)
    app.command("listen")(listen)
    app.command("merchant", hidden=True)(merchant)


def _run(work: Coroutine[Any, Any, None], expected: tuple[type[Exception], ...] = ()) -> None:
    """Run until done; what a user can mend is one line on stderr and exit code 1."""
    mendable: tuple[type[Exception], ...] = (OSError, ValueError, *expected)
    try:
        run(work)
    except mendable as error:
        typer.echo(f"smsc: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


Json = Annotated[bool, typer.Option("--json", help="Print every event as one line of JSON.")]
UntilEof = Annotated[bool, typer.Option("--until-eof", hidden=True)]


def carrier(
    listen: Annotated[str, typer.Option(help="Take binds here.")] = "127.0.0.1:2776",
    dial: Annotated[str, typer.Option(help="Bind to this listener instead.")] = "",
    dialect: Annotated[
        DialectName, typer.Option(help="When dialling: which PDUs carry MOs and MTs.")
    ] = DialectName.NORMAL,
    control: Annotated[str, typer.Option(help="HTTP control API.")] = "127.0.0.1:8091",
    name: Annotated[str, typer.Option(help="Name of the carrier.")] = "helvetia",
    system_id: Annotated[str, typer.Option(help="Account of the ESME, or ours when dialling.")] = "smsc",
    password: Annotated[str, typer.Option(envvar="SMSC_CARRIER_PASSWORD", help="Its password.")] = "secret",
    alphabet: Annotated[Alphabet, typer.Option(help="What data_coding 0 means.")] = Alphabet.GSM7,
    ids: Annotated[IdStyle, typer.Option(help="Message ids in answers and in receipts.")] = IdStyle.DECIMAL,
    price: Annotated[
        list[str] | None,
        typer.Option(help="TARIFF:PRICE, e.g. '0x1401=0300:CHF 3.00' or 'service_type=P3:CHF 3.00'."),
    ] = None,
    receipt_tlvs: Annotated[bool, typer.Option(help="Receipts with TLVs beside the text.")] = True,
    receipt_style: Annotated[
        str, typer.Option(help=f"Dialect of receipts: {', '.join(STYLES)}.")
    ] = "standard",
    json: Json = False,
    until_eof: UntilEof = False,
) -> None:
    """A simulated carrier: takes binds, sends MOs, answers MTs, sends receipts, fails on request."""
    if receipt_style not in STYLES:
        raise typer.BadParameter(f"one of {', '.join(STYLES)} is wanted", param_hint="--receipt-style")
    prices = dict(USUAL_PRICES) if price is None else dict(_price(text) for text in price)
    form = CarrierForm(
        name=name,
        system_id=system_id,
        password=password,
        default_alphabet=alphabet,
        ids=ids,
        prices=prices,
        receipt=ReceiptForm(tlvs=receipt_tlvs, style=receipt_style),
    )
    mouth = Mouth(as_json=json, until_eof=until_eof)
    _run(run_carrier(form, listen=listen, dial=dial, dialect=dialect.value, control=control, mouth=mouth))


def _price(text: str) -> tuple[str, str]:
    tariff, colon, price = text.partition(":")
    if not colon or "=" not in tariff:
        raise typer.BadParameter(f"{text!r} is not TARIFF:PRICE", param_hint="--price")
    return tariff, price


def merchant(
    listen: Annotated[str, typer.Option(help="Take callbacks here.")] = "127.0.0.1:9000",
    server: Annotated[str, typer.Option(help="URL of the server.")] = "http://127.0.0.1:8080",
    cc: Annotated[str, typer.Option(help="Account.")] = "astro",
    ekey: Annotated[str, typer.Option(envvar="SMSC_MERCHANT_EKEY", help="Key of the account.")] = "",
    control: Annotated[str, typer.Option(help="HTTP control API.")] = "127.0.0.1:8092",
    auto: Annotated[bool, typer.Option(help="Play Astro AG: welcome, content, goodbye.")] = False,
    contents: Annotated[int, typer.Option(help="With --auto: billed messages for each opt-in.")] = 2,
    every_s: Annotated[float, typer.Option(help="With --auto: seconds between them.")] = 1.0,
    json: Json = False,
    until_eof: UntilEof = False,
) -> None:
    """A simulated merchant: takes callbacks, calls the gateway."""
    programme = Programme(contents=contents, every_s=every_s) if auto else None
    mouth = Mouth(as_json=json, until_eof=until_eof)

    async def trade() -> None:
        shop = Merchant(server, cc=cc, ekey=ekey)
        await run_merchant(shop, listen=listen, control=control, programme=programme, mouth=mouth)

    _run(trade())


def listen(
    address: Annotated[
        str, typer.Argument(help="Take callbacks here: HOST:PORT, or PORT of this machine.")
    ] = "127.0.0.1:9900",
    secret: Annotated[
        str,
        typer.Option(envvar="SMSC_CALLBACK_SECRET", help="The merchant's secret: signatures are checked."),
    ] = "",
    status: Annotated[int, typer.Option(min=200, max=599, help="Answer with this status.")] = 200,
    body: Annotated[str, typer.Option(help="And with this body; Jasmin's want ACK/Jasmin.")] = "OK",
) -> None:
    """Be a merchant's endpoint: print every callback with its format, check its signature, answer OK."""

    where = f"127.0.0.1:{address}" if address.isdigit() else address

    def hear(callback: Callback) -> None:
        print(told(callback, secret=secret), flush=True)

    async def take() -> None:
        endpoint = Merchant(on_callback=hear)
        endpoint.usual_answer = Answer(status=status, body=body)
        try:
            url = await endpoint.start(where, path="/")
        except OSError as error:
            mend = "name another address, and start the demo with --listener PORT"
            raise OSError(f"{where}: {os.strerror(error.errno or 0)}; {mend}") from None
        print(f"Listening for callbacks at {url} Ctrl-C ends.", flush=True)
        try:
            await until_told(until_eof=False)
        finally:
            await endpoint.stop()

    _run(take())


def handset(
    msisdn: Annotated[str, typer.Option(help="Number of the subscriber.")] = "41790009001",
    code: Annotated[str, typer.Option(help="Short code to text.")] = "543",
    server: Annotated[str, typer.Option(help="SMPP listener of the server.")] = "127.0.0.1:2775",
    system_id: Annotated[str, typer.Option(help="Carrier account of kind test.")] = "handset",
    password: Annotated[str, typer.Option(envvar="SMSC_HANDSET_PASSWORD", help="Its password.")] = "handset",
    wait: Annotated[float, typer.Option(help="Seconds to wait for answers after the last line.")] = 2.0,
) -> None:
    """Chat with a short code as a subscriber: every line of standard input is a text."""
    _run(_chat(msisdn, code, server, system_id=system_id, password=password, wait_s=wait), (ChatError,))


async def _chat(msisdn: str, code: str, server: str, *, system_id: str, password: str, wait_s: float) -> None:
    def hear(sender: str, text: str) -> None:
        print(f"{sender}: {text}", flush=True)

    async with Chat(server, system_id=system_id, password=password, msisdn=msisdn, hear=hear) as chat:
        if sys.stdin.isatty():
            print(f"{msisdn} is bound to {server}. Type to {code}; Ctrl-D ends.", flush=True)
        lines = _stdin_lines()
        while (line := await lines.get()) is not None:
            if not (text := line.rstrip("\n")):
                continue
            status = await chat.texts(text, to=code)
            if status != "ESME_ROK":
                print(f"smsc: {text!r} was not taken: {status}", file=sys.stderr, flush=True)
        if not sys.stdin.isatty():
            await asyncio.sleep(wait_s)


def _stdin_lines() -> asyncio.Queue[str | None]:
    """Lines as they come, then None, read by a daemon thread: a terminal cannot be waited on otherwise."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue(LINES_MAX)

    def read() -> None:
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
        asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

    threading.Thread(target=read, name="stdin", daemon=True).start()
    return lines


class StoryName(StrEnum):
    """What `smsc demo` plays."""

    S1 = "s1"
    S2 = "s2"
    S3 = "s3"
    S4 = "s4"
    ALL = "all"


def demo(
    story: Annotated[
        StoryName,
        typer.Option(
            help="s1: a store; s2: Switzerland; s3: Slovenia, by web; s4: invitations; all in turn."
        ),
    ] = StoryName.S2,
    once: Annotated[bool, typer.Option(help="Play the conversation and end.")] = False,
    http: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the page; the next free one if taken.")
    ] = 8080,
    smpp: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the SMPP listener; the next free one if taken.")
    ] = 2775,
    listener: Annotated[
        int, typer.Option(min=1, max=65535, help="Port where your `smsc listen` takes callbacks.")
    ] = 9900,
) -> None:
    """The server with a carrier and a merchant: plays a story, then serves a page to try it."""
    from smsc.app.demo import DemoFailed, run_demo

    every = (StoryName.S1, StoryName.S2, StoryName.S3, StoryName.S4)
    stories = tuple(one.value for one in every if story in (one, StoryName.ALL))
    work = run_demo(stories=stories, once=once, http_port=http, smpp_port=smpp, listener_port=listener)
    _run(work, (DemoFailed, ChildFailed))
