"""The requests that wait for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smsc.smpp.codes import Command
from smsc.smpp.errors import LocalProtocolError

LATE_MAX = 1000
"""Requests given up by their timer whose answer is still known when it comes: the last so many."""
SEQUENCE_MAX = 0x7FFFFFFF
"""The largest sequence_number (SMPP v3.4 §3.2)."""


class WindowFull(LocalProtocolError):
    """As many requests wait for an answer as the peer allows."""


@dataclass(slots=True)
class OpenRequest:
    """A request of ours without an answer yet. `batch` tells whether its octets have been handed out."""

    command: Command
    context: object
    sent_at: float
    deadline: float
    batch: int


class Window:
    """Open requests by sequence_number, oldest first.

    All entries get the same response time, so the oldest is always the first to run out and `first_deadline`
    costs nothing.
    """

    __slots__ = ("_given_up", "_open")

    def __init__(self) -> None:
        self._open: dict[int, OpenRequest] = {}
        self._given_up: dict[int, OpenRequest] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, sequence_number: int) -> bool:
        return sequence_number in self._open

    def open(self, sequence_number: int, request: OpenRequest) -> None:
        """Remember a request until `close`, `expire` or `drain`."""
        self._open[sequence_number] = request

    def get(self, sequence_number: int) -> OpenRequest | None:
        """The open request of that number, if there is one."""
        return self._open.get(sequence_number)

    def close(self, sequence_number: int) -> None:
        """Forget a request: it is answered."""
        del self._open[sequence_number]

    def first_deadline(self) -> float | None:
        """When the oldest request runs out, in monotonic seconds."""
        for request in self._open.values():
            return request.deadline
        return None

    def expire(self, now: float) -> Iterator[OpenRequest]:
        """Take out every request whose time is up."""
        while self._open:
            number, request = next(iter(self._open.items()))
            if request.deadline > now:
                return
            del self._open[number]
            self._given_up[number] = request
            if len(self._given_up) > LATE_MAX:
                del self._given_up[next(iter(self._given_up))]
            yield request

    def late(self, sequence_number: int) -> OpenRequest | None:
        """The request of that number, if its time was up; once."""
        return self._given_up.pop(sequence_number, None)

    def drain(self) -> list[OpenRequest]:
        """Take out everything: no answer will come."""
        requests = list(self._open.values())
        self._open.clear()
        return requests
