"""A simulated handset: texts a short code, hears what the carrier delivers to its number."""

from __future__ import annotations

import re

from smsc.sim.carrier import Carrier
from smsc.sim.message import Message


class Handset:
    """One subscriber's phone on a simulated carrier. It hears what arrives from its making on."""

    def __init__(self, carrier: Carrier, msisdn: str) -> None:
        self.msisdn = msisdn
        self._carrier = carrier
        self._since = carrier.messages.last
        self._read: set[int] = set()

    async def texts(self, text: str, *, to: str, tries: int = 1) -> int | None:
        """Send an MO; returns the command_status of its answer, None when none ever came."""
        return await self._carrier.deliver(self.msisdn, to, text, tries=tries)

    async def gets(
        self, wanted: str | re.Pattern[str] = "", *, sender: str | None = None, timeout: float = 20.0
    ) -> Message:
        """The first unread message that contains `wanted` (or that its pattern matches), from `sender`.

        Each message is given once.
        Raises: AssertionError: none came within `timeout` seconds; it lists what is unread.
        """

        def matches(number: int, message: Message) -> bool:
            return (
                self._is_unread(number, message)
                and sender in (None, message.sender)
                and _says(message.text, wanted)
            )

        try:
            number, message = await self._carrier.messages.find(matches, timeout=timeout)
        except TimeoutError:
            texts = [f"{message.sender}: {message.text}" for message in self.unread()]
            raise AssertionError(
                f"no message {wanted!r} from {sender or 'anyone'} to {self.msisdn} in {timeout} s; "
                f"unread: {texts}"
            ) from None
        self._read.add(number)
        self._carrier.messages.prune(self._read)
        return message

    def unread(self) -> list[Message]:
        """What arrived and `gets` has not given yet."""
        return [m for number, m in self._carrier.messages.after(self._since) if self._is_unread(number, m)]

    def has_silence(self) -> bool:
        """True when nothing is unread.  Raises: AssertionError: something is; it lists it."""
        if unread := self.unread():
            raise AssertionError(f"messages nobody waited for: {[m.text for m in unread]}")
        return True

    def _is_unread(self, number: int, message: Message) -> bool:
        return (
            number > self._since
            and number not in self._read
            and message.delivered
            and message.msisdn == self.msisdn
        )


def _says(text: str, wanted: str | re.Pattern[str]) -> bool:
    if isinstance(wanted, str):
        return wanted in text
    return wanted.search(text) is not None
