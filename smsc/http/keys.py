"""Who calls: a merchant's `cc` and `ekey`, checked in constant time against the store's digests."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from smsc.http.failures import Failures
from smsc.store.keys import ApiKey, digest

FindKeys = Callable[[str], Awaitable[Sequence[ApiKey]]]
"""The keys of a `cc`, empty for an unknown one. Raises: StoreUnavailable."""


class UnknownAccount(Exception):
    """No such `cc`."""


class WrongKey(Exception):
    """The `cc` exists, the key is not its own; or the address has failed too often to be looked up."""


class KeyRing:
    """Checks keys; what it looked up stays good for `fresh_s` seconds, so a revoked key lives that long.

    An address with many failures costs no further look-ups until its time is over; an account that has
    called from there rightly before is still served, whoever else shares the address.
    """

    def __init__(
        self,
        find_keys: FindKeys,
        *,
        failures: Failures | None = None,
        fresh_s: float = 2.0,
        accounts_max: int = 1024,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_keys = find_keys
        self._failures = Failures(now=now) if failures is None else failures
        self._fresh_s = fresh_s
        self._accounts_max = accounts_max
        self._now = now
        self._known: OrderedDict[str, tuple[float, tuple[ApiKey, ...]]] = OrderedDict()
        self._proven: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._slow: OrderedDict[tuple[str, str], bool] = OrderedDict()
        """What slow digests said of secrets, by their fast ones."""

    async def merchant_of(self, cc: str, ekey: str, *, address: str) -> str:
        """The merchant whose key this is; as `key_of`."""
        return (await self.key_of(cc, ekey, address=address)).merchant

    async def key_of(self, cc: str, ekey: str, *, address: str) -> ApiKey:
        """The key that these open; `address` is the caller's.

        Raises: UnknownAccount, WrongKey, StoreUnavailable.
        """
        proof = (address, cc, digest(ekey))
        if self._failures.barred(address) and proof not in self._proven:
            raise WrongKey("too many failed calls from this address; wait a minute")
        keys = await self._keys(cc)
        found = None
        for key in keys:  # all of them, so that time tells nothing
            if await self._opens(key, ekey, proof[2]):
                found = key
        if found is not None:
            self._remember(proof)
            return found
        self._proven.pop(proof, None)
        self._failures.count(address)
        if not keys:
            raise UnknownAccount("no such cc")
        raise WrongKey("cc and ekey do not go together")

    def forget(self, cc: str) -> None:
        """The account has changed: its keys are looked up anew."""
        self._known.pop(cc, None)

    async def _opens(self, key: ApiKey, ekey: str, said: str) -> bool:
        """Whether a secret opens a key; a password is tried in a thread, and once."""
        if not key.slow:
            return key.opens(ekey)
        if (key.ekey_hash, said) not in self._slow:
            self._slow[key.ekey_hash, said] = await asyncio.to_thread(key.opens, ekey)
            if len(self._slow) > self._accounts_max:
                self._slow.popitem(last=False)
        return self._slow.get((key.ekey_hash, said), False)

    async def _keys(self, cc: str) -> tuple[ApiKey, ...]:
        known = self._known.get(cc)
        if known is not None and self._now() < known[0]:
            return known[1]
        keys = tuple(await self._find_keys(cc))
        self._known[cc] = (self._now() + self._fresh_s, keys)
        self._known.move_to_end(cc)
        if len(self._known) > self._accounts_max:
            self._known.popitem(last=False)
        return keys

    def _remember(self, proof: tuple[str, str, str]) -> None:
        self._proven[proof] = None
        self._proven.move_to_end(proof)
        if len(self._proven) > self._accounts_max:
            self._proven.popitem(last=False)
