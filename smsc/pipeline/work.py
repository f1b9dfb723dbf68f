"""What a batch does, in the database thread, in one transaction (decision 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from smsc.carrier import parts
from smsc.messages import MtState
from smsc.pipeline.answering import take_request
from smsc.pipeline.batch import Batch, Outcome
from smsc.pipeline.calendar import earliest
from smsc.pipeline.due import take_due
from smsc.pipeline.invitations import follow
from smsc.pipeline.items import (
    AnsweredLate,
    CallItem,
    Dropped,
    Item,
    MoItem,
    Probe,
    Pull,
    ReceiptItem,
    Recovered,
    ResultItem,
    SessionClosed,
    SessionOpened,
    Tick,
    Woken,
)
from smsc.pipeline.mos import take_mo, take_mos
from smsc.pipeline.outcomes import settle_recovered, take_dropped, take_receipts, take_results
from smsc.pipeline.refusals import keep, note_call, note_request
from smsc.pipeline.requests import RefusalAsk, RequestItem
from smsc.pipeline.sends import take_call, take_calls
from smsc.pipeline.sweeping import sweep


@dataclass(slots=True)
class Sorted:
    """The items of a batch by what they need loaded; order of arrival is kept within each."""

    decided: list[MoItem | CallItem | RequestItem]
    """MOs and calls, in the order they came: a STOP and a send of one number keep their order."""
    results: list[ResultItem]
    receipts: list[ReceiptItem]
    dropped: list[Dropped]
    tick: bool
    recovered: bool = False
    woken: list[Woken] = field(default_factory=list)


def sort(items: Sequence[Item], batch: Batch) -> Sorted:
    """Part the items by kind; the small bookkeeping ones are written down at once."""
    sorted_ = Sorted([], [], [], [], any(isinstance(i, Tick) for i in items))
    for item in items:
        match item:
            case MoItem() | CallItem() | RequestItem():
                sorted_.decided.append(item)
            case ResultItem():
                sorted_.results.append(item)
            case ReceiptItem():
                sorted_.receipts.append(item)
            case Dropped():
                sorted_.dropped.append(item)
            case SessionOpened():
                batch.tx.open_session(
                    item.session, node=batch.node, bind=item.bind, carrier=item.carrier, now=batch.now
                )
            case SessionClosed():
                closed_at = batch.closed.get(item.session, batch.now)
                batch.writes.closed_sessions.append((item.session, closed_at, item.orderly))
            case AnsweredLate():
                batch.writes.late.append(item.mo)
            case Woken():
                sorted_.woken.append(item)
            case Probe():
                batch.tx.heartbeat(batch.node, batch.now)
            case Recovered():
                sorted_.recovered = True
            case Tick() | Pull():
                pass
    return sorted_


def work(batch: Batch, items: Sequence[Item]) -> Outcome:
    """Load, decide in order of arrival, write by kind, claim what fits. The caller commits."""
    todo = sort(items, batch)
    if todo.dropped:
        batch.read_rows([d.mt for d in todo.dropped])
        for dropped in todo.dropped:
            take_dropped(batch, dropped)
    if todo.results:
        take_results(batch, todo.results)
    if todo.receipts:
        take_receipts(batch, todo.receipts)
    if todo.recovered:
        settle_recovered(batch)
    decide_in_order(batch, todo.decided)
    if todo.tick:
        take_due(batch, items_max=batch.limits.due_items_max)
        batch.out.ticked = True
        batch.out.backlog.update(dict.fromkeys(batch.slots, True))
    if batch.sweep is not None:
        batch.out.swept = sweep(batch, batch.sweep)
    follow(batch)
    keep(batch)
    out = batch.finish()
    wake(batch, todo.woken)
    out.send = [row for row in batch.born.values() if row.state is MtState.SENDING]
    claim(batch, out)
    if todo.tick:
        out.next_due = batch.tx.next_due(batch.now)
    else:
        out.next_due = earliest(batch.writes, batch.now)
    return out


def decide_in_order(batch: Batch, items: list[MoItem | CallItem | RequestItem]) -> None:
    """MOs and merchants' calls, each seeing what the ones before it decided."""
    mos = [i for i in items if isinstance(i, MoItem)]
    calls = [i for i in items if isinstance(i, CallItem)]
    if calls:
        take_calls(batch, calls)
    if mos:
        take_mos(batch, mos)
    requests = [i for i in items if isinstance(i, RequestItem)]
    batch.load(item.msisdn for item in requests if not isinstance(item.ask, RefusalAsk))
    for item in items:
        match item:
            case MoItem():
                take_mo(batch, item)
            case CallItem():
                take_call(batch, item)
                note_call(batch)
            case RequestItem():
                take_request(batch, item)
                note_request(batch)


def wake(batch: Batch, items: list[Woken]) -> None:
    """Let what waits to be tried again for these handsets go now."""
    for item in items:
        if batch.tx.wake(item.carrier, item.msisdn, batch.now):
            batch.out.backlog[item.carrier] = True
            batch.count("woken")


def claim(batch: Batch, out: Outcome) -> None:
    """Claim queued rows into what is left of the window (D3), unless nobody waits."""
    free = {c: n for c, n in batch.slots.items() if n > 0 and out.backlog.get(c, False)}
    if not free:
        return
    for row in batch.tx.claim(free, node=batch.node, now=batch.now):
        free[row.mt.carrier] -= 1
        batch.slots[row.mt.carrier] -= parts(batch.line.carriers[row.mt.carrier], row.mt)
        out.send.append(replace(row, state=MtState.SENDING))
        if row.parts > 1 and row.mt.attempt > 1:
            known = batch.tx.mt_parts([row.mt.id])
            out.parts_done[row.mt.id] = frozenset(p.part for p in known if p.state is not MtState.QUEUED)
    for carrier, left in free.items():
        if left > 0:
            out.backlog[carrier] = False
