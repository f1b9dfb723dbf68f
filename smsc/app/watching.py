"""What the binds and the store tell `/metrics` and `/readyz`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from smsc.carrier import CarrierProfile
from smsc.carrier.learning import ReceiptForms
from smsc.config import Config
from smsc.link import BadCertificate, BindBoard, BindState, certificate_expires_at
from smsc.ops.health import Health
from smsc.ops.metrics import BindSample, Metrics, PduCount
from smsc.store import Counts, Store, StoreUnavailable

log = logging.getLogger("smsc.app")

COUNTS_S = 1.0
"""How old the store's counts may be when they are shown: whoever scrapes twice a second reads them once."""
WAY = {"<": "in", ">": "out"}


class Queues:
    """The store's counts, read in a reader thread at most once a second however many ask."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store, self._metrics = store, metrics
        self._counts: Counts | None = None
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def counts(self) -> Counts | None:
        """What waits in the store; the last that was known while it cannot be read."""
        loop = asyncio.get_running_loop()
        async with self._reading:
            if loop.time() - self._read_at >= COUNTS_S:
                try:
                    self._counts = await self._store.read(lambda reader: reader.counts())
                except StoreUnavailable as error:
                    log.warning("queues not counted", extra={"event": "counts_failed", "error": str(error)})
                self._read_at = loop.time()
        return self._counts

    async def shown(self) -> Mapping[str, object]:
        """What waits, for people."""
        counts = await self.counts()
        if counts is None:
            return {}
        return {
            "mts": [
                {"carrier": carrier, "state": state.value, "number": number}
                for (state, carrier), number in counts.mts.items()
            ],
            "callbacks_due": counts.callbacks_due,
            "callbacks_parked": counts.callbacks_parked,
            "timers": counts.timers,
            "mos_parked": counts.mos_parked,
        }

    async def refresh(self) -> None:
        """Set the gauges."""
        counts = await self.counts()
        if counts is None:
            return
        gauge = self._metrics.mt_queue
        gauge.clear()  # a queue that has emptied is no longer among the counts
        for (state, carrier), number in counts.mts.items():
            gauge.labels(carrier, state.value).set(number)


def watch(board: BindBoard, metrics: Metrics, config: Config) -> None:
    """Let every scrape read what the binds have counted, and when certificates end."""
    metrics.watch_links(pdus=lambda: _pdus(board), binds=lambda: _binds(board))
    for path in certificates(config):
        try:
            expiry = certificate_expires_at(Path(path).read_text(encoding="ascii", errors="replace"))
        except (OSError, BadCertificate) as error:
            log.error(
                "certificate unreadable", extra={"event": "certificate", "file": path, "error": str(error)}
            )
            continue
        metrics.certificate_expiry.labels(path).set(expiry.timestamp())


def certificates(config: Config) -> list[str]:
    """Every certificate file that we show or trust, once."""
    listen = config.smpp.listen
    found = [listen.tls.cert, listen.tls.client_ca] if listen is not None and listen.tls is not None else []
    for carrier in config.carriers.values():
        for bind in carrier.binds:
            if bind.tls is not None:
                found += [bind.tls.cert, bind.tls.ca]
    return sorted({path for path in found if path})


def bind_rows(
    board: BindBoard, carriers: Mapping[str, CarrierProfile], forms: ReceiptForms
) -> Iterator[Mapping[str, object]]:
    """The binds as the admin socket tells them, each with the form of its carrier's receipt ids (RP3)."""
    for row in board.rows():
        profile = carriers.get(row.carrier)
        pinned = (
            "" if profile is None or profile.receipt_id == "learn" else f"{profile.receipt_id} (configured)"
        )
        yield asdict(row) | {"receipt_ids": pinned or forms.told(row.carrier)}


def _pdus(board: BindBoard) -> Iterator[PduCount]:
    for carrier, bind, way, command, status, number in board.counts():
        yield PduCount(carrier, bind, WAY[way], command.name.lower(), status, number)


def _binds(board: BindBoard) -> Iterator[BindSample]:
    for row in board.rows():
        yield BindSample(
            row.carrier,
            row.name,
            f"{row.direction}/{row.session}",
            bound=row.state is BindState.BOUND,
            window_used=row.window_in_use,
            round_trip_s=None if row.round_trip_ms is None else row.round_trip_ms / 1000,
            strays=row.strays,
        )


def follow_readiness(board: BindBoard, health: Health, carriers: Sequence[str]) -> None:
    """The node is ready while each of these carriers has a bind that is up (the setting ready_needs_binds)."""

    def judge() -> None:
        up = {row.carrier for row in board.rows() if row.state is BindState.BOUND}
        dark = sorted(set(carriers) - up)
        if dark:
            health.trouble("binds", f"no bind is up to {', '.join(dark)}")
        else:
            health.cleared("binds")

    board.on_change = judge
    judge()
