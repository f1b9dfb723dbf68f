"""Long-lived tasks that die are noticed; those that are asked to end are not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smsc.ops.health import Health
from smsc.ops.lives import Lives
from smsc.ops.metrics import Metrics
from tests.stage import open_stage


async def _fails() -> None:
    raise ZeroDivisionError("a bug")


async def _waits() -> None:
    await asyncio.Event().wait()


async def test_a_task_that_dies_is_logged_counted_and_makes_the_node_unready(
    caplog: pytest.LogCaptureFixture,
) -> None:
    health, metrics = Health(), Metrics()
    health.cleared("node")
    lives, tasks = Lives(health, metrics), [asyncio.create_task(_fails(), name="worker")]
    tasks.append(asyncio.create_task(asyncio.sleep(0), name="asked to end"))
    tasks.append(asyncio.create_task(_waits(), name="cancelled"))
    for task in tasks:
        lives.watch(task)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert health.troubles == {"task worker": "died: ZeroDivisionError"}
    assert metrics.registry.get_sample_value("smsc_tasks_died_total", {"task": "worker"}) == 1
    assert [record.getMessage() for record in caplog.records] == ["task died"]


async def test_every_long_lived_task_of_a_server_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: set[str] = set()
    monkeypatch.setattr(Lives, "watch", lambda _, task: watched.add(task.get_name()))
    async with open_stage(tmp_path):
        here = {"callbacks", "intake", "heartbeat", "http server"}
        assert here <= watched
        assert any("/" in name for name in watched)  # the binds that we dial
