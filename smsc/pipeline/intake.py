"""The one door: whatever changes state waits here, is committed in natural batches, and is answered after (D1, D2).

While one batch commits, the next gathers: a lone MO does not wait for company, a flood is taken hundreds at a
time. Each source has its own bounded queue and its own refusal (D4).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from smsc.carrier import ReceiptForms
from smsc.ops.metrics import Metrics
from smsc.pipeline.batch import Batch, Limits, Line, Outcome
from smsc.pipeline.calendar import earliest
from smsc.pipeline.calls import Answer, Busy, MerchantCall, StoreCall
from smsc.pipeline.clock import Clock
from smsc.pipeline.due import DUE
from smsc.pipeline.ids import Ids
from smsc.pipeline.items import (
    AnsweredLate,
    CallItem,
    Dropped,
    Item,
    MoItem,
    Probe,
    Pull,
    ReceiptItem,
    ResultItem,
    SessionClosed,
    Tick,
    Woken,
)
from smsc.pipeline.parking import park_item
from smsc.pipeline.requests import Ask, Once, Reply, RequestItem
from smsc.pipeline.sweeper import Sweep, Sweeper
from smsc.pipeline.window import Window
from smsc.pipeline.work import work
from smsc.sms.numbers import Msisdn
from smsc.store import Store, StoreUnavailable, Tx

log = logging.getLogger("smsc.pipeline")

DOUBTFUL_MAX = 20_000
"""MOs remembered that may come again: refused though their COMMIT may have gone through, or answered late."""

DUE_PAUSE_S = 1.0
"""How long what is due waits when it could not be done and none of it alone was to blame."""

STORE_PAUSE_S = 0.2
"""How long the line waits before it tries a store that is locked, full or gone again."""


class Intake:
    """Queues, the batch loop, and what follows a commit or its failure."""

    def __init__(
        self,
        store: Store,
        line: Line,
        *,
        node: int,
        ids: Ids,
        clock: Clock,
        limits: Limits,
        window: Window,
        metrics: Metrics,
        committed: Callable[[Outcome], None],
        store_state: Callable[[str], None],
    ) -> None:
        self.line = line
        self.limits = limits
        self._store, self._node, self._ids, self._clock = store, node, ids, clock
        self._window, self._metrics, self._committed = window, metrics, committed
        self._store_state = store_state
        self._first: deque[Item] = deque()
        self._receipts: deque[ReceiptItem] = deque()
        self._calls: deque[CallItem | RequestItem] = deque()
        self._kept: deque[Item] = deque()
        self._wake = asyncio.Event()
        self._closed: dict[str, datetime] = {}
        self._doubtful: OrderedDict[int, None] = OrderedDict()
        self.forms = ReceiptForms()
        self.sweeper = Sweeper(window)
        self._sweep: Sweep | None = None
        self._task: asyncio.Task[None] | None = None
        self._working = False
        self.store_ok = True
        self.refusing = False

    def start(self) -> asyncio.Task[None]:
        """Begin to take batches; returns what takes them."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="intake")
        return self._task

    async def stop(self) -> None:
        """Take no more; what waits is refused as its source understands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._refuse([*self._first, *self._receipts, *self._calls])

    async def settle_kept(self, *, tries: int = 20) -> None:
        """Give what nobody else would send again a last chance to be stored; a dead store ends the wait."""
        for _ in range(tries):
            if not self._kept and not self._working:
                return
            await asyncio.sleep(STORE_PAUSE_S / 4)

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is being committed."""
        return not (self._working or self._first or self._receipts or self._calls or self._kept)

    def mo(self, item: MoItem) -> None:
        """An MO; refused at once when the queue is full or the node drains (D4, D5)."""
        if self.refusing or len(self._first) >= self.limits.mo_queue_max:
            item.respond.refuse()
            return
        self._put(self._first, item)

    def receipt(self, item: ReceiptItem) -> None:
        """A receipt; refused like an MO, from its own queue."""
        if len(self._receipts) >= self.limits.receipt_queue_max:
            item.respond.refuse()
            return
        self._receipts.append(item)
        self._wake.set()

    async def call(self, call: MerchantCall | StoreCall) -> Answer:
        """A merchant's call; returns once its batch is committed.

        Raises: Busy: the queue is full or the node drains.  StoreUnavailable: try again later (D4).
        """
        if self.refusing or len(self._calls) >= self.limits.call_queue_max:
            raise Busy("too many calls wait")
        item = CallItem(call, asyncio.get_running_loop().create_future())
        self._calls.append(item)
        self._wake.set()
        return await item.done

    async def ask(self, msisdn: Msisdn, ask: Ask, once: Once | None = None) -> Reply:
        """A request that sends no MT of a merchant's; returns once its batch is committed.

        Raises: Busy: the queue is full or the node drains.  StoreUnavailable: try again later (D4).
        """
        if self.refusing or len(self._calls) >= self.limits.call_queue_max:
            raise Busy("too many calls wait")
        item = RequestItem(msisdn, ask, asyncio.get_running_loop().create_future(), once)
        self._calls.append(item)
        self._wake.set()
        return await item.done

    def keep(self, item: Item) -> None:
        """Something nobody else would send again (results, session ends): kept until stored.

        Bounded by the windows: nothing is claimed while too much is unsettled.
        """
        if isinstance(item, SessionClosed) and not item.orderly:
            self._closed[item.session] = self._clock.now()
        self._kept.append(item)
        self._wake.set()

    def pull(self) -> None:
        """There is window for queued MTs."""
        if not any(isinstance(i, Pull) for i in self._kept):
            self.keep(Pull())

    def woken(self, item: Woken) -> None:
        """A handset can be reached again; only advice, so it never takes the last room from MOs."""
        if len(self._first) < self.limits.mo_queue_max // 2:
            self._put(self._first, item)

    def tick(self) -> None:
        """Something is due."""
        self._put(self._first, Tick())

    def _put(self, queue: deque[Item], item: Item) -> None:
        queue.append(item)
        self._wake.set()

    def _take(self) -> list[Item]:
        batch: list[Item] = []
        for queue in (self._first, self._kept, self._receipts, self._calls):
            room = self.limits.batch_items_max
            while queue and room:
                batch.append(queue.popleft())
                room -= 1
        if not (self._first or self._kept or self._receipts or self._calls):
            self._wake.clear()
        return batch

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            items = self._take()
            if not items:
                continue
            self._working = True
            try:
                await self._commit(items)
            except Exception:  # a bug beyond the commit: what is stored is safe, and the line goes on
                log.exception("batch unfinished", extra={"event": "batch_unfinished", "items": len(items)})
                self._metrics.batch_failures_total.labels("unfinished").inc()
                self._left_behind()
            finally:
                self._working = False

    async def _commit(self, items: Sequence[Item]) -> None:
        """One batch through the store; the way of failure decides who is told what (D4)."""
        started = asyncio.get_running_loop().time()
        slots = self._window.reserve()
        self._sweep = self.sweeper.look(self._clock.now())
        try:
            outcome = await self._store.run(partial(self._work, items, slots))
        except StoreUnavailable as error:
            self._window.release(slots)
            self._store_failed(items, error)
            await asyncio.sleep(STORE_PAUSE_S)
            return
        except Exception:
            self._window.release(slots)
            log.exception("batch failed", extra={"event": "batch_failed", "items": len(items)})
            self._metrics.batch_failures_total.labels("decision").inc()
            if len(items) > 1:
                await self._one_by_one(items)
            else:
                await self._alone(items[0])
            return
        if not self.store_ok:
            self.store_ok = True
            self._store_state("")
            self._left_behind()  # by a COMMIT of unknown fate
        self._window.settle(slots, outcome.backlog)
        self._metrics.batch_size.observe(len(items))
        self._metrics.batch_seconds.observe(asyncio.get_running_loop().time() - started)
        self._finish(items, outcome)
        if outcome.swept:
            self.sweeper.swept(outcome.swept, self._clock.now())
        if self._window.can_fill:
            self.pull()

    def _left_behind(self, *, undecided: int | None = None) -> None:
        """MTs may be `sending` that no bind has: look for them now, and twice later."""
        self.sweeper.begin(self._clock.now(), undecided=undecided)
        self.tick()

    async def _one_by_one(self, items: Sequence[Item]) -> None:
        """Find the one that fails. Should the store go away meanwhile, the rest is refused in one go (D4)."""
        for place, item in enumerate(items):
            await self._commit([item])
            if not self.store_ok:
                self._store_failed(items[place + 1 :], StoreUnavailable("the store went away"))
                return

    def _batch(self, tx: Tx, slots: dict[str, int]) -> Batch:
        return Batch(
            tx,
            self.line,
            limits=self.limits,
            node=self._node,
            ids=self._ids,
            now=self._clock.now(),
            slots=dict(slots),
            backlog=self._window.backlog,
            closed=self._closed,
            doubtful=self._doubtful,
            forms=self.forms,
            sweep=self._sweep,
        )

    def _work(self, items: Sequence[Item], slots: dict[str, int], tx: Tx) -> Outcome:
        return work(self._batch(tx, slots), items)

    def _finish(self, items: Sequence[Item], outcome: Outcome) -> None:
        """After the commit: answer, send, tell (D1, D2, D3)."""
        try:
            self._answer(items, outcome)
        finally:
            self._committed(outcome)

    def _answer(self, items: Sequence[Item], outcome: Outcome) -> None:
        """Whoever waits for the commit hears of it; what it settles no longer counts."""
        now_s = asyncio.get_running_loop().time()
        for number, respond in outcome.mo_answers:
            heeded = respond.taken()
            waited_s = now_s - respond.received_s
            self._metrics.mo_ack_seconds.observe(waited_s)
            if waited_s > respond.response_s or not heeded:
                self._doubt(number)
                self.keep(AnsweredLate(number))
        for receipt in outcome.taken:
            receipt.taken()
        for call, answer in outcome.answers:
            if not call.done.done():
                call.done.set_result(answer)
        for request, reply in outcome.replies:
            if not request.done.done():
                request.done.set_result(reply)
        self._settle(items)

    def _settle(self, items: Sequence[Item]) -> None:
        for item in items:
            match item:
                case SessionClosed():
                    self._closed.pop(item.session, None)
                case ResultItem():
                    self._window.settled(item.result.mt)
                case Dropped():
                    self._window.settled(item.mt, item.pieces)
                case _:
                    pass

    def _doubt(self, mo: int) -> None:
        self._doubtful[mo] = None
        if len(self._doubtful) > DOUBTFUL_MAX:
            self._doubtful.popitem(last=False)

    def _store_failed(self, items: Sequence[Item], error: StoreUnavailable) -> None:
        if self.store_ok:
            log.error("store unavailable", extra={"event": "store_unavailable", "error": str(error)})
        if self.store_ok:
            self.store_ok = False
            self._store_state(str(error))
        self._metrics.batch_failures_total.labels("store").inc()
        for item in items:
            if isinstance(item, MoItem):  # the COMMIT's fate may be unknown: it may be stored all the same
                self._doubt(item.mo.id)
        self._refuse(items, error)
        kept = [i for i in items if not isinstance(i, MoItem | ReceiptItem | CallItem | RequestItem | Probe)]
        self._kept.extendleft(reversed(kept))
        if not self._kept and not self.refusing:
            self._kept.append(Probe())  # no traffic may come while we say that we are not ready
        if self._kept:
            self._wake.set()

    def _refuse(self, items: Sequence[Item], error: Exception | None = None) -> None:
        """Ask everyone to come again: carriers by status, merchants by 503 (D4)."""
        for item in items:
            if isinstance(item, MoItem | ReceiptItem):
                item.respond.refuse()
            elif isinstance(item, CallItem | RequestItem) and not item.done.done():
                item.done.set_exception(error or Busy("the node is stopping"))

    async def _alone(self, item: Item) -> None:
        """An item that fails by itself: parked and acked if it is an MO, refused otherwise."""
        try:
            if isinstance(item, Tick):
                await self._each_due()
                return
            outcome = await self._store.run(partial(self._park, item))
        except StoreUnavailable as error:
            self._store_failed([item], error)
            return
        except Exception:  # whoever sent it keeps it
            log.exception("item not parked", extra={"event": "item_not_parked", "item": type(item).__name__})
            self._refuse([item], Busy("it cannot be stored"))
            self._settle([item])
            self._left_behind(undecided=item.result.mt if isinstance(item, ResultItem) else None)
            return
        self._finish([item], outcome)

    async def _each_due(self) -> None:
        """What is due, each in its own transaction, until the one that cannot be done is found and given up (OO4)."""
        found = False
        try:
            for take, give_up in DUE:
                for _ in range(self.limits.due_items_max):
                    try:
                        outcome = await self._store.run(partial(self._due, take))
                    except StoreUnavailable:
                        raise
                    except Exception:
                        log.exception("cannot be done when due", extra={"event": "due_failed"})
                        found = True
                        outcome = await self._store.run(partial(self._due, give_up))
                    if outcome is None:
                        break
                    self._finish([], outcome)
        finally:
            if found:
                self.tick()
            else:
                asyncio.get_running_loop().call_later(DUE_PAUSE_S, self.tick)

    def _due(self, do: Callable[[Batch, int], int], tx: Tx) -> Outcome | None:
        batch = self._batch(tx, {})
        return _written(batch) if do(batch, 1) else None

    def _park(self, item: Item, tx: Tx) -> Outcome:
        batch = self._batch(tx, {})
        park_item(batch, item)
        return _written(batch)


def _written(batch: Batch) -> Outcome:
    """Write a batch that did not come by `work`; the waits that it began count, and what it queued is claimed next."""
    out = batch.finish()
    out.next_due = batch.now if any(out.backlog.values()) else earliest(batch.writes, batch.now)
    return out
