"""What a session has to say: encoded PDUs until they are handed out, and the numbers of its requests."""

from __future__ import annotations

from collections.abc import Mapping

from smsc.smpp.window import SEQUENCE_MAX, OpenRequest, Window

_RESPONSE_OCTET = 0x80  # the top octet of a response's command_id


class Outbox:
    """Frames in the order in which they leave. `batch` is the number of hand-outs so far: a request opened in an
    earlier one is written.
    """

    def __init__(self) -> None:
        self.batch = 0
        self._frames: list[bytes] = []
        self._sequence = 0

    def append(self, frame: bytes) -> None:
        """Add an encoded PDU."""
        self._frames.append(frame)

    def take(self) -> bytes:
        """All frames; they count as written."""
        if not self._frames:
            return b""
        data = b"".join(self._frames)
        self._frames.clear()
        self.batch += 1
        return data

    def drop_requests(self) -> None:
        """Keep the responses only."""
        self._frames = [frame for frame in self._frames if frame[4] & _RESPONSE_OCTET]

    def next_number(self, window: Window, control: Mapping[int, OpenRequest]) -> int:
        """The next sequence_number; wraps round, past numbers that still wait for an answer."""
        number = self._sequence
        while True:
            number = 1 if number >= SEQUENCE_MAX else number + 1
            if number not in window and number not in control:
                return number

    def used(self, number: int) -> None:
        """A request with this number was written."""
        self._sequence = number
