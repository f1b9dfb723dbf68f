"""Tell merchants: post the callbacks that are due, until each is taken or 72 hours have passed (RP1).

One loop claims what is due and commits how the last attempts ended, both in one transaction; each post is a
task of its own. A merchant whose endpoint is slow fills its own places only.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from smsc.messages import CallbackTarget
from smsc.ops.metrics import Metrics
from smsc.pipeline.breaker import Breakers
from smsc.pipeline.clock import Clock, wait_for
from smsc.pipeline.formats import Post, accepted, target_of, write_post
from smsc.pipeline.retries import GIVE_UP, retry_after, retry_at
from smsc.sms.numbers import Msisdn
from smsc.store import Attempt, EndpointRow, Store, StoreUnavailable, Tx
from smsc.store.callbacks import HOLDS
from smsc.store.rows import AlarmRow, CallbackResult, CallbackRow, Writes

log = logging.getLogger(__name__)

ERROR_CHARS_MAX = 200
HISTORY_MAX = 10
"""Attempts that are kept with a callback, the last ones."""
GONE = 410
"""The merchant says that this endpoint is no more (Standard Webhooks 1.0; RFC 9110 §15.5.11)."""


@dataclass(frozen=True, slots=True)
class CallbackLimits:
    """How much is posted at once, and how long an answer may bid us wait."""

    in_flight_max: int = 64
    per_merchant_max: int = 8
    urgent_max: int = 32
    """Further places that only STOP notices take (RP1a)."""
    urgent_per_merchant_max: int = 8
    answer_octets_max: int = 4096
    retry_after_s_max: float = 3600.0
    store_pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one attempt ended."""

    taken: bool
    status: int = 0
    error: str = ""
    retry_after_s: float = 0.0
    url: str = ""
    took_ms: int = 0
    gone: bool = False
    """The merchant's endpoint is no more."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What is on its way, as the claim needs it: a copy, for the store's thread."""

    places: int
    urgent_places: int
    in_flight: tuple[int, ...]
    busy: tuple[tuple[str, Msisdn], ...]
    full: tuple[str, ...]
    urgent_full: tuple[str, ...]
    node: int | None

    def claim(self, tx: Tx, now: datetime) -> list[CallbackRow]:
        """What may be posted now, STOP notices first; they go past full merchants and taken places."""
        rows: list[CallbackRow] = []
        if self.urgent_places and (self.full or not self.places):
            found = tx.claim_callbacks(
                now,
                limit=self.urgent_places,
                busy=self.busy,
                merchants_off=self.urgent_full,
                in_flight=self.in_flight,
                node=self.node,
            )
            rows = [row for row in found if row.notice.urgent]
        if self.places:
            known = {row.id for row in rows}
            found = tx.claim_callbacks(
                now,
                limit=self.places,
                busy=self.busy,
                merchants_off=self.full,
                in_flight=(*self.in_flight, *known),
                node=self.node,
            )
            rows += [row for row in found if row.id not in known]
        return rows


