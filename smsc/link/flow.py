"""How fast messages may leave on one session: the agreed rate, the pause after throttling, the climb back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smsc.link.bucket import TokenBucket
from smsc.link.pace import Pace


class Flow:
    """Counts tokens and rests. `tokens_back` and `rested` are called when more may leave."""

    def __init__(
        self, rate: float | None, *, tokens_back: Callable[[], None], rested: Callable[[], None]
    ) -> None:
        self._pace = Pace(rate)
        self._tokens_back, self._rested = tokens_back, rested
        self._loop = asyncio.get_running_loop()
        self._bucket: TokenBucket | None = None
        self._token_timer: asyncio.TimerHandle | None = None
        self._resting: asyncio.TimerHandle | None = None

    @property
    def rate(self) -> float | None:
        """Messages a second; None: no limit."""
        return self._pace.rate

    @property
    def rests(self) -> bool:
        """Whether nothing may leave for now: the carrier throttled."""
        return self._resting is not None

    def agree(self, rate: float | None) -> None:
        """Another rate was agreed, before the session is bound."""
        self._pace = Pace(rate)

    def allows(self, free: int) -> int:
        """How many of `free` may leave now."""
        if self._bucket is None or not free:
            return free
        return min(free, self._bucket.available(self._loop.time()))

    def take(self) -> None:
        """A message leaves."""
        if self._bucket is not None:
            self._bucket.take()

    def taken(self) -> None:
        """The carrier took one."""
        if self._pace.taken(self._loop.time()):
            self.follow()

    def throttled(self) -> bool:
        """The carrier said that this is too fast; False: one throttling that was heard already."""
        if not self._pace.throttled(self._loop.time()):
            return False
        self.follow()
        if self._resting is not None:
            self._resting.cancel()
        self._resting = self._loop.call_at(self._pace.paused_until, self._rest_is_over)
        return True

    def follow(self) -> None:
        """Let the bucket follow the pace."""
        rate, now = self._pace.rate, self._loop.time()
        if rate is None:
            self._bucket = None
        elif self._bucket is None:
            self._bucket = TokenBucket(rate, now=now)
        else:
            self._bucket.set_rate(rate, now=now)

    def awaits_tokens(self) -> None:
        """Nothing may leave though there is a window: if only the rate is to blame, tell when tokens are back."""
        if self._bucket is None or self._token_timer is not None:
            return
        if self._bucket.available(self._loop.time()) == 0:
            self._token_timer = self._loop.call_at(self._bucket.full_at(), self._tokens_are_back)

    def stop(self) -> None:
        """Tell nothing more."""
        for timer in (self._token_timer, self._resting):
            if timer is not None:
                timer.cancel()

    def _tokens_are_back(self) -> None:
        self._token_timer = None
        self._tokens_back()

    def _rest_is_over(self) -> None:
        self._resting = None
        self._rested()
