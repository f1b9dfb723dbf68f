"""One `smsc serve` process: the line put together, started, drained (D5); many nodes are one node many times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from smsc.carrier import CarrierProfile
from smsc.ops.health import Health
from smsc.ops.metrics import Metrics
from smsc.pipeline.batch import Limits, Line, Outcome
from smsc.pipeline.calendar import Calendar
from smsc.pipeline.clock import Clock
from smsc.pipeline.dispatch import Dispatch
from smsc.pipeline.doors import Doors
from smsc.pipeline.ids import Ids
from smsc.pipeline.intake import Intake
from smsc.pipeline.items import Item, Recovered
from smsc.store import Store, StoreUnavailable

log = logging.getLogger("smsc.pipeline")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How a node keeps its place among others. Times in seconds."""

    limits: Limits = field(default_factory=Limits)
    heartbeat_s: float = 5.0
    dead_after_s: float = 20.0
    """A node whose heartbeat is older has died; its rows are returned (D3)."""
    alone: bool = True
    """The only node on its database (SQLite): every other one is dead, and nothing needs polling."""
    poll_s: float = 1.0
    drain_s: float = 10.0


class Node:
    """The line of one process. `told` is called when callbacks were stored, `watch` with its long-lived tasks."""

    def __init__(
        self,
        store: Store,
        line: Line,
        *,
        number: int,
        clock: Clock,
        settings: NodeSettings,
        metrics: Metrics,
        health: Health,
        told: Callable[[], None],
        watch: Callable[[asyncio.Task[None]], None] = lambda _: None,
        reference: int = 0,
    ) -> None:
        self.number, self._store, self._clock, self.clock = number, store, clock, clock
        self._settings, self._metrics, self._health, self._told = settings, metrics, health, told
        self._watch = watch
        self.ids = Ids(number, reference=reference)
        self.calendar = Calendar(clock, self._tick)
        self.dispatch = Dispatch(
            self._carriers,
            keep=self._keep,
            pull=self._pull,
            now=clock.now,
            unsettled_max=settings.limits.unsettled_max,
        )
        self.intake = Intake(
            store,
            line,
            node=number,
            ids=self.ids,
            clock=clock,
            limits=settings.limits,
            window=self.dispatch.window,
            metrics=metrics,
            committed=self._committed,
            store_state=self._store_state,
        )
        self.doors = Doors(
            self._carriers,
            self.intake,
            self.dispatch,
            ids=self.ids,
            now=clock.now,
            octets_max=settings.limits.inbound_octets_max,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def _carriers(self) -> Mapping[str, CarrierProfile]:
        return self.intake.line.carriers

    def _keep(self, item: Item) -> None:
        self.intake.keep(item)

    def _pull(self) -> None:
        self.intake.pull()

    def _tick(self) -> None:
        self.intake.tick()

    async def start(self) -> None:
        """Return what dead nodes left, then begin to take batches."""
        await self._recover()
        self._watch(self.intake.start())
        self.intake.tick()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._beat(), name="heartbeat")]
        self._watch(self._tasks[0])

    async def _recover(self) -> None:
        now = self._clock.now()
        silent_since = None if self._settings.alone else now - timedelta(seconds=self._settings.dead_after_s)
        wait_s = max((c.receipt_wait_s for c in self._carriers().values()), default=0.0)
        requeued, in_doubt = await self._store.run(
            lambda tx: tx.recover(
                now,
                me=self.number,
                silent_since=silent_since,
                in_doubt_until=now + timedelta(seconds=wait_s),
            )
        )
        if requeued or in_doubt:
            log.warning(
                "rows of a dead node returned",
                extra={"event": "recovered", "requeued": requeued, "in_doubt": in_doubt},
            )
            self._metrics.line_total.labels("resent_after_crash").inc(requeued)
            self._metrics.line_total.labels("in_doubt").inc(in_doubt)
        if in_doubt:
            self.intake.keep(Recovered())

    def _store_state(self, problem: str) -> None:
        """Readiness follows the store (D4); "" when it can be written again."""
        if problem:
            self._health.trouble("store", problem)
        else:
            self._health.cleared("store")

    async def _beat(self) -> None:
        """Say that this node lives; with others beside it, look after what they left and what they queued."""
        beat_every = self._settings.heartbeat_s
        wait_s = beat_every if self._settings.alone else min(self._settings.poll_s, beat_every)
        since_beat = 0.0
        while True:
            await asyncio.sleep(wait_s)
            since_beat += wait_s
            if not self._settings.alone:
                self.intake.tick()
                self._told()  # what others stored or left behind may be due
            if since_beat < beat_every:
                continue
            since_beat = 0.0
            try:
                now = self._clock.now()
                await self._store.run(lambda tx: tx.heartbeat(self.number, now))  # noqa: B023
                if not self._settings.alone:
                    await self._recover()
            except StoreUnavailable as error:
                log.error("heartbeat failed", extra={"event": "heartbeat_failed", "error": str(error)})
            except Exception:  # a node that falls silent is taken for dead: go on whatever it is
                log.exception("heartbeat failed", extra={"event": "heartbeat_failed"})
                self._metrics.alarms_total.labels("heartbeat_failed").inc()

    def _committed(self, outcome: Outcome) -> None:
        """What one commit leads to: drop, send, tell, wait."""
        self.dispatch.drop(outcome.withdrawn)
        if outcome.send:
            self.dispatch.send(outcome.send, parts_done=outcome.parts_done)
        if outcome.notices:
            self._told()
        if outcome.ticked:
            self.calendar.rearm(outcome.next_due)
            if outcome.due_left:
                self.intake.tick()
        elif outcome.next_due is not None:
            self.calendar.by(outcome.next_due)
        if (look_at := self.intake.sweeper.next_at) is not None:
            self.calendar.by(look_at)
        for row, part, message_id in outcome.queries:
            self.dispatch.query(row, part, message_id)
        for carrier, form in outcome.forms:
            self.intake.forms.note(carrier, form)
            self._metrics.receipt_id_total.labels(carrier, form).inc()
        for carrier in {carrier for carrier, _ in outcome.forms}:
            for form, share in self.intake.forms.shares(carrier).items():
                self._metrics.receipt_id_form.labels(carrier, form).set(share)
        for what, count in outcome.counted.items():
            self._metrics.line_total.labels(what).inc(count)
        for carrier, state, currency in outcome.charges:
            self._metrics.charges_total.labels(carrier, currency, state).inc()
        for kind in outcome.alarms:
            self._metrics.alarms_total.labels(kind).inc()
            log.warning("alarm", extra={"event": "alarm", "kind": kind})

    def reload(self, line: Line) -> None:
        """Put new keywords, campaigns and carriers in force from the next batch on."""
        self.intake.line = line

    async def settled(self) -> None:
        """Wait until nothing waits, is being committed, is on the wire, or is due (for driven clocks)."""
        while not self.idle:  # noqa: ASYNC110 (three parts would have to tell; only driven clocks wait here)
            await asyncio.sleep(0.001)

    @property
    def idle(self) -> bool:
        """Nothing waits, is being committed, is on the wire, or is due."""
        return self.intake.idle and self.dispatch.idle and self.calendar.idle

    async def drain(self) -> None:
        """Refuse new MOs and calls, commit what is taken, await the open windows' answers (D5)."""
        self.intake.refusing = True
        self.dispatch.draining = True
        try:
            async with asyncio.timeout(self._settings.drain_s):
                await self._quiet()
        except TimeoutError:
            log.warning("drain ran out of time", extra={"event": "drain_timeout"})

    async def _quiet(self) -> None:
        while not (self.intake.idle and self.dispatch.idle):
            await self.dispatch.all_answered()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Stop taking batches and leave the cluster; call after the links are gone."""
        self.calendar.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.intake.settle_kept()
        await self.intake.stop()
        now = self._clock.now()
        try:
            await self._store.run(lambda tx: tx.close_node(self.number, now))
        except StoreUnavailable as error:  # the next start finds a node that died (D3)
            log.error("node not closed", extra={"event": "node_not_closed", "error": str(error)})
