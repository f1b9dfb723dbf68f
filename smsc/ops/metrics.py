"""What the server counts, for `/metrics` (Prometheus). One object holds every collector of one node.

What the links count for themselves (PDUs, states of binds) is read at the scrape: counting a PDU costs
nothing more here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class PduCount:
    """How many PDUs of one kind passed a bind. `direction` is "in" or "out", `command` a spec name."""

    carrier: str
    bind: str
    direction: str
    command: str
    status: int
    number: int


@dataclass(frozen=True, slots=True)
class BindSample:
    """Where one session of a bind stands."""

    carrier: str
    bind: str
    session: str
    bound: bool
    window_used: int
    round_trip_s: float | None = None
    strays: int = 0
    """Answers so far to no open request."""


class _Links(Collector):
    """Reads at the scrape what the links have counted."""

    def __init__(
        self, pdus: Callable[[], Iterable[PduCount]], binds: Callable[[], Iterable[BindSample]]
    ) -> None:
        self._pdus = pdus
        self._binds = binds

    def collect(self) -> Iterator[Metric]:
        yield self._pdu_total()
        state = GaugeMetricFamily("smsc_bind_state", "1 bound, 0 not", labels=["carrier", "bind", "session"])
        window = GaugeMetricFamily(
            "smsc_bind_window_used", "Requests without an answer yet", labels=["carrier", "bind", "session"]
        )
        round_trip = GaugeMetricFamily(
            "smsc_bind_round_trip_seconds",
            "From the last enquire_link to its answer",
            labels=["carrier", "bind", "session"],
        )
        strays = CounterMetricFamily(
            "smsc_bind_stray_responses",
            "Answers to no open request: second ones, late ones, made up ones",
            labels=["carrier", "bind", "session"],
        )
        for bind in self._binds():
            labels = [bind.carrier, bind.bind, bind.session]
            state.add_metric(labels, 1 if bind.bound else 0)
            window.add_metric(labels, bind.window_used)
            strays.add_metric(labels, bind.strays)
            if bind.round_trip_s is not None:
                round_trip.add_metric(labels, bind.round_trip_s)
        yield state
        yield window
        yield round_trip
        yield strays

    def _pdu_total(self) -> Metric:
        sums: dict[tuple[str, str, str, str, str], int] = {}
        for pdu in self._pdus():  # a bind has several sessions: one line for all of them
            status = "other" if pdu.status < 0 else f"0x{pdu.status:08X}"
            key = (pdu.carrier, pdu.bind, pdu.direction, pdu.command, status)
            sums[key] = sums.get(key, 0) + pdu.number
        family = CounterMetricFamily(
            "smsc_pdu",
            "PDUs by direction, command and command_status",
            labels=["carrier", "bind", "direction", "command", "status"],
        )
        for labels, number in sums.items():
            family.add_metric(labels, number)
        return family


class Metrics:
    """Every collector of the node, in a registry of its own: several nodes can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._refreshers: list[Callable[[], None]] = []
        self._readers: list[Callable[[], Awaitable[None]]] = []
        self._line()
        self._edges()

    def _line(self) -> None:
        reg = self.registry
        self.line_total = Counter(
            "smsc_line", "What happened on the line, once committed", ["what"], registry=reg
        )
        self.mo_ack_seconds = Histogram(
            "smsc_mo_ack_seconds", "From an MO's arrival to its answer", registry=reg, buckets=SECONDS
        )
        self.mt_queue = Gauge("smsc_mt_queue", "MTs that wait to be sent", ["carrier", "state"], registry=reg)
        self.charges_total = Counter(
            "smsc_charges", "Transitions of charges", ["carrier", "currency", "state"], registry=reg
        )
        self.batch_size = Histogram("smsc_batch_size", "Items in a batch", registry=reg, buckets=SIZES)
        self.batch_seconds = Histogram(
            "smsc_batch_seconds", "From a batch's start to its commit", registry=reg, buckets=SECONDS
        )
        self.batch_failures_total = Counter(
            "smsc_batch_failures", "Batches that did not commit", ["cause"], registry=reg
        )
        self.receipt_id_total = Counter(
            "smsc_receipt_id",
            "Receipts that matched, by how their id differs from submit_sm_resp's",
            ["carrier", "form"],
            registry=reg,
        )
        self.receipt_id_form = Gauge(
            "smsc_receipt_id_form",
            "Confidence in each form of message ids: its part of a carrier's matches",
            ["carrier", "form"],
            registry=reg,
        )
        self.alarms_total = Counter("smsc_alarms", "Alarms raised", ["kind"], registry=reg)
        self.tasks_died_total = Counter(
            "smsc_tasks_died", "Long-lived tasks that ended by an error", ["task"], registry=reg
        )

    def _edges(self) -> None:
        reg = self.registry
        self.gateway_total = Counter("smsc_gateway", "Gateway calls by answer", ["answer"], registry=reg)
        self.gateway_seconds = Histogram(
            "smsc_gateway_seconds", "From a gateway call to its answer", registry=reg, buckets=SECONDS
        )
        self.callback_attempts_total = Counter(
            "smsc_callback_attempts", "Callbacks posted", ["merchant", "outcome"], registry=reg
        )
        self.callback_seconds = Histogram(
            "smsc_callback_seconds",
            "Time a merchant took to answer",
            ["merchant"],
            registry=reg,
            buckets=SECONDS,
        )
        self.callback_in_flight = Gauge("smsc_callback_in_flight", "Callbacks being posted", registry=reg)
        self.callback_parked_total = Counter(
            "smsc_callback_parked", "Callbacks given up after all retries", ["merchant"], registry=reg
        )

        self.certificate_expiry = Gauge(
            "smsc_certificate_expiry_timestamp_seconds",
            "When a certificate that we show or trust ends, in seconds since 1970",
            ["file"],
            registry=reg,
        )

    def watch_links(
        self, *, pdus: Callable[[], Iterable[PduCount]], binds: Callable[[], Iterable[BindSample]]
    ) -> None:
        """Read PDU counts and states of binds from their owner at each scrape; called once."""
        self.registry.register(_Links(pdus, binds))

    def before_scrape(self, refresh: Callable[[], None]) -> None:
        """Let `refresh` set gauges that nobody keeps current (queues), at each scrape."""
        self._refreshers.append(refresh)

    def read_before_scrape(self, refresh: Callable[[], Awaitable[None]]) -> None:
        """As `before_scrape`, for what has to be waited for (the store's counts)."""
        self._readers.append(refresh)

    async def scraped(self) -> bytes:
        """`exposition`, after everything that has to be read first."""
        for read in self._readers:
            await read()
        return self.exposition()

    def exposition(self) -> bytes:
        """The text that Prometheus reads; its media type is CONTENT_TYPE."""
        for refresh in self._refreshers:
            refresh()
        return generate_latest(self.registry)
