"""Astro AG plays itself: welcomes who opts in, sends horoscopes, says goodbye to who stops."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass

import httpx

from smsc.sim.merchant import Callback, Merchant

STOP_NOTICE = re.compile(r"ask (.+) stop\Z")
SUBSCRIBERS_MAX = 10_000

HOROSCOPES = (
    "Dein Tag: Der Mond steht im Widder, ein guter Tag für Neues.",
    "Dein Tag: Venus lächelt dir zu. Wer fragt, gewinnt.",
    "Dein Tag: Merkur eilt. Lass dir Zeit.",
)


@dataclass(frozen=True, slots=True)
class Programme:
    """What the automatic merchant sends: `contents` billed messages, `every_s` seconds apart."""

    contents: int = 2
    every_s: float = 1.0
    price: str = "3.00"
    welcome: str = (
        "Willkommen beim {keyword}-Abo! CHF 3.00/SMS, max 5 SMS/Woche. "
        "Stop: STOP {keyword} an {code}. Hilfe 0800 123 456. Astro AG"
    )
    goodbye: str = (
        "Dein {keyword}-Abo ist beendet, du bezahlst nichts mehr. Bis bald! Hilfe 0800 123 456. Astro AG"
    )


class Astro:
    """Answers the callbacks of a `Merchant` as a horoscope service would, once `start`ed."""

    def __init__(self, merchant: Merchant, programme: Programme | None = None) -> None:
        self._merchant = merchant
        self._programme = programme or Programme()
        self._opt_ins: OrderedDict[tuple[str, str], Callback] = OrderedDict()
        self._sending: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        self._callback_ids = itertools.count(time.time_ns() // 1_000_000)  # never again after a restart
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen to the merchant's callbacks in a task of the running loop."""
        self._task = asyncio.create_task(self._listen(), name="astro")

    async def stop(self) -> None:
        """Stop sending and listening."""
        tasks = [task for task in (self._task, *self._sending.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        seen = 0
        while True:
            await self._merchant.callbacks.grows(beyond=seen)
            for number, callback in self._merchant.callbacks.after(seen):
                seen = number
                if callback["action"] == "mpush_ir_message" and callback.answer.status == 200:
                    self._hear(callback)

    def _hear(self, mo: Callback) -> None:
        if mo["id"] in self._heard:
            return  # a repeated callback: the same id must not be processed twice
        self._heard[mo["id"]] = None
        if len(self._heard) > SUBSCRIBERS_MAX:
            self._heard.popitem(last=False)
        if notice := STOP_NOTICE.match(mo["message"]):
            keyword = notice[1].upper()
            self._begin((mo["number"], keyword), self._say_goodbye(mo, keyword))
        elif words := mo["message"].split():
            keyword = (mo["keyword"] or words[0]).upper()
            self._opt_ins[mo["number"], keyword] = mo
            if len(self._opt_ins) > SUBSCRIBERS_MAX:
                self._opt_ins.popitem(last=False)
            self._begin((mo["number"], keyword), self._send_programme(mo, keyword))

    def _begin(self, key: tuple[str, str], work: Coroutine[None, None, None]) -> None:
        """Start `work` for a subscriber, in place of what ran for that subscriber until now."""
        if (before := self._sending.pop(key, None)) is not None:
            before.cancel()
        self._sending[key] = asyncio.create_task(self._run(key, work))

    async def _run(self, key: tuple[str, str], work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except httpx.HTTPError:
            pass  # the merchant has recorded the failed call; this service does not try again
        finally:
            if self._sending.get(key) is asyncio.current_task():
                del self._sending[key]

    async def _send_programme(self, mo: Callback, keyword: str) -> None:
        words = {"keyword": keyword, "code": mo["shortcode"]}
        answer = await self._merchant.welcome(
            mo, self._programme.welcome.format(**words), callback_id=self._next_id()
        )
        for text in itertools.islice(itertools.cycle(HOROSCOPES), self._programme.contents):
            if answer != "SUCCESS":
                return
            await asyncio.sleep(self._programme.every_s)
            answer = await self._merchant.content(
                mo, text.format(**words), callback_id=self._next_id(), value=self._programme.price
            )

    async def _say_goodbye(self, stop: Callback, keyword: str) -> None:
        opt_in = self._opt_ins.pop((stop["number"], keyword), None)
        if opt_in is not None:
            text = self._programme.goodbye.format(keyword=keyword, code=opt_in["shortcode"])
            await self._merchant.goodbye(opt_in, text, callback_id=self._next_id())

    def _next_id(self) -> str:
        return str(next(self._callback_ids))