class Callbacks:
    """The worker. `target` says where a merchant wants to be told now, None for nowhere.

    `node` leases what it posts, where several nodes share the database. `next_id` makes the ids of alarms.
    """

    def __init__(
        self,
        store: Store,
        *,
        target: Callable[[str], CallbackTarget | None],
        client: httpx.AsyncClient,
        clock: Clock,
        rng: random.Random,
        metrics: Metrics,
        limits: CallbackLimits | None = None,
        node: int | None = None,
        next_id: Callable[[], int] | None = None,
    ) -> None:
        self._store, self._target, self._client = store, target, client
        self._clock, self._rng, self._metrics = clock, rng, metrics
        self._limits = limits or CallbackLimits()
        self._in_flight: dict[int, CallbackRow] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._node, self._next_id = node, next_id
        self._done: list[CallbackResult] = []
        self._breakers = Breakers()
        self._gone: list[EndpointRow] = []
        """Endpoints that have just answered 410."""
        self._off: dict[str, str] = {}
        """Disabled endpoints: merchant and URL, as of the last turn."""
        self._worn: set[str] = set()
        """Merchants whose probe has just failed: what is too old for them is parked unposted."""
        self._replaying: set[str] | None = None
        """Merchants that may have callbacks asked for again; None: the store is to be asked."""
        self._wake = asyncio.Event()
        self._next_at: datetime | None = None
        self._resting = False
        self._rested = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to post what is due."""
        self._loop = asyncio.get_running_loop().create_task(self._run(), name="callbacks")

    def kick(self) -> None:
        """Callbacks were committed: look at once."""
        self._wake.set()

    async def replay(self, merchant: str, *, ids: Sequence[int] | None = None) -> int:
        """Post parked callbacks of a merchant again, oldest first; returns how many (all without `ids`)."""
        count = await self._store.run(lambda tx: tx.replay_callbacks(merchant, ids=ids))
        self._replaying = {*(self._replaying or ()), merchant} if self._replaying is not None else None
        self._breakers.reset(merchant)
        self.kick()
        return count

    async def enable(self, merchant: str) -> bool:
        """Tell a disabled endpoint again; whether it was. What is parked stays so until it is replayed."""
        found = await self._store.run(lambda tx: tx.enable_endpoint(merchant))
        self._replaying = None
        self._breakers.reset(merchant)
        self.kick()
        return found

    def resting(self) -> dict[str, datetime]:
        """Merchants whose breaker is open, and when each is probed next."""
        return self._breakers.opened()

    @property
    def idle(self) -> bool:
        """Whether nothing is due or on its way; ends that an absent store has refused wait for the clock."""
        due = self._next_at is not None and self._next_at <= self._clock.now()
        return self._resting and not due and not self._wake.is_set()

    async def settled(self) -> None:
        """Wait until idle (for driven clocks)."""
        while not self.idle:
            self._rested.clear()
            await self._rested.wait()

    async def stop(self, *, grace_s: float = 5.0) -> None:
        """Claim no more, give the posts on their way `grace_s`, commit their ends. What is left stays due."""
        if self._loop is None:
            return
        self._stopping = True
        self._wake.set()
        await self._loop
        self._loop = None
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        done, self._done = self._done, []
        if done:
            try:
                await self._store.run(lambda tx: tx.callback_results(done))
            except StoreUnavailable as error:  # they stay due: told once more, not less
                log.error(
                    "callback results lost", extra={"event": "callback_results_lost", "error": str(error)}
                )

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if await self._turn():
                continue  # the merchant or the number of what was taken is now known to be busy: more may fit
            if not self._stopping:
                self._resting = len(self._in_flight) == len(self._done)  # no post is on its way
                self._rested.set()
                await wait_for(self._wake, self._clock, self._next_at)
                self._resting = False

    async def _turn(self) -> int:
        """Commit the ends of attempts, claim what is due, begin to post it; the number begun."""
        done, self._done = self._done, []
        gone, self._gone = self._gone, []
        worn, self._worn = self._worn, set()
        now, replaying = self._clock.now(), self._replaying
        flying = {result.id for result in done}

        def exchange(tx: Tx) -> tuple[list[CallbackRow], datetime | None, dict[str, str], set[str]]:
            if done:
                tx.callback_results(done)
            off = self._disable(tx, gone, now)
            for merchant in worn:
                self._give_up(tx, merchant, now)
            left = {name for name in (tx.replaying() if replaying is None else replaying) if name not in off}
            left = {name for name in left if tx.feed_callbacks(name, now)}
            return self._room(without=flying, off=off).claim(tx, now), tx.next_callback(now), off, left

        try:
            rows, next_at, self._off, left = await self._store.run(exchange)
        except StoreUnavailable as error:
            self._done[:0], self._gone[:0] = done, gone
            self._worn |= worn
            self._next_at = now + timedelta(seconds=self._limits.store_pause_s)
            log.error("callbacks wait for the store", extra={"event": "callbacks_wait", "error": str(error)})
            return 0
        if self._replaying is replaying:  # nobody has asked for more meanwhile
            self._replaying = left
        self._next_at = min(filter(None, (next_at, self._breakers.next_probe(now))), default=None)
        for result in done:
            del self._in_flight[result.id]
        return 0 if self._stopping else self._begin(rows)

    def _disable(self, tx: Tx, gone: Sequence[EndpointRow], now: datetime) -> dict[str, str]:
        """Keep who has gone, park what waits for them and raise the alarm; merchant and URL of all that are off."""
        for row in gone:
            tx.disable_endpoint(row)
            if self._next_id is not None:
                text = f"the callback endpoint of {row.merchant} answered 410 and is disabled"
                alarm = AlarmRow(self._next_id(), now, "endpoint_gone", None, "", text)
                tx.write(Writes(alarms=[alarm]))
            log.error("endpoint gone", extra={"event": "endpoint_gone", "merchant": row.merchant})
        off: dict[str, str] = {}
        for row in tx.disabled_endpoints():
            target = self._target(row.merchant)
            if target is not None and target.url != row.url:
                tx.enable_endpoint(row.merchant)  # it has another URL now
                continue
            off[row.merchant] = row.url
            self._park(tx, row.merchant, now, made_before=now + timedelta(days=1), why="endpoint disabled")
        return off

    def _give_up(self, tx: Tx, merchant: str, now: datetime) -> None:
        """What 72 hours have passed for is parked, though the open breaker let nobody post it."""
        self._park(tx, merchant, now, made_before=now - GIVE_UP, why="endpoint failing for 72 hours")

    def _park(self, tx: Tx, merchant: str, now: datetime, *, made_before: datetime, why: str) -> None:
        parked = tx.park_callbacks(merchant, now, made_before=made_before, why=why)
        if parked:
            self._metrics.callback_parked_total.labels(merchant).inc(parked)
            ids = {"merchant": merchant, "count": parked, "error": why}
            log.warning("callbacks parked", extra={"event": "callbacks_parked", **ids})

    def _room(self, *, without: set[int], off: Mapping[str, str]) -> _Room:
        """What is free, once the ends of the attempts `without` are committed."""
        limits, now = self._limits, self._clock.now()
        flying = [row for id_, row in self._in_flight.items() if id_ not in without]
        ordinary = Counter(row.notice.merchant for row in flying if not row.notice.urgent)
        urgent = Counter(row.notice.merchant for row in flying if row.notice.urgent)
        full = {name for name, count in ordinary.items() if count >= limits.per_merchant_max}
        full |= {name for name, at in self._breakers.opened().items() if at > now or ordinary[name]}
        urgent_full = {name for name, count in urgent.items() if count >= limits.urgent_per_merchant_max}
        return _Room(
            places=max(0, limits.in_flight_max - ordinary.total()),
            urgent_places=max(0, limits.urgent_max - urgent.total()),
            in_flight=tuple(row.id for row in flying),
            busy=tuple((row.notice.merchant, row.notice.msisdn) for row in flying if not row.notice.urgent),
            full=tuple(full | off.keys()),
            urgent_full=tuple(urgent_full | off.keys()),
            node=self._node,
        )

    def _begin(self, rows: Sequence[CallbackRow]) -> int:
        """Post what there are places for; the rest stays due and is claimed again."""
        limits = self._limits
        flying = Counter((row.notice.merchant, row.notice.urgent) for row in self._in_flight.values())
        urgent_total = sum(count for (_, urgent), count in flying.items() if urgent)
        begun = 0
        for row in rows:
            place = (row.notice.merchant, row.notice.urgent)
            most = (
                limits.urgent_per_merchant_max if row.notice.urgent else self._places_of(row.notice.merchant)
            )
            if flying[place] >= most or (row.notice.urgent and urgent_total >= limits.urgent_max):
                continue
            flying[place] += 1
            urgent_total += row.notice.urgent
            begun += 1
            self._in_flight[row.id] = row
            task = asyncio.create_task(self._post(row), name=f"callback {row.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._metrics.callback_in_flight.set(len(self._in_flight))
        return begun

    def _places_of(self, merchant: str) -> int:
        return 1 if self._breakers.is_open(merchant) else self._limits.per_merchant_max

    async def _post(self, row: CallbackRow) -> None:
        """One attempt, and what follows from it."""
        merchant = row.notice.merchant
        began = time.monotonic()
        try:
            ended = await self._attempt(row)
        except Exception as error:  # one notice that cannot be written must not stop the others
            log.exception("callback not posted", extra={"event": "callback_error", "callback": row.id})
            ended = _Ended(taken=False, error=f"{type(error).__name__}: {error}")
        took_s = time.monotonic() - began
        self._metrics.callback_seconds.labels(merchant).observe(took_s)
        outcome = "taken" if ended.taken else "refused" if ended.status else "failed"
        self._metrics.callback_attempts_total.labels(merchant, outcome).inc()
        self._learn(row, ended)
        self._done.append(self._result(row, replace(ended, took_ms=int(took_s * 1000))))
        self._wake.set()

    def _learn(self, row: CallbackRow, ended: _Ended) -> None:
        """What the end of an attempt says of the merchant's endpoint; a single MT's own URL says nothing of it."""
        merchant, now = row.notice.merchant, self._clock.now()
        if "dlr_url" in row.notice.details or not ended.url:
            return
        self._breakers.ended(merchant, ended.url, now, taken=ended.taken)
        if self._breakers.is_open(merchant):
            self._worn.add(merchant)
        if ended.gone:
            self._gone.append(EndpointRow(merchant, ended.url, now, ended.error[:ERROR_CHARS_MAX]))

    async def _attempt(self, row: CallbackRow) -> _Ended:
        """Raises: UnknownFormat."""
        now = self._clock.now()
        target = target_of(row.notice, self._target(row.notice.merchant))
        if target is None:
            return _Ended(taken=False, error="the merchant has no callback URL")
        post = write_post(row.notice, target, now=now, late=now - row.created_at > HOLDS)
        try:
            return await self._exchange(post, target, now)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return _Ended(taken=False, error=f"{type(error).__name__}: {error}", url=target.url)

    async def _exchange(self, post: Post, target: CallbackTarget, now: datetime) -> _Ended:
        """Post it and judge the answer.  Raises: httpx.HTTPError, httpx.InvalidURL, TimeoutError."""
        body = bytearray()
        async with (
            asyncio.timeout(target.timeout_s),  # the whole exchange; httpx times its steps only
            self._client.stream(
                post.method,
                post.url,
                headers=dict(post.headers),
                content=post.body or None,
                follow_redirects=False,
                timeout=target.timeout_s,
            ) as answer,
        ):
            async for chunk in answer.aiter_raw():
                body += chunk[: self._limits.answer_octets_max - len(body)]
                if len(body) >= self._limits.answer_octets_max:
                    break
        if accepted(target, answer.status_code, bytes(body)):
            return _Ended(taken=True, status=answer.status_code, url=target.url)
        said = bytes(body[:40]).decode("utf-8", "replace").strip()
        wish = retry_after(
            answer.headers.get("Retry-After", ""), now=now, most_s=self._limits.retry_after_s_max
        )
        return _Ended(
            taken=False,
            status=answer.status_code,
            error=f"HTTP {answer.status_code}, body {said!r}",
            retry_after_s=wish,
            url=target.url,
            gone=answer.status_code == GONE,
        )

    def _result(self, row: CallbackRow, ended: _Ended) -> CallbackResult:
        """The row's new state: delivered, to be tried again, or parked."""
        now, attempts, error = self._clock.now(), row.attempts + 1, ended.error[:ERROR_CHARS_MAX]
        history = (*row.history, Attempt(now, ended.status, error, ended.took_ms))[-HISTORY_MAX:]
        if ended.taken:
            return CallbackResult(
                row.id, delivered=True, at=now, attempts=attempts, status=ended.status, history=history
            )
        next_at = (
            None
            if ended.gone
            else retry_at(
                row.created_at,
                attempts=attempts,
                now=now,
                jitter=self._rng.uniform(-1, 1),
                retry_after_s=ended.retry_after_s,
            )
        )
        merchant = row.notice.merchant
        ids = {"merchant": merchant, "callback": row.id, "attempts": attempts, "error": error}
        if next_at is None:
            self._metrics.callback_parked_total.labels(merchant).inc()
            log.warning("callback parked", extra={"event": "callback_parked", **ids})
        else:
            log.info("callback failed", extra={"event": "callback_failed", **ids})
        return CallbackResult(
            row.id,
            delivered=False,
            at=now,
            attempts=attempts,
            status=ended.status,
            error=error,
            next_at=next_at,
            history=history,
        )
