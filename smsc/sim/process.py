"""Carrier and merchant as processes of their own: run until told to stop, say what happens on stdout."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smsc.sim.astro import Astro, Programme
from smsc.sim.carrier import Carrier
from smsc.sim.carrier_control import CarrierControl
from smsc.sim.form import CarrierForm
from smsc.sim.merchant import Merchant
from smsc.sim.merchant_control import MerchantControl, call_event, callback_event
from smsc.sim.record import Record
from smsc.sim.web import WebServer
from smsc.smpp.permissions import Dialect

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Mouth:
    """How a simulator speaks and when it ends.

    as_json: every event as one line of JSON, else in words.
    until_eof: end when standard input is closed, which is how a child notices that its parent is gone.
    """

    as_json: bool = False
    until_eof: bool = False

    def say(self, event: dict[str, Any]) -> None:
        """Print one event."""
        line = json.dumps(event, ensure_ascii=False) if self.as_json else _words(event)
        if line:
            print(line, flush=True)

    async def follow(self, events: Record[dict[str, Any]]) -> None:
        """Print every event as it happens."""
        seen = 0
        while True:
            for number, event in events.after(seen):
                self.say(event)
                seen = number
            await events.grows(beyond=seen)


async def until_told(*, until_eof: bool) -> None:
    """Wait for SIGINT, SIGTERM or, if wanted, the end of standard input."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    if until_eof:

        def readable() -> None:
            if not os.read(sys.stdin.fileno(), 4096):
                loop.remove_reader(sys.stdin)
                told.set()

        loop.add_reader(sys.stdin, readable)
    await told.wait()


async def run_carrier(
    form: CarrierForm, *, listen: str, dial: str, dialect: Dialect, control: str, mouth: Mouth
) -> None:
    """A carrier that listens (or dials, when `dial` is given) until told to stop.  Raises: OSError."""
    carrier, closing = Carrier(form), asyncio.Event()
    web = WebServer(CarrierControl(carrier, closing).app, closing=closing)
    address = ""
    if dial:
        carrier.dial(dial, dialect=dialect)
    else:
        address = await carrier.listen(listen)
    ready = {"kind": "ready", "smpp": address or dial, "control": await web.start(control)}
    mouth.say(ready)
    following = asyncio.create_task(mouth.follow(carrier.events))
    try:
        await until_told(until_eof=mouth.until_eof)
    finally:
        following.cancel()
        await web.stop()
        await carrier.stop()


async def run_merchant(
    merchant: Merchant, *, listen: str, control: str, programme: Programme | None, mouth: Mouth
) -> None:
    """A merchant that takes callbacks until told to stop; plays `programme` if given.  Raises: OSError."""
    events: Record[dict[str, Any]] = Record()
    merchant.on_callback = lambda callback: events.append(callback_event(callback))
    merchant.on_call = lambda call: events.append(call_event(call))
    closing = asyncio.Event()
    web = WebServer(MerchantControl(merchant, events, closing).app, closing=closing)
    url = await merchant.start(listen)
    mouth.say({"kind": "ready", "url": url, "control": await web.start(control)})
    astro = Astro(merchant, programme) if programme is not None else None
    if astro is not None:
        astro.start()
    following = asyncio.create_task(mouth.follow(events))
    try:
        await until_told(until_eof=mouth.until_eof)
    finally:
        following.cancel()
        if astro is not None:
            await astro.stop()
        await web.stop()
        await merchant.stop()


def _words(event: dict[str, Any]) -> str:
    """One event in words; empty for what its PDUs have said already."""
    match event["kind"]:
        case "ready":
            return ", ".join(f"{name} {value}" for name, value in event.items() if name != "kind")
        case "pdu":
            return f"{event['at']} {'<' if event['direction'] == 'in' else '>'} {event['line']}"
        case "bind":
            return f"{event['at']} bind {event['state']} {event['reason']}".rstrip()
        case "callback":
            said = " ".join(f"{key}={value!r}" for key, value in event["fields"].items() if value)
            return f"{event['at']} < callback {said}; answered {event['status']} {event['body']}"
        case "call":
            said = " ".join(f"{key}={value!r}" for key, value in event["params"].items() if value)
            return f"{event['at']} > gateway {said}; answer {event['body']}"
        case _:
            return ""
