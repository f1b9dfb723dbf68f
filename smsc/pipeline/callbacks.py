"""Tell merchants: post the callbacks that are due, until each is taken or 72 hours have passed (RP1).

One loop claims what is due and commits how the last attempts ended, both in one transaction; each post is a
task of its own. A merchant whose endpoint is slow fills its own places only.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import httpx

from smsc.messages import CallbackTarget
from smsc.ops.metrics import Metrics
from smsc.pipeline.breaker import Breakers
from smsc.pipeline.callback_places import CallbackLimits, Room, body_octets, room
from smsc.pipeline.clock import Clock, wait_for
from smsc.pipeline.posting import Ended, Poster
from smsc.pipeline.retries import GIVE_UP, retry_at
from smsc.store import Attempt, EndpointRow, Store, StoreUnavailable, Tx
from smsc.store.rows import AlarmRow, CallbackResult, CallbackRow, Writes

log = logging.getLogger(__name__)

ERROR_CHARS_MAX = 200
HISTORY_MAX = 10
"""Attempts that are kept with a callback, the last ones."""
ALARM_AGAIN = timedelta(hours=1)
ALARMS_MAX = 1000
"""Kinds of errors of ours that are remembered to have been told."""


@dataclass(slots=True)
class _Ends:
    """What attempts have led to since the last turn, for the next commit."""

    done: list[CallbackResult] = field(default_factory=list)
    gone: list[EndpointRow] = field(default_factory=list)
    """Endpoints that have just answered 410."""
    worn: set[str] = field(default_factory=set)
    """Merchants whose probe has just failed: what is too old for them is parked unposted."""
    alarms: list[AlarmRow] = field(default_factory=list)

    def before(self, later: _Ends) -> _Ends:
        """These, which could not be committed, and those that came meanwhile."""
        return _Ends(
            self.done + later.done, self.gone + later.gone, self.worn | later.worn, self.alarms + later.alarms
        )


class Callbacks:
    """The worker. `target` says where a merchant wants to be told now, None for nowhere.

    `node` leases what it posts, where several nodes share the database. `next_id` makes the ids of alarms;
    `watch` notices should the loop die.
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
        watch: Callable[[asyncio.Task[None]], None] | None = None,
    ) -> None:
        self._store, self._target = store, target
        self._clock, self._rng, self._metrics = clock, rng, metrics
        self._limits = limits or CallbackLimits()
        self._poster = Poster(
            client,
            clock,
            target=target,
            answer_octets_max=self._limits.answer_octets_max,
            retry_after_s_max=self._limits.retry_after_s_max,
        )
        self._in_flight: dict[int, CallbackRow] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._node, self._next_id, self._watch = node, next_id, watch
        self._ends = _Ends()
        self._told_at: dict[tuple[str, str], datetime] = {}
        self._breakers = Breakers()
        self._off: dict[str, str] = {}
        """Disabled endpoints: merchant and URL, as of the last turn."""
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
        if self._watch is not None:
            self._watch(self._loop)

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
        ends, self._ends = self._ends, _Ends()
        if ends.done:
            try:
                await self._store.run(lambda tx: tx.callback_results(ends.done))
            except StoreUnavailable as error:  # they stay due: told once more, not less
                log.error(
                    "callback results lost", extra={"event": "callback_results_lost", "error": str(error)}
                )

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                begun = await self._turn()
            except Exception as error:  # whatever it is, other callbacks are due: look again in a while
                log.exception("callbacks turn failed", extra={"event": "callbacks_failed"})
                self._alarmed("all merchants", type(error).__name__)
                self._pause()
                begun = 0
            if begun:
                continue  # the merchant or the number of what was taken is now known to be busy: more may fit
            if not self._stopping:
                self._resting = len(self._in_flight) == len(self._ends.done)  # no post is on its way
                self._rested.set()
                await wait_for(self._wake, self._clock, self._next_at)
                self._resting = False

    def _pause(self) -> None:
        self._next_at = self._clock.now() + timedelta(seconds=self._limits.store_pause_s)

    async def _turn(self) -> int:
        """Commit the ends of attempts, claim what is due, begin to post it; the number begun.

        Raises: what nobody foresaw; the ends are kept for the next turn.
        """
        ends, self._ends = self._ends, _Ends()
        replaying = self._replaying
        try:
            rows, next_at, self._off, left = await self._store.run(partial(self._exchange, ends, replaying))
        except StoreUnavailable as error:
            self._ends = ends.before(self._ends)
            self._pause()
            log.error("callbacks wait for the store", extra={"event": "callbacks_wait", "error": str(error)})
            return 0
        except BaseException:
            self._ends = ends.before(self._ends)
            raise
        if self._replaying is replaying:  # nobody has asked for more meanwhile
            self._replaying = left
        self._next_at = min(
            filter(None, (next_at, self._breakers.next_probe(self._clock.now()))), default=None
        )
        for result in ends.done:
            del self._in_flight[result.id]
        return 0 if self._stopping else self._begin(rows)

    def _exchange(
        self, ends: _Ends, replaying: set[str] | None, tx: Tx
    ) -> tuple[list[CallbackRow], datetime | None, dict[str, str], set[str]]:
        """In one transaction: what attempts led to; then what is due, the next time, who is off, who replays."""
        now = self._clock.now()
        if ends.done:
            tx.callback_results(ends.done)
        if ends.alarms:
            tx.write(Writes(alarms=ends.alarms))
        off = self._disable(tx, ends.gone, now)
        for merchant in ends.worn:
            self._give_up(tx, merchant, now)
        left = {name for name in (tx.replaying() if replaying is None else replaying) if name not in off}
        left = {name for name in left if tx.feed_callbacks(name, now)}
        free = self._room(without={result.id for result in ends.done}, off=off)
        return free.claim(tx, now), tx.next_callback(now), off, left

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

    def _room(self, *, without: set[int], off: Mapping[str, str]) -> Room:
        """What is free, once the ends of the attempts `without` are committed."""
        return room(
            [row for id_, row in self._in_flight.items() if id_ not in without],
            self._limits,
            resting=self._breakers.opened(),
            off=off.keys(),
            now=self._clock.now(),
            node=self._node,
        )

    def _begin(self, rows: Sequence[CallbackRow]) -> int:
        """Post what there are places for; the rest stays due and is claimed again."""
        limits = self._limits
        flying = Counter((row.notice.merchant, row.notice.urgent) for row in self._in_flight.values())
        urgent_total = sum(count for (_, urgent), count in flying.items() if urgent)
        octets = sum(map(body_octets, self._in_flight.values()))
        begun = 0
        for row in rows:
            place = (row.notice.merchant, row.notice.urgent)
            most = (
                limits.urgent_per_merchant_max if row.notice.urgent else self._places_of(row.notice.merchant)
            )
            if flying[place] >= most or (row.notice.urgent and urgent_total >= limits.urgent_max):
                continue
            octets += body_octets(row)
            if self._in_flight and octets > limits.octets_max:
                break
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
        """One attempt, and what follows from it: an error of ours parks this callback, and no other."""
        try:
            ended = await self._poster.post(row)
            if ended.fault:
                self._alarmed(row.notice.merchant, ended.fault)
            self._learn(row, ended)
            result = self._result(row, ended)
        except Exception as error:
            log.exception("callback parked", extra={"event": "callback_error", "callback": row.id})
            self._alarmed(row.notice.merchant, type(error).__name__)
            result = CallbackResult(
                row.id,
                delivered=False,
                at=self._clock.now(),
                attempts=row.attempts + 1,
                error=f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX],
                history=row.history,
            )
        self._ends.done.append(result)
        self._wake.set()

    def _alarmed(self, merchant: str, error: str) -> None:
        """A person should look: told once an hour for each merchant and kind of error."""
        now, last = self._clock.now(), self._told_at.get((merchant, error))
        if last is not None and now - last < ALARM_AGAIN:
            return
        if len(self._told_at) >= ALARMS_MAX:
            self._told_at.clear()
        self._told_at[merchant, error] = now
        self._metrics.alarms_total.labels("callback_error").inc()
        if self._next_id is not None:
            text = f"a callback to {merchant} failed by an error of this server: {error}"
            self._ends.alarms.append(AlarmRow(self._next_id(), now, "callback_error", None, "", text))

    def _learn(self, row: CallbackRow, ended: Ended) -> None:
        """What the end of an attempt says of the merchant's endpoint; a single MT's own URL says nothing of it."""
        merchant, now = row.notice.merchant, self._clock.now()
        outcome = "taken" if ended.taken else "refused" if ended.status else "failed"
        self._metrics.callback_seconds.labels(merchant).observe(ended.took_ms / 1000)
        self._metrics.callback_attempts_total.labels(merchant, outcome).inc()
        if "dlr_url" in row.notice.details or not ended.url:
            return
        self._breakers.ended(merchant, ended.url, now, taken=ended.taken)
        if self._breakers.is_open(merchant):
            self._ends.worn.add(merchant)
        if ended.gone:
            self._ends.gone.append(EndpointRow(merchant, ended.url, now, ended.error[:ERROR_CHARS_MAX]))

    def _result(self, row: CallbackRow, ended: Ended) -> CallbackResult:
        """The row's new state: delivered, to be tried again, or parked."""
        now, attempts, error = self._clock.now(), row.attempts + 1, ended.error[:ERROR_CHARS_MAX]
        kept = f"{error}, body {ended.said!r}" if ended.said else error
        history = (*row.history, Attempt(now, ended.status, kept, ended.took_ms))[-HISTORY_MAX:]
        if ended.taken:
            return CallbackResult(
                row.id, delivered=True, at=now, attempts=attempts, status=ended.status, history=history
            )
        next_at = (
            None
            if ended.gone or ended.unwritten
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
            error=kept,
            next_at=next_at,
            history=history,
        )
