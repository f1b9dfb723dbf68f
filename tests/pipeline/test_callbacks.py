"""Callbacks from a real store to a real merchant over HTTP; business time is driven."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from smsc.messages import CallbackTarget, Notice, NoticeKind
from smsc.ops.metrics import Metrics
from smsc.pipeline.callback_places import CallbackLimits
from smsc.pipeline.callbacks import Callbacks
from smsc.pipeline.guard import guarded_client
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import Store, StoreUnavailable
from smsc.store.rows import CallbackRow, Writes
from tests.driven import START, DrivenClock

ANNA, BEAT = Msisdn("41791234501"), Msisdn("41791234577")
OK = (200, "OK", "")
DOWN = (500, "", "")


@dataclass
class Endpoint:
    """A merchant's server. Answers (status, body, further header) from `answers` by path, OK without any."""

    port: int = 0
    answers: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    """(path, notice id), in the order of arrival."""
    headers: list[str] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)
    at_once: int = 0
    at_once_max: int = 0

    def ids(self, path: str = "/astro") -> list[str]:
        return [id_ for where, id_ in self.told if where == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the worker hung up: what the test wanted
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        length = next(
            int(line[16:]) for line in head.lower().split("\r\n") if line.startswith("content-length: ")
        )
        form = parse_qs((await reader.readexactly(length)).decode())
        self.told.append((path, form["id"][0]))
        self.headers.append(head)
        async with self.heard:
            self.heard.notify_all()
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        if path in self.held:
            await self.held[path].wait()
        self.at_once -= 1
        queue = self.answers.get(path, [])
        status, body, header = queue.pop(0) if queue else OK
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{header}\r\n{body}".encode()
        )
        await writer.drain()


class Rig:
    """Store, clock, endpoint and worker together."""

    def __init__(self, store: Store, endpoint: Endpoint, limits: CallbackLimits) -> None:
        self.store, self.endpoint, self.clock, self.metrics = store, endpoint, DrivenClock(), Metrics()
        self.targets: dict[str, CallbackTarget] = {}
        self.client = guarded_client(allow=(ip_network("127.0.0.0/8"),))
        self.limits = limits
        self.worker = self._worker()
        self._numbers = iter(range(1, 100_000))

    def _worker(self) -> Callbacks:
        return Callbacks(
            self.store,
            target=self.target,
            client=self.client,
            clock=self.clock,
            rng=random.Random(1),
            metrics=self.metrics,
            limits=self.limits,
            next_id=lambda: next(self._numbers),
        )

    def restart(self) -> None:
        """Another worker, after the first was stopped."""
        self.worker = self._worker()
        self.worker.start()

    def target(self, merchant: str) -> CallbackTarget | None:
        return self.targets.get(merchant) or CallbackTarget(
            f"http://127.0.0.1:{self.endpoint.port}/{merchant}"
        )

    async def put(
        self, *ids: str, merchant: str = "astro", msisdn: Msisdn = ANNA, urgent: bool = False
    ) -> None:
        """Commit notices, as a batch of the line does, and wake the worker."""
        rows = [self.row(id_, merchant=merchant, msisdn=msisdn, urgent=urgent) for id_ in ids]
        await self.store.run(lambda tx: tx.write(Writes(callbacks=rows)))
        self.worker.kick()

    def row(
        self, id_: str, *, merchant: str = "astro", msisdn: Msisdn = ANNA, urgent: bool = False
    ) -> CallbackRow:
        """A callback of now."""
        now = self.clock.now()
        return CallbackRow(
            id=next(self._numbers),
            notice=Notice(
                key=f"{merchant}/{id_}",
                kind=NoticeKind.STOP if urgent else NoticeKind.MO,
                merchant=merchant,
                msisdn=msisdn,
                short_code=ShortCode("543"),
                at=now,
                id=id_,
                text="HOROSKOP",
                urgent=urgent,
            ),
            created_at=now,
            next_at=now,
        )

    async def due_now(self) -> bool:
        """Whether anything still waits, for whichever node."""
        return (await self.store.read(lambda r: r.counts())).callbacks_due > 0

    async def alarms(self) -> int:
        """Alarms of errors of ours that were kept, and counted."""
        kept = [row for row in await self.store.read(lambda r: r.alarms()) if row.kind == "callback_error"]
        sample = self.metrics.registry.get_sample_value("smsc_alarms_total", {"kind": "callback_error"})
        assert len(kept) == (sample or 0)
        return len(kept)

    async def passes(self, **span: float) -> None:
        await self.clock.passes(timedelta(**span), self.worker.settled)

    async def due(self) -> list[CallbackRow]:
        """Everything that still waits, at whatever time."""
        far = self.clock.now() + timedelta(days=3650)
        return await self.store.run(lambda tx: tx.claim_callbacks(far, limit=1000))


