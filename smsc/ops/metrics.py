"""What the server counts, for `/metrics` (Prometheus). One object holds every collector of one node.

Rooms on the hot path ask once for a counter of theirs (`pdus`, `acks`) and keep it: an update is then one
dictionary look-up and one addition.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class PduCounter:
    """The `smsc_pdu_total` of one bind: each (direction, command, status) is bound to its child once."""

    __slots__ = ("_bind", "_carrier", "_children", "_total")

    def __init__(self, total: Counter, carrier: str, bind: str) -> None:
        self._total = total
        self._carrier = carrier
        self._bind = bind
        self._children: dict[tuple[str, str, int], Counter] = {}

    def count(self, direction: str, command: str, status: int = 0) -> None:
        """One PDU passed. `direction` is "in" or "out", `command` its spec name."""
        key = (direction, command, status)
        child = self._children.get(key)
        if child is None:
            child = self._total.labels(self._carrier, self._bind, direction, command, f"0x{status:08X}")
            self._children[key] = child
        child.inc()


class Metrics:
    """Every collector of the node, in a registry of its own: several nodes can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._refreshers: list[Callable[[], None]] = []
        self._line()
        self._edges()

    def _line(self) -> None:
        reg = self.registry
        self.mo_total = Counter("smsc_mo", "MOs committed", ["carrier", "route"], registry=reg)
        self.mo_ack_seconds = Histogram(
            "smsc_mo_ack_seconds", "From an MO's arrival to its answer", registry=reg, buckets=SECONDS
        )
        self.mt_total = Counter(
            "smsc_mt", "MTs by their final state", ["carrier", "kind", "state"], registry=reg
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
        self.alarms_total = Counter("smsc_alarms", "Alarms raised", ["kind"], registry=reg)
        self.redeliveries_total = Counter(
            "smsc_redeliveries", "MOs that were absorbed as redeliveries", ["carrier"], registry=reg
        )
        self.resent_total = Counter(
            "smsc_resent", "Free MTs sent again after a crash or a lost link", ["carrier"], registry=reg
        )
        self.parked_total = Counter(
            "smsc_parked", "What was set aside with its error", ["what"], registry=reg
        )

    def _edges(self) -> None:
        reg = self.registry
        self.bind_state = Gauge("smsc_bind_state", "1 bound, 0 not", ["carrier", "bind"], registry=reg)
        self.bind_window = Gauge(
            "smsc_bind_window_used", "Requests without an answer yet", ["carrier", "bind"], registry=reg
        )
        self.pdu_total = Counter(
            "smsc_pdu",
            "PDUs by direction, command and command_status",
            ["carrier", "bind", "direction", "command", "status"],
            registry=reg,
        )
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

    def pdus(self, carrier: str, bind: str) -> PduCounter:
        """The PDU counter of one bind, to be kept by its owner."""
        return PduCounter(self.pdu_total, carrier, bind)

    def before_scrape(self, refresh: Callable[[], None]) -> None:
        """Let `refresh` set gauges that nobody keeps current (bind states, queues), at each scrape."""
        self._refreshers.append(refresh)

    def exposition(self) -> bytes:
        """The text that Prometheus reads; its media type is CONTENT_TYPE."""
        for refresh in self._refreshers:
            refresh()
        return generate_latest(self.registry)
