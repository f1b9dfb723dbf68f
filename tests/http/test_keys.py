"""Keys: checked anew soon after a change, bounded look-ups, no lock-out of the rightful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsc.http.failures import Failures
from smsc.http.keys import KeyRing, UnknownAccount, WrongKey
from smsc.store.keys import ApiKey, digest, slow_digest


def key(ekey: str) -> ApiKey:
    return ApiKey(1, "astro", "astro", digest(ekey), digest("bearer"), datetime(2026, 1, 1, tzinfo=UTC), None)


class Accounts:
    def __init__(self) -> None:
        self.keys = {"astro": [key("old"), key("new")]}
        self.asked = 0

    async def find(self, cc: str) -> Sequence[ApiKey]:
        self.asked += 1
        return self.keys.get(cc, [])


class Time:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_each_key_of_a_merchant_is_good_until_it_is_revoked() -> None:
    accounts, time = Accounts(), Time()
    ring = KeyRing(accounts.find, fresh_s=2.0, now=time)
    assert await ring.merchant_of("astro", "old", address="192.0.2.1") == "astro"
    assert await ring.merchant_of("astro", "new", address="192.0.2.1") == "astro"
    assert accounts.asked == 1
    accounts.keys["astro"].pop(0)
    time.now_s = 2.0
    with pytest.raises(WrongKey):
        await ring.merchant_of("astro", "old", address="192.0.2.1")
    assert await ring.merchant_of("astro", "new", address="192.0.2.1") == "astro"


async def test_a_new_key_works_with_its_first_call_and_counts_as_no_failure() -> None:
    accounts, time = Accounts(), Time()
    failures = Failures(failures_max=1, now=time)
    ring = KeyRing(accounts.find, failures=failures, now=time)
    await ring.merchant_of("astro", "old", address="192.0.2.1")
    accounts.keys["astro"].append(key("newest"))
    assert await ring.merchant_of("astro", "newest", address="192.0.2.1") == "astro"
    assert len(failures) == 0 and accounts.asked == 2


async def test_guesses_at_a_known_account_cause_a_bounded_number_of_look_ups() -> None:
    accounts, time = Accounts(), Time()
    ring = KeyRing(accounts.find, failures=Failures(failures_max=10_000, now=time), now=time)
    for guess in range(100):
        with pytest.raises(WrongKey):
            await ring.merchant_of("astro", f"x{guess}", address=f"2001:db8::{guess:x}")
    assert accounts.asked == 1 + 5, "one for the account, then five of the household in a second"


async def test_keys_that_changed_here_are_forgotten_at_once_also_while_they_are_read() -> None:
    accounts, time = Accounts(), Time()
    accounts.keys["dora@deli.example"] = [key("password")]

    async def revoked_meanwhile(cc: str) -> Sequence[ApiKey]:
        found = list(await accounts.find(cc))
        if accounts.asked == 3:
            accounts.keys["astro"] = [key("new")]
            ring.forget("astro")
        return found

    ring = KeyRing(revoked_meanwhile, now=time)
    await ring.merchant_of("dora@deli.example", "password", address="192.0.2.1")
    await ring.merchant_of("astro", "old", address="192.0.2.1")
    accounts.keys["dora@deli.example"] = []
    ring.forget("astro")
    with pytest.raises(UnknownAccount):
        await ring.merchant_of("dora@deli.example", "password", address="192.0.2.1")
    await ring.merchant_of("astro", "new", address="192.0.2.1")
    with pytest.raises(WrongKey):
        await ring.merchant_of("astro", "old", address="192.0.2.1")


async def test_an_unknown_account_is_told_from_a_wrong_key() -> None:
    ring = KeyRing(Accounts().find)
    with pytest.raises(UnknownAccount):
        await ring.merchant_of("nobody", "old", address="192.0.2.1")
    with pytest.raises(WrongKey):
        await ring.merchant_of("astro", "Old", address="192.0.2.1")


async def test_an_address_that_guesses_costs_no_more_look_ups() -> None:
    accounts, time = Accounts(), Time()
    ring = KeyRing(accounts.find, failures=Failures(failures_max=5, now=time), now=time)
    for guess in range(100):
        with pytest.raises((UnknownAccount, WrongKey)):
            await ring.merchant_of(f"guess{guess}", "x", address="192.0.2.66")
    assert accounts.asked == 5
    with pytest.raises(WrongKey, match="wait"):
        await ring.merchant_of("astro", "new", address="192.0.2.66")
    time.now_s = 61.0
    assert await ring.merchant_of("astro", "new", address="192.0.2.66") == "astro"


async def test_a_proven_account_is_served_beside_a_guesser_on_its_address() -> None:
    accounts, time = Accounts(), Time()
    ring = KeyRing(accounts.find, failures=Failures(failures_max=5, now=time), now=time)
    await ring.merchant_of("astro", "new", address="192.0.2.80")
    for guess in range(10):
        with pytest.raises((UnknownAccount, WrongKey)):
            await ring.merchant_of(f"guess{guess}", "x", address="192.0.2.80")
    time.now_s = 10.0
    assert await ring.merchant_of("astro", "new", address="192.0.2.80") == "astro"


def test_the_table_of_failures_is_bounded() -> None:
    failures = Failures(addresses_max=100)
    for number in range(1000):
        failures.count(f"address {number}")
    assert len(failures) == 100


async def test_a_password_is_kept_slowly_hashed_and_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts, tries = Accounts(), list[str]()
    first, second = slow_digest("correct horse"), slow_digest("correct horse")
    assert first.startswith("scrypt$") and first != second and "horse" not in first
    accounts.keys["dora@deli.example"] = [replace(key("x"), merchant="deli", ekey_hash=first)]
    ring, opens = KeyRing(accounts.find), ApiKey.opens

    def counted(one: ApiKey, ekey: str) -> bool:
        tries.append(ekey)
        return opens(one, ekey)

    monkeypatch.setattr(ApiKey, "opens", counted)
    for _ in range(3):
        found = await ring.key_of("dora@deli.example", "correct horse", address="192.0.2.1")
        assert found.merchant == "deli" and found.slow
        with pytest.raises(WrongKey):
            await ring.key_of("dora@deli.example", "wrong", address="192.0.2.1")
    assert tries == ["correct horse", "wrong"]
