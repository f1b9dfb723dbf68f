"""What a simulator saw, in order, for others to wait on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Record(Generic[T]):
    """A bounded, numbered list of what happened; whoever waits is woken by the next entry, never by a clock.

    Entries are numbered from 1. Beyond `limit` the oldest are forgotten; numbers go on.
    """

    def __init__(self, *, limit: int = 10_000) -> None:
        self._entries: deque[tuple[int, T]] = deque(maxlen=limit)
        self._changed = asyncio.Event()
        self.last = 0

    def append(self, entry: T) -> int:
        """Add one entry, wake everyone who waits, and return its number."""
        self.last += 1
        self._entries.append((self.last, entry))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return self.last

    def after(self, number: int) -> list[tuple[int, T]]:
        """The entries numbered above `number` that are still remembered, oldest first."""
        return [(n, entry) for n, entry in self._entries if n > number]

    def all(self) -> list[T]:
        """Every entry that is still remembered, oldest first."""
        return [entry for _, entry in self._entries]

    def prune(self, numbers: set[int]) -> None:
        """Drop the numbers of forgotten entries, so that a set kept beside a record stays as small as it."""
        if len(numbers) > len(self._entries):
            numbers.intersection_update([number for number, _ in self._entries])

    async def grows(self, *, beyond: int) -> None:
        """Wait until there is an entry numbered above `beyond`."""
        while self.last <= beyond:
            await self._changed.wait()

    async def find(self, matches: Callable[[int, T], bool], *, timeout: float) -> tuple[int, T]:
        """The first entry that matches, now or within `timeout` seconds.

        Raises: TimeoutError: nothing matched in time.
        """
        seen = 0
        async with asyncio.timeout(timeout):
            while True:
                for number, entry in self.after(seen):
                    if matches(number, entry):
                        return number, entry
                seen = self.last
                await self.grows(beyond=seen)
