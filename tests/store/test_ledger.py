"""Timers, calls, consents, alarms: what was once written stays what it is."""

from __future__ import annotations

from dataclasses import replace

from smsc.optin.decision import RecordConsent
from smsc.store import AlarmRow, CallKey, CallRow, ConsentRow, Store, Writes
from tests.store.samples import ANNA, BEA, HOROSKOP, NOON, mo, mt, seconds, stored, timer


async def test_timers_come_due_in_order_and_once(store: Store) -> None:
    early, late = timer("a", seconds(5), registration=1, stop=2), timer("b", seconds(9))
    await store.run(lambda tx: tx.write(Writes(timers=[late, early])))
    assert await store.run(lambda tx: tx.next_due(NOON)) == seconds(5)
    assert await store.run(lambda tx: tx.due_timers(seconds(4), 10)) == []
    assert await store.run(lambda tx: tx.due_timers(seconds(9), 10)) == [early, late]
    assert await store.run(lambda tx: tx.due_timers(seconds(9), 1)) == [early]
    await store.run(lambda tx: tx.write(Writes(fired_timers=["a"], cancelled_timers=["b"])))
    await store.run(lambda tx: tx.write(Writes(timers=[early, late])))
    assert await store.run(lambda tx: tx.due_timers(seconds(99), 10)) == []
    assert await store.run(lambda tx: tx.next_due(NOON)) is None


async def test_a_timer_set_and_cancelled_in_one_batch_never_fires(store: Store) -> None:
    await store.run(lambda tx: tx.write(Writes(timers=[timer("a", NOON)], cancelled_timers=["a"])))
    assert await store.run(lambda tx: tx.due_timers(seconds(1), 10)) == []


async def test_D2_a_call_is_answered_as_it_was_the_first_time(store: Store) -> None:
    key = CallKey("astro", "11|a b", ANNA)
    row = CallRow(key, 5, b"\x00digest", "done", 7, NOON)
    await store.run(lambda tx: tx.write(Writes(calls=[row])))
    await store.run(lambda tx: tx.write(Writes(calls=[replace(row, call=6, answer="limited")])))
    others = [CallKey("astro", "11|a b", BEA), CallKey("other", "11|a b", ANNA), CallKey("astro", "x", ANNA)]
    assert await store.run(lambda tx: tx.calls([key, *others])) == {key: row}


async def test_the_time_line_of_a_number_has_everything(store: Store) -> None:
    consent = RecordConsent(HOROSKOP, "active", "mo", 1, "seen", "START", "ch-mo", 2, 11, {"ip": "192.0.2.1"})
    row = ConsentRow(3, ANNA, 1, NOON, consent)
    alarm = AlarmRow(4, NOON, "welcome_missing", ANNA, HOROSKOP, "no welcome")
    await store.run(
        lambda tx: tx.write(Writes(mos=[stored(mo(1))], mts=[mt(2)], consents=[row], alarms=[alarm]))
    )
    found = await store.read(lambda r: r.timeline(ANNA))
    assert (found.mos, found.mts, found.consents) == ([stored(mo(1))], [mt(2)], [row])
    assert (found.charges, found.receipts, found.callbacks) == ([], [], [])
    assert await store.read(lambda r: r.alarms()) == [alarm]
    assert await store.read(lambda r: r.consents(BEA)) == []