@pytest.fixture
def limits() -> CallbackLimits:
    return CallbackLimits()


@pytest.fixture
async def rig(tmp_path: Path, limits: CallbackLimits) -> AsyncIterator[Rig]:
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
    endpoint.port = server.sockets[0].getsockname()[1]
    store = Store.open(f"sqlite:///{tmp_path}/smsc.db")
    rig = Rig(store, endpoint, limits)
    rig.worker.start()
    yield rig
    for event in endpoint.held.values():
        event.set()
    await rig.worker.stop()
    await rig.client.aclose()
    server.close()
    await server.wait_closed()
    await store.close()


async def test_RP1_a_notice_is_told_once_when_it_is_taken(rig: Rig) -> None:
    await rig.put("1")
    await rig.worker.settled()
    await rig.passes(hours=1)
    assert rig.endpoint.ids() == ["1"]
    assert await rig.due() == []


@pytest.mark.parametrize("limits", [CallbackLimits(octets_max=1)])
async def test_RP1_bodies_on_their_way_are_bounded_by_octets_and_one_always_goes(rig: Rig) -> None:
    await rig.put("1")
    await rig.put("2", msisdn=BEAT)
    await rig.put("3", merchant="other")
    await rig.worker.settled()
    assert len(rig.endpoint.told) == 3
    assert rig.endpoint.at_once_max == 1
    assert await rig.due() == []


async def test_RP1_a_failed_one_comes_again_with_growing_delays(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN, (200, "no", ""), (404, "OK", ""), DOWN]
    await rig.put("1")
    await rig.worker.settled()
    waits: list[float] = []
    for _ in range(4):
        row = (await rig.due())[0]
        waits.append((row.next_at - rig.clock.now()).total_seconds())
        await rig.passes(seconds=waits[-1])
    assert rig.endpoint.ids() == ["1"] * 5
    for wait, usual in zip(waits, (10, 30, 60, 120), strict=True):
        assert 0.8 * usual <= wait <= 1.2 * usual
    assert await rig.due() == []


