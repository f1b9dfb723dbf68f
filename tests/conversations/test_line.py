"""The line under stress: stored before it is acknowledged, refused when it cannot be, and never lost (D1, D4, D5)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from smsc.optin import decide
from smsc.smpp.codes import CommandStatus
from smsc.store import Tx
from tests.conversations.s2 import subscribes
from tests.stage import ANNA, BEAT, Stage

TRY_AGAIN = CommandStatus.ESME_RX_T_APPN


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Another process holds the database's write lock."""
    other = sqlite3.connect(stage.folder / "smsc.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def ready(stage: Stage) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://{stage.server.http_address}/readyz")).status_code


async def test_D4_a_locked_database_asks_everyone_to_try_again_and_parks_nothing(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    with locked(stage):
        assert await anna.texts("Hallo?", to="543") == TRY_AGAIN
        async with httpx.AsyncClient() as client:
            params = {"cc": "astro", "ekey": stage.merchant.ekey, "number": ANNA, "value": "0.00"}
            params |= {"currency": "CHF", "message": "Hallo", "id": f"{mo['id']}|c1"}
            answer = await client.get(f"{stage.merchant.gateway}/gateway", params=params)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
        assert await ready(stage) == 503
    assert await anna.texts("Hallo?", to="543") == 0
    await stage.merchant.gets(message="Hallo?")
    assert await ready(stage) == 200
    counts = await stage.server.store.read(lambda r: r.counts())
    assert counts.mos_parked == 0


async def test_OO1_stop_while_the_database_is_busy_is_asked_again_and_takes_effect_once(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    with locked(stage):
        assert await anna.texts("STOP", to="543") == TRY_AGAIN
    assert await anna.texts("STOP", to="543") == 0
    await stage.merchant.gets(message="ask horoskop stop")
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence() and stage.merchant.has_silence()


async def test_D1_no_ack_leaves_before_the_commit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = stage.handset(ANNA)
    seen: list[bool] = []
    write = Tx.write
    deliver: asyncio.Task[int | None]

    def slow(self: Tx, writes: Any) -> None:
        write(self, writes)
        if writes.mos:
            seen.append(deliver.done())

    monkeypatch.setattr(Tx, "write", slow)
    deliver = asyncio.create_task(anna.texts("HOROSKOP", to="543"))
    assert await deliver == 0
    assert seen == [False], "written, not yet committed: not yet answered"
    await anna.gets("START HOROSKOP")


async def test_D1a_two_equal_texts_on_a_healthy_bind_are_two_mos(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    for _ in range(2):
        assert await anna.texts("Ja!", to="543") == 0
    first = await stage.merchant.gets(message="Ja!")
    second = await stage.merchant.gets(message="Ja!")
    assert first["id"] != second["id"]


async def test_D4_an_mo_that_cannot_be_decided_is_parked_alone_and_acked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    def breaks(book: Any, standing: Any, event: Any, now: Any) -> Any:
        if getattr(getattr(event, "origin", None), "text", "") == "BUMM":
            raise ZeroDivisionError("a decision that fails")
        return decide(book, standing, event, now)

    monkeypatch.setattr("smsc.pipeline.batch.decide", breaks)
    statuses = await asyncio.gather(anna.texts("BUMM", to="543"), beat.texts("HOROSKOP", to="543"))
    assert list(statuses) == [0, 0]
    await beat.gets("START HOROSKOP")
    assert "mo_parked" in await stage.alarms()
    parked = (await stage.server.store.read(lambda r: r.counts())).mos_parked
    assert parked == 1 and anna.has_silence()


async def test_D5_a_draining_server_refuses_new_mos_and_calls(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.server.node.drain()
    assert await anna.texts("Hallo?", to="543") == TRY_AGAIN
    async with httpx.AsyncClient() as client:
        params = {"cc": "astro", "ekey": stage.merchant.ekey, "number": ANNA, "value": "0.00"}
        params |= {"currency": "CHF", "message": "Hallo", "id": f"{mo['id']}|c1"}
        answer = await client.get(f"{stage.merchant.gateway}/gateway", params=params)
    assert answer.status_code == 503
