"""Who calls: a merchant's `cc` and `ekey`, checked in constant time against the store's digests."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from smsc.http.failures import Failures, place_of
from smsc.http.rates import Rates
from smsc.http.reading import storable
from smsc.store.keys import ApiKey, digest

REREADS_PER_S = 5.0
"""Looks into the database that an address may cause with keys that what is held does not know."""

FindKeys = Callable[[str], Awaitable[Sequence[ApiKey]]]
"""The keys of a `cc`, empty for an unknown one. Raises: StoreUnavailable."""


class UnknownAccount(Exception):
    """No such `cc`."""


class WrongKey(Exception):
    """The `cc` exists, the key is not its own; or the address has failed too often to be looked up."""


class KeyRing:
    """Checks keys; what it looked up stays good for `fresh_s` seconds, unless it is told to `forget`.

    A key that is not among what is held is looked for at once, so that a new one works with its first call; an
    address may cause only so many of these looks. A key revoked by another process lives for `fresh_s` at most.
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
        self._rereads = Rates(calls_per_s=REREADS_PER_S, burst=int(REREADS_PER_S), now=now)
        self._forgotten = 0
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
        if not storable(cc):
            raise UnknownAccount("no such cc")
        proof = (address, cc, digest(ekey))
        if self._failures.barred(address) and proof not in self._proven:
            raise WrongKey("too many failed calls from this address; wait a minute")
        known = self._held(cc)
        keys = await self._read(cc) if known is None else known
        found = await self._opened(keys, ekey, proof[2])
        if found is None and known is not None and self._rereads.take(place_of(address))[0]:
            keys = await self._read(cc)
            found = await self._opened(keys, ekey, proof[2])
        if found is not None:
            self._remember(proof)
            return found
        self._proven.pop(proof, None)
        self._failures.count(address)
        if not keys:
            raise UnknownAccount("no such cc")
        raise WrongKey("cc and ekey do not go together")

    def forget(self, account: str) -> None:
        """Keys of a `cc`, or of a merchant under whatever cc, have changed: they are looked up anew."""
        self._forgotten += 1
        for cc, (_, keys) in list(self._known.items()):
            if cc == account or any(key.merchant == account for key in keys):
                del self._known[cc]

    async def _opened(self, keys: Sequence[ApiKey], ekey: str, said: str) -> ApiKey | None:
        """The key that a secret opens; all are tried, so that time tells nothing."""
        found = None
        for key in keys:
            if await self._opens(key, ekey, said):
                found = key
        return found

    async def _opens(self, key: ApiKey, ekey: str, said: str) -> bool:
        """Whether a secret opens a key; a password is tried in a thread, and once."""
        if not key.slow:
            return key.opens(ekey)
        if (key.ekey_hash, said) not in self._slow:
            self._slow[key.ekey_hash, said] = await asyncio.to_thread(key.opens, ekey)
            if len(self._slow) > self._accounts_max:
                self._slow.popitem(last=False)
        return self._slow.get((key.ekey_hash, said), False)

    def _held(self, cc: str) -> tuple[ApiKey, ...] | None:
        known = self._known.get(cc)
        return known[1] if known is not None and self._now() < known[0] else None

    async def _read(self, cc: str) -> tuple[ApiKey, ...]:
        forgotten = self._forgotten
        keys = tuple(await self._find_keys(cc))
        if forgotten == self._forgotten:  # what was read while keys changed may be the old ones
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