async def test_RP1_the_last_error_is_kept_with_the_row(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [(503, "closed", "")]
    await rig.put("1")
    await rig.worker.settled()
    row = (await rig.due())[0]
    assert (row.attempts, row.last_status) == (1, 503)
    assert "closed" in row.last_error


async def test_RP1_what_an_endpoint_answers_is_masked_with_the_row_and_never_logged(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="smsc")
    rig.endpoint.answers["/astro"] = [(503, "no 41791234501 ich liebe dich", "")]
    rig.endpoint.answers["/rival"] = [(200, "later", "")]
    await rig.put("1")
    await rig.put("2", merchant="rival")
    await rig.worker.settled()
    errors = sorted(row.last_error for row in await rig.due())
    assert errors == [
        "HTTP 200, not the body that counts as taken, body 'later'",
        "HTTP 503, body 'no **** ich liebe dich'",
    ]
    logged = [
        record.__dict__ for record in caplog.records if record.__dict__.get("event") == "callback_failed"
    ]
    assert sorted(entry["error"] for entry in logged) == [
        "HTTP 200, not the body that counts as taken",
        "HTTP 503",
    ]


async def test_RP1_an_endpoint_that_is_down_for_an_hour_misses_nothing(rig: Rig) -> None:
    port, rig.endpoint.port = rig.endpoint.port, 1  # nobody listens there
    await rig.put("1", "2")
    await rig.put("3", msisdn=BEAT)
    await rig.passes(hours=1)
    assert rig.endpoint.told == []
    rig.endpoint.port = port
    await rig.passes(hours=1)
    assert sorted(rig.endpoint.ids()) == ["1", "2", "3"]
    assert await rig.due() == []


async def test_RP1_after_72_hours_it_is_parked(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN] * 100
    await rig.put("1")
    await rig.passes(hours=71)
    assert len(await rig.due()) == 1
    await rig.passes(hours=10)
    assert await rig.due() == []
    attempts = len(rig.endpoint.ids())
    assert 20 <= attempts <= 40
    await rig.passes(hours=100)
    assert len(rig.endpoint.ids()) == attempts
    assert 'smsc_callback_parked_total{merchant="astro"} 1.0' in rig.metrics.exposition().decode()


async def test_RP1_notices_of_a_number_keep_their_order(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN]
    await rig.put("1", "2", "3")
    await rig.worker.settled()
    await rig.put("B", msisdn=BEAT)
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["1", "B"]
    await rig.passes(seconds=15)
    assert rig.endpoint.ids() == ["1", "B", "1", "2", "3"]


async def test_RP1a_a_stop_is_not_held_behind_the_others(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN]
    await rig.put("1", "2")
    await rig.worker.settled()
    await rig.put("stop", urgent=True)
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["1", "stop"]


async def test_RP1a_after_ten_minutes_a_stuck_one_no_longer_holds_its_number(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [DOWN] * 6  # 1 fails at 0, 10, 40, 100, 220 and 520 s or about
    await rig.put("1")
    await rig.passes(minutes=9)
    await rig.put("2")
    await rig.worker.settled()
    assert "2" not in rig.endpoint.ids()
    await rig.passes(seconds=90)
    assert rig.endpoint.ids()[-1] == "2"
    await rig.passes(minutes=30)
    assert rig.endpoint.ids()[-1] == "1"
    assert "smsc-out-of-order: 1" in rig.endpoint.headers[-1].lower()
    assert "smsc-out-of-order" not in rig.endpoint.headers[0].lower()


async def test_RP1_retry_after_is_honoured_within_an_hour(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [(503, "", "Retry-After: 300\r\n"), (503, "", "Retry-After: 999999\r\n")]
    await rig.put("1")
    await rig.worker.settled()
    assert (await rig.due())[0].next_at == START + timedelta(seconds=300)
    await rig.passes(seconds=300)
    assert (await rig.due())[0].next_at == START + timedelta(seconds=3900)


async def test_a_slow_merchant_does_not_hold_back_the_others(rig: Rig) -> None:
    release = rig.endpoint.held["/slow"] = asyncio.Event()
    for number in range(100):
        await rig.put(f"s{number}", merchant="slow", msisdn=Msisdn(f"4179000{number:04}"))
    for number in range(20):
        await rig.put(f"a{number}", msisdn=Msisdn(f"4178000{number:04}"))
    await arrived(rig, "/astro", 20)
    assert len(rig.endpoint.ids("/slow")) == 8
    release.set()
    await rig.worker.settled()
    assert len(set(rig.endpoint.ids("/slow"))) == 100
    assert await rig.due() == []


async def test_RP1a_a_stop_goes_past_a_merchant_whose_places_are_taken(rig: Rig) -> None:
    release = rig.endpoint.held["/astro"] = asyncio.Event()
    for number in range(30):
        await rig.put(f"a{number}", msisdn=Msisdn(f"4178000{number:04}"))
    await arrived(rig, "/astro", 8)
    await rig.put("stop", urgent=True)
    await arrived(rig, "/astro", 9)
    assert rig.endpoint.ids()[-1] == "stop"
    release.set()
    await rig.worker.settled()
    assert len(rig.endpoint.ids()) == 31


@pytest.mark.parametrize("limits", [CallbackLimits(in_flight_max=3, per_merchant_max=2)])
async def test_what_is_posted_at_once_is_bounded(rig: Rig) -> None:
    for merchant in ("astro", "flirt", "quiz"):
        for number in range(10):
            await rig.put(f"{merchant}{number}", merchant=merchant, msisdn=Msisdn(f"4178000{number:04}"))
    await rig.worker.settled()
    assert len(rig.endpoint.told) == 30
    assert rig.endpoint.at_once_max <= 3


async def test_no_answer_in_time_is_a_failure(rig: Rig) -> None:
    rig.endpoint.held["/astro"] = asyncio.Event()
    url = f"http://127.0.0.1:{rig.endpoint.port}/astro"
    rig.targets["astro"] = CallbackTarget(url, timeout_s=0.05)
    await rig.put("1")
    await rig.worker.settled()
    row = (await rig.due())[0]
    assert (row.attempts, row.last_status) == (1, 0)
    assert "Timeout" in row.last_error


async def test_an_endless_answer_is_read_to_its_limit_only(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [(200, "OK" + "x" * 1_000_000, "")]
    await rig.put("1")
    await rig.worker.settled()
    assert (await rig.due())[0].attempts == 1


async def test_a_notice_that_cannot_be_written_is_parked_at_once_and_stops_nobody_else(rig: Rig) -> None:
    rig.targets["telex"] = CallbackTarget("http://127.0.0.1:1/", format="telex")
    rig.targets["bad"] = CallbackTarget("gopher://nowhere")
    await rig.put("1", "2", merchant="telex")
    await rig.put("3", merchant="bad")
    await rig.put("4")
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["4"]
    parked = await rig.store.read(lambda r: r.callbacks("telex", state="parked", after=0, limit=10))
    assert [row.notice.id for row in parked] == ["1", "2"]
    assert all("telex" in row.last_error for row in parked)
    assert [row.last_error != "" for row in await rig.due()] == [True]
    assert await rig.alarms() == 1  # once an hour for each merchant and kind of error


async def test_an_error_of_ours_marks_its_callback_and_raises_an_alarm(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rig.client.stream

    def stream(method: str, url: str, **how: Any) -> Any:
        if url.endswith("/flirt"):
            raise LookupError("nobody foresaw this")
        return real(method, url, **how)

    monkeypatch.setattr(rig.client, "stream", stream)
    await rig.put("1", merchant="flirt")
    await rig.put("2")
    await rig.worker.settled()
    assert rig.endpoint.ids() == ["2"]
    [marked] = await rig.due()
    assert (marked.attempts, marked.last_error) == (1, "LookupError: nobody foresaw this")
    assert await rig.alarms() == 1
    monkeypatch.undo()
    await rig.passes(seconds=15)
    assert rig.endpoint.ids("/flirt") == ["1"]


async def test_an_error_in_judging_an_end_parks_that_callback(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(row: CallbackRow, ended: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.worker, "_learn", learn)
    await rig.put("1")
    await rig.worker.settled()
    monkeypatch.undo()
    await rig.put("2")
    await rig.worker.settled()
    parked = await rig.store.read(lambda r: r.callbacks("astro", state="parked", after=0, limit=10))
    assert [(row.notice.id, row.last_error) for row in parked] == [("1", "RuntimeError: a bug")]
    assert rig.endpoint.ids() == ["1", "2"]


async def test_a_turn_that_fails_is_tried_again_and_keeps_the_ends(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = rig.store.run, iter([ZeroDivisionError("a bug")] * 2)

    async def run(work: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await real(work)

    await rig.put("1")
    await rig.worker.settled()
    rows = [rig.row("2")]
    await real(lambda tx: tx.write(Writes(callbacks=rows)))
    monkeypatch.setattr(rig.store, "run", run)
    rig.worker.kick()
    await rig.passes(seconds=5)
    assert rig.endpoint.ids() == ["1", "2"]
    assert not await rig.due_now()


async def test_a_redirect_is_not_followed(rig: Rig) -> None:
    rig.endpoint.answers["/astro"] = [(307, "", f"Location: http://127.0.0.1:{rig.endpoint.port}/other\r\n")]
    await rig.put("1")
    await rig.worker.settled()
    assert rig.endpoint.told == [("/astro", "1")]
    assert (await rig.due())[0].last_status == 307


async def test_D4_results_wait_for_a_store_that_is_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    release = rig.endpoint.held["/astro"] = asyncio.Event()
    await rig.put("1")
    await arrived(rig, "/astro", 1)
    whole = rig.store.run
    refused = asyncio.Event()

    async def away(work: object) -> None:
        refused.set()
        raise StoreUnavailable("database is locked")

    monkeypatch.setattr(rig.store, "run", away)
    release.set()
    await refused.wait()
    monkeypatch.setattr(rig.store, "run", whole)
    await rig.passes(seconds=5)
    assert rig.endpoint.ids() == ["1"]
    assert await rig.due() == []


async def test_D5_stop_waits_for_what_is_on_its_way_and_leaves_the_rest(rig: Rig) -> None:
    release = rig.endpoint.held["/astro"] = asyncio.Event()
    await rig.put("1", "2")
    await arrived(rig, "/astro", 1)
    stopping = asyncio.create_task(rig.worker.stop())
    release.set()
    await stopping
    assert [row.notice.id for row in await rig.due()] == ["2"]


async def test_D5_what_does_not_end_in_time_stays_due(rig: Rig) -> None:
    rig.endpoint.held["/astro"] = asyncio.Event()
    await rig.put("1")
    await arrived(rig, "/astro", 1)
    await rig.worker.stop(grace_s=0.01)
    assert [row.attempts for row in await rig.due()] == [0]


async def arrived(rig: Rig, path: str, count: int) -> None:
    """Wait until the endpoint has heard `count` notices at `path`."""
    async with asyncio.timeout(10), rig.endpoint.heard:
        await rig.endpoint.heard.wait_for(lambda: len(rig.endpoint.ids(path)) >= count)
