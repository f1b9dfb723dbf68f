"""Callbacks: order for each merchant and number, STOP notices past everything (RP1, RP1a)."""

from __future__ import annotations

from typing import Any

from smsc.messages import NoticeKind
from smsc.store import CallbackResult, CallbackRow, Store, Writes
from tests.store.samples import ANNA, BEA, NOON, callback, seconds


async def keep(store: Store, *rows: CallbackRow) -> None:
    await store.run(lambda tx: tx.write(Writes(callbacks=list(rows))))


async def claim(store: Store, at: float = 0, **limits: Any) -> list[int]:
    found = await store.run(lambda tx: tx.claim_callbacks(seconds(at), **({"limit": 10} | limits)))
    return [row.id for row in found]


async def result(store: Store, number: int, **end: Any) -> None:
    known: dict[str, Any] = {"delivered": False, "at": NOON, "attempts": 1}
    await store.run(lambda tx: tx.callback_results([CallbackResult(number, **(known | end))]))


async def test_a_callback_comes_back_as_it_was_and_once(store: Store) -> None:
    row = callback(
        1,
        kind=NoticeKind.STOP,
        message_id="m",
        text="ask horoskop stop",
        keyword="HOROSKOP",
        network="22801",
        country="CH",
        report="SUCCESS",
        reason_id="0",
        registration="11",
        goodbye_by=seconds(30),
        urgent=True,
        details={"customer_name": "Zoë"},
        attempts=2,
        last_status=500,
        last_error="no",
    )
    again = callback(2, key=row.notice.key)
    await keep(store, row, again)
    assert await store.run(lambda tx: tx.claim_callbacks(NOON, limit=10)) == [row]


async def test_RP1_one_at_a_time_for_a_number_in_order(store: Store) -> None:
    await keep(store, callback(1), callback(2), callback(3, msisdn=BEA), callback(4, merchant="other"))
    assert await claim(store) == [1, 3, 4]
    assert await claim(store, busy=[("astro", ANNA)]) == [3, 4]
    assert await claim(store, busy=[("astro", ANNA), ("other", ANNA)], in_flight=[3]) == []
    assert await claim(store, merchants_off=["astro"]) == [4]
    assert await claim(store, limit=1) == [1]
    await result(store, 1, delivered=True)
    assert await claim(store) == [2, 3, 4]


async def test_RP1_a_retry_holds_back_what_came_later_for_that_number_only(store: Store) -> None:
    await keep(store, callback(1), callback(2), callback(3, msisdn=BEA))
    await result(store, 1, next_at=seconds(60), status=503, error="busy")
    assert await claim(store, 30) == [3]
    assert await store.run(lambda tx: tx.next_callback(seconds(30))) == seconds(60)
    [first, *_] = await store.run(lambda tx: tx.claim_callbacks(seconds(60), limit=10, in_flight=[3]))
    assert (first.id, first.attempts, first.last_status, first.last_error) == (1, 1, 503, "busy")


async def test_RP1_a_parked_one_holds_nobody_back(store: Store) -> None:
    await keep(store, callback(1), callback(2))
    await result(store, 1)
    assert await claim(store) == [2]
    counts = await store.read(lambda r: r.counts())
    assert (counts.callbacks_due, counts.callbacks_parked, counts.oldest_callback_at) == (1, 1, NOON)


async def test_RP1a_a_stop_notice_goes_past_everything_but_itself(store: Store) -> None:
    await keep(store, callback(1, next_at=seconds(60)), callback(2), callback(3, urgent=True), callback(4))
    assert await claim(store) == [3]
    assert await claim(store, busy=[("astro", ANNA)]) == [3]
    assert await claim(store, in_flight=[3]) == []
    assert await claim(store, merchants_off=["astro"]) == []
    assert await claim(store, 60) == [3, 1]
    assert await claim(store, 60, limit=1) == [3]


async def test_RP1a_what_came_after_a_stop_notice_waits_for_it(store: Store) -> None:
    await keep(store, callback(1, urgent=True), callback(2))
    assert await claim(store) == [1]
    await result(store, 1, delivered=True)
    assert await claim(store) == [2]


async def test_RP1a_one_older_than_ten_minutes_blocks_nobody(store: Store) -> None:
    await keep(store, callback(1, next_at=seconds(900)), callback(2, created_at=seconds(60)))
    assert await claim(store, 599) == []
    assert await store.run(lambda tx: tx.next_callback(seconds(599))) == seconds(600)
    assert await claim(store, 600) == [2]
    assert await claim(store, 900, in_flight=[2]) == [1]


async def test_no_callback_no_moment(store: Store) -> None:
    assert await claim(store) == []
    assert await store.run(lambda tx: tx.next_callback(NOON)) is None
