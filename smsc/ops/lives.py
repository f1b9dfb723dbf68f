"""Long-lived tasks: one that ends by an error is noticed (log, metric, readiness), whoever began it."""

from __future__ import annotations

import asyncio
import logging

from smsc.ops.health import Health
from smsc.ops.metrics import Metrics

log = logging.getLogger("smsc.ops")


class Lives:
    """Watches tasks that should run until they are cancelled or asked to end."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health, self._metrics = health, metrics

    def watch(self, task: asyncio.Task[None]) -> None:
        """Should `task` end by an error, the node is ready no more, and the reason names the task."""
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        name = task.get_name()
        log.critical("task died", exc_info=error, extra={"event": "task_died", "task": name})
        self._metrics.tasks_died_total.labels(name).inc()
        self._health.trouble(f"task {name}", f"died: {type(error).__name__}")
