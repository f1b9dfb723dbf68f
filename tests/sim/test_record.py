"""Record: numbered, bounded, waited on without a clock."""

from __future__ import annotations

import asyncio

import pytest

from smsc.sim.record import Record


def test_entries_are_numbered_and_the_oldest_forgotten() -> None:
    record: Record[str] = Record(limit=2)
    assert [record.append(text) for text in ("a", "b", "c")] == [1, 2, 3]
    assert record.after(0) == [(2, "b"), (3, "c")]
    assert record.after(2) == [(3, "c")]
    assert record.all() == ["b", "c"]
    kept_beside = {1, 2, 3}
    record.prune(kept_beside)
    assert kept_beside == {2, 3}


async def test_a_waiter_is_woken_by_the_entry_it_waits_for() -> None:
    record: Record[str] = Record()
    record.append("a")
    waiting = asyncio.create_task(record.find(lambda _, entry: entry == "c", timeout=5))
    await asyncio.sleep(0)
    record.append("b")
    await asyncio.sleep(0)
    record.append("c")
    assert await waiting == (3, "c")


async def test_an_entry_already_there_needs_no_wait() -> None:
    record: Record[str] = Record()
    record.append("a")
    assert await record.find(lambda _, entry: entry == "a", timeout=0) == (1, "a")


async def test_waiting_in_vain_is_a_timeout() -> None:
    record: Record[str] = Record()
    with pytest.raises(TimeoutError):
        await record.find(lambda _, entry: True, timeout=0)
