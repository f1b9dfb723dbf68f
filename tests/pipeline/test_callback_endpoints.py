"""Endpoints that are gone, failing, garbled or hostile; parked callbacks told again; two nodes (RP1, RP1a)."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from smsc.messages import CallbackTarget
from smsc.ops.metrics import Metrics
from smsc.pipeline.callback_places import CallbackLimits
from smsc.pipeline.callbacks import Callbacks
from smsc.pipeline.guard import guarded_client
from smsc.sms.numbers import Msisdn
from smsc.store import CallbackRow, Writes
from tests.pipeline.test_callbacks import ANNA, BEAT, DOWN, Rig, limits, rig

__all__ = ["limits", "rig"]

TURNS = 50 if os.environ.get("SMSC_SOAK") else 5
"""Callbacks for each of 200 numbers: 10,000 in the soak."""
GONE = (410, "", "")


async def parked(rig: Rig, merchant: str = "astro") -> list[CallbackRow]:
    return await rig.store.read(lambda r: r.callbacks(merchant, state="parked", limit=100_000))


def numbers(count: int) -> list[Msisdn]:
    return [Msisdn(f"4178{n:07}") for n in range(count)]


async def test_410_disables_the_endpoint_and_parks_what_waits(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [GONE]
    await rig.put("1", "2", "3")
    await rig.put("other", merchant="flirt")
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["1"]
    assert rig.endpoint.ids("/flirt") == ["other"]
    assert [row.notice.id for row in await parked(rig)] == ["1", "2", "3"]
    await rig.put("4")
    await rig.put("stop", urgent=True)
    await rig.passes(hours=1)
    assert rig.endpoint.ids() == ["1"]
    off = await rig.store.read(lambda r: r.disabled_endpoints())
    assert [(row.merchant, row.reason[:8]) for row in off] == [("astro", "HTTP 410")]
    assert await rig.worker.enable("astro")
    assert await rig.worker.replay("astro") == 5
    await rig.worker.settled()
    assert sorted(rig.endpoint.ids()[1:]) == ["1", "2", "3", "4", "stop"]
    assert await parked(rig) == []


async def test_410_of_one_url_says_nothing_of_the_next(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [GONE]
    await rig.put("1")
    await rig.worker.settled()
    rig.targets["astro"] = CallbackTarget(f"http://127.0.0.1:{rig.endpoint.port}/new")
    await rig.put("2")
    await rig.worker.settled()
    assert rig.endpoint.ids("/new") == ["2"]


async def test_the_breaker_opens_and_probes_with_one(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN] * 20
    for number, msisdn in enumerate(numbers(50)):
        await rig.put(f"{number}", msisdn=msisdn)
    await rig.worker.settled()
    heard = len(rig.endpoint.ids())
    assert 5 <= heard <= 12
    assert "astro" in rig.worker.resting()
    await rig.put("other", merchant="flirt")
    await rig.worker.settled()
    assert rig.endpoint.ids("/flirt") == ["other"]
    await rig.passes(seconds=95)
    assert heard < len(rig.endpoint.ids()) <= heard + 8
    await rig.passes(minutes=15)
    assert set(rig.endpoint.ids()) == {str(n) for n in range(50)}
    assert rig.worker.resting() == {}
    assert await rig.due() == []


async def test_RP1a_a_stop_goes_past_an_open_breaker(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN] * 12
    for number, msisdn in enumerate(numbers(50)):
        await rig.put(f"{number}", msisdn=msisdn)
    await rig.worker.settled()
    assert "astro" in rig.worker.resting()
    await rig.put("stop", urgent=True)
    await rig.worker.settled()
    assert "stop" in rig.endpoint.ids()


async def test_a_day_down_loses_nothing_and_keeps_each_numbers_order(rig: Rig) -> None:
    port, rig.endpoint.port = rig.endpoint.port, 1  # nobody listens there
    for number in range(5):
        for msisdn in (ANNA, BEAT):
            await rig.put(f"{msisdn}-{number:02}", msisdn=msisdn)
    await rig.passes(days=1)
    assert rig.endpoint.told == []
    rig.endpoint.port = port
    await rig.passes(hours=8)
    assert len(rig.endpoint.ids()) == len(set(rig.endpoint.ids())) == 10
    assert await rig.due() == []


async def test_four_days_down_parks_all_and_replay_tells_it_in_order(rig: Rig) -> None:
    port, rig.endpoint.port = rig.endpoint.port, 1
    for number in range(5):
        for msisdn in (ANNA, BEAT):
            await rig.put(f"{msisdn}-{number:02}", msisdn=msisdn)
    await rig.passes(days=4)
    assert await rig.due() == []
    assert len(await parked(rig)) == 10
    rig.endpoint.port = port
    assert await rig.worker.replay("astro") == 10
    await rig.worker.settled()
    for msisdn in (ANNA, BEAT):
        own = [id_ for id_ in rig.endpoint.ids() if id_.startswith(str(msisdn))]
        assert own == [f"{msisdn}-{number:02}" for number in range(5)]


async def test_thousands_parked_are_replayed_in_order(rig: Rig) -> None:
    await rig.worker.stop()
    people, now = numbers(200), rig.clock.now()
    rows = [rig.row(f"{msisdn}-{turn:02}", msisdn=msisdn) for turn in range(TURNS) for msisdn in people]
    await rig.store.run(lambda tx: tx.write(Writes(callbacks=rows)))
    day = timedelta(days=1)
    assert (
        await rig.store.run(lambda tx: tx.park_callbacks("astro", now, made_before=now + day, why="-"))
        == 200 * TURNS
    )
    rig.restart()
    began = time.process_time()  # not of the clock: others may have the machine
    assert await rig.worker.replay("astro") == 200 * TURNS
    await rig.worker.settled()
    assert time.process_time() - began < 120 + TURNS
    order: dict[str, list[str]] = defaultdict(list)
    for id_ in rig.endpoint.ids():
        order[id_.split("-")[0]].append(id_.split("-")[1])
    assert set(map(tuple, order.values())) == {tuple(f"{turn:02}" for turn in range(TURNS))}
    assert len(order) == 200
    assert await parked(rig) == []


async def test_some_are_replayed_and_the_others_stay(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [GONE]
    await rig.put("1", "2", "3")
    await rig.worker.settled()
    rows = await parked(rig)
    assert await rig.worker.enable("astro")
    assert not await rig.worker.enable("astro")
    assert await rig.worker.replay("astro", ids=[rows[2].id]) == 1
    assert await rig.worker.replay("rival", ids=[rows[1].id]) == 0
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["1", "3"]
    assert [row.notice.id for row in await parked(rig)] == ["1", "2"]


async def test_the_last_attempts_are_kept(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN] * 12
    await rig.put("1")
    await rig.passes(hours=30)
    row = (await rig.store.read(lambda r: r.callbacks("astro")))[0]
    assert (row.state, row.attempts, len(row.history)) == ("delivered", 13, 10)
    assert [attempt.status for attempt in row.history] == [500] * 9 + [200]
    assert row.history[0].error.startswith("HTTP 500")
    assert [a.at for a in row.history] == sorted(a.at for a in row.history)


GARBAGE = {
    "no http": b"\x00\xff\xfe whatever\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000,
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nOK",
    "nothing": b"",
}


@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_a_failure_and_holds_nobody(rig: Rig, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    rig.targets["garbage"] = CallbackTarget(
        f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout_s=5.0
    )
    await rig.put("1", merchant="garbage")
    await rig.put("2")
    await rig.worker.settled()
    server.close()
    await server.wait_closed()
    assert rig.endpoint.ids() == ["2"]
    row = (await rig.due())[0]
    assert (row.notice.merchant, row.attempts, row.last_status) == ("garbage", 1, 0)
    assert row.last_error


async def test_a_redirect_to_the_metadata_service_leads_nowhere(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [(302, "", "Location: http://169.254.169.254/latest/meta-data/\r\n")]
    await rig.put("1")
    rig.targets["meta"] = CallbackTarget("http://169.254.169.254/latest/meta-data/")
    await rig.put("2", merchant="meta")
    await rig.worker.settled()
    rows = {row.notice.merchant: row for row in await rig.due()}
    assert rows["astro"].last_status == 302
    assert "not public" in rows["meta"].last_error
    assert "latest" not in rows["meta"].last_error


async def test_a_name_that_rebinds_to_loopback_is_refused(rig: Rig) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["::ffff:10.0.0.1"], ["0.0.0.0"]])

    async def resolve(host: str, port: int) -> list[str]:
        return next(answers)

    client = guarded_client(resolve=resolve)
    worker = Callbacks(
        rig.store,
        target=lambda name: CallbackTarget(f"http://rebinds.example:{rig.endpoint.port}/astro"),
        client=client,
        clock=rig.clock,
        rng=random.Random(1),
        metrics=Metrics(),
    )
    await rig.worker.stop()
    await rig.put("1")
    worker.start()
    for _ in range(4):
        await worker.settled()
        row = (await rig.due())[0]
        assert "not public" in row.last_error
        await rig.clock.passes(row.next_at - rig.clock.now() - timedelta(microseconds=1), worker.settled)
    await worker.stop()
    await client.aclose()
    assert rig.endpoint.told == []


async def test_two_nodes_never_post_the_same_at_once(rig: Rig) -> None:
    await rig.worker.stop()
    for start in range(3):
        for msisdn in numbers(40):
            await rig.put(f"{msisdn}-{start}", msisdn=msisdn)
    workers = [
        Callbacks(
            rig.store,
            target=rig.target,
            client=rig.client,
            clock=rig.clock,
            rng=random.Random(node),
            metrics=Metrics(),
            limits=CallbackLimits(),
            node=node,
        )
        for node in (1, 2)
    ]
    for worker in workers:
        worker.start()
    await until_all_are_told(rig, workers)
    for worker in workers:
        await worker.stop()
    assert set(Counter(rig.endpoint.ids()).values()) == {1}
    assert len(rig.endpoint.ids()) == 120
    order: dict[str, list[str]] = defaultdict(list)
    for id_ in rig.endpoint.ids():
        order[id_.split("-")[0]].append(id_.split("-")[1])
    assert set(map(tuple, order.values())) == {("0", "1", "2")}


async def until_all_are_told(rig: Rig, workers: list[Callbacks]) -> None:
    """As the nodes' heartbeats do: what one has ended, the other is woken for."""
    while await rig.due_now():
        for worker in workers:
            worker.kick()
        for worker in workers:
            await worker.settled()


async def test_a_dead_nodes_lease_ends_when_it_is_found_dead(rig: Rig) -> None:
    await rig.worker.stop()
    now = rig.clock.now()
    dead = await rig.store.run(lambda tx: tx.open_node(now))
    alive = await rig.store.run(lambda tx: tx.open_node(now))
    await rig.put("1")
    claimed = await rig.store.run(lambda tx: tx.claim_callbacks(now, limit=10, node=dead))
    assert [row.notice.id for row in claimed] == ["1"]
    assert await rig.store.run(lambda tx: tx.claim_callbacks(now, limit=10, node=alive)) == []
    later = now + timedelta(seconds=60)
    await rig.store.run(lambda tx: tx.heartbeat(alive, later))
    await rig.store.run(lambda tx: tx.recover(later, me=alive, silent_since=now + timedelta(seconds=30)))
    again = await rig.store.run(lambda tx: tx.claim_callbacks(later, limit=10, node=alive))
    assert [row.notice.id for row in again] == ["1"]
