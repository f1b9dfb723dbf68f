"""Standings in and out: what is loaded, what is written, and that the row of the number is the lock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smsc.messages import Period, State
from smsc.optin.standing import Binding, Block, Count, Registration, Standing, Subscription
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import Store, Writes
from tests.store.samples import ALIAS, ANNA, BEA, CHF_3, CODE, HOROSKOP, NOON, seconds


async def load(store: Store, *msisdns: Msisdn, registrations: tuple[int, ...] = ()) -> dict[Msisdn, Standing]:
    return await store.run(lambda tx: tx.standings(msisdns, registrations=registrations))


async def put(store: Store, before: Standing, after: Standing) -> None:
    await store.run(lambda tx: tx.write(Writes(standings=[(before, after)])))


def registration(number: int, **changes: Any) -> Registration:
    known: dict[str, Any] = {"campaign": HOROSKOP, "merchant": "astro", "short_code": CODE, "opened_at": NOON}
    return Registration(number, **(known | {"price": CHF_3, "count_max": 5, "per": Period.WEEK} | changes))


async def test_a_new_number_has_an_empty_standing_from_then_on(store: Store) -> None:
    found = await load(store, BEA, ANNA, ALIAS, ANNA)
    assert found == {m: Standing(msisdn=m) for m in (ANNA, BEA, ALIAS)}
    assert await load(store, ANNA) == {ANNA: Standing(msisdn=ANNA)}
    assert await load(store) == {}


async def test_everything_of_a_standing_comes_back(store: Store) -> None:
    before = (await load(store, ANNA))[ANNA]
    open_ = Subscription(
        HOROSKOP,
        State.ACTIVE,
        "ch-mo",
        3,
        NOON,
        carrier="helvetia",
        network="22801",
        opening_mo=2**62,
        opening_text="Horoskop löwe ♌",
        registration=11,
        request_sent_at=NOON,
        expires_at=seconds(86_400),
        held_mt=12,
        wording_digest="d1",
    )
    after = Standing(
        ANNA,
        last_carrier="helvetia",
        last_network="22801",
        subscriptions={HOROSKOP: open_},
        registrations={
            11: registration(
                11, network="22801", welcomed_at=NOON, period_start=NOON, billed_in_period=2, stop=9
            ),
            12: registration(12, charged=300, billed=3, reminded=600, reminders=2, renew_by=seconds(9)),
        },
        blocks=frozenset({Block("code", "543", NOON, 99), Block("invite", "", NOON)}),
        counts={"unknown:543": Count(NOON, 2)},
    )
    await put(store, before, after)
    assert await load(store, ANNA) == {ANNA: after}


async def test_only_what_differs_is_written(store: Store) -> None:
    before = (await load(store, ANNA))[ANNA]
    block = Block("code", "543", NOON, 1)
    first = replace(before, blocks=frozenset({block}), counts={"a": Count(NOON, 1)})
    await put(store, before, first)
    loaded = (await load(store, ANNA))[ANNA]
    renewed = Block("code", "543", seconds(5), 2)
    await put(store, loaded, replace(loaded, blocks=frozenset({renewed}), counts={}))
    assert (await load(store, ANNA))[ANNA] == replace(before, blocks=frozenset({renewed}))
    loaded = (await load(store, ANNA))[ANNA]
    await put(store, loaded, replace(loaded, blocks=frozenset()))
    assert await load(store, ANNA) == {ANNA: before}


async def test_loads_live_registrations_open_goodbyes_and_named_ones_of_the_number(store: Store) -> None:
    before = (await load(store, ANNA))[ANNA]
    live, owes = registration(1), registration(2, ended_at=NOON, stop=5, goodbye_by=seconds(30))
    done = registration(3, ended_at=NOON, stop=5, goodbye_by=seconds(30), goodbye_at=NOON)
    silent = registration(4, ended_at=NOON, stop=6)
    owned = {r.id: r for r in (live, owes, done, silent)}
    await put(store, before, replace(before, registrations=owned))
    assert set((await load(store, ANNA))[ANNA].registrations) == {1, 2}
    both = await load(store, ANNA, BEA, registrations=(3, 4, 999))
    assert both[ANNA].registrations == owned
    assert both[BEA].registrations == {}
    assert (await load(store, BEA, registrations=(3,)))[BEA].registrations == {}


async def test_OO7_the_next_owner_of_a_number_starts_anew(store: Store) -> None:
    before = (await load(store, ANNA))[ANNA]
    old = Subscription(HOROSKOP, State.ACTIVE, "ch-mo", 1, NOON, registration=1)
    await put(
        store, before, replace(before, subscriptions={HOROSKOP: old}, registrations={1: registration(1)})
    )
    loaded = (await load(store, ANNA))[ANNA]
    await put(store, loaded, replace(loaded, generation=2, subscriptions={}, registrations={}))
    assert (await load(store, ANNA, registrations=(1,)))[ANNA] == Standing(ANNA, generation=2)
    kept = await store.read(lambda r: r.subscriptions(ANNA))
    assert kept == [old]


async def test_a_thousand_numbers_in_one_go(store: Store) -> None:
    numbers = [Msisdn(f"4179{n:07d}") for n in range(1200)]
    found = await load(store, *reversed(numbers))
    assert list(found) == sorted(numbers)


async def test_text_no_database_can_keep_is_kept_as_far_as_it_goes(store: Store) -> None:
    before = (await load(store, ANNA))[ANNA]
    open_ = Subscription(HOROSKOP, State.PENDING, "ch-mo", 1, NOON, opening_text="a\0b\ud83dc😀")
    await put(store, before, replace(before, subscriptions={HOROSKOP: open_}))
    found = (await load(store, ANNA))[ANNA].subscriptions[HOROSKOP]
    assert found.opening_text == "a\ufffdb\ufffdc😀"


async def test_S1_bindings_come_back_as_they_were(store: Store) -> None:
    pizza = Binding("444999/PIZZA", ShortCode("77007"), NOON, name="Liz Lee")
    salon = Binding("444999/SALON", ShortCode("77008"), NOON, released_at=seconds(60))
    before = (await load(store, ANNA))[ANNA]
    await put(store, before, replace(before, bindings={pizza.campaign: pizza, salon.campaign: salon}))
    known = (await load(store, ANNA))[ANNA]
    assert known.bindings == {pizza.campaign: pizza, salon.campaign: salon}
    released = replace(pizza, released_at=seconds(90))
    await put(store, known, replace(known, bindings={**known.bindings, pizza.campaign: released}))
    assert (await load(store, ANNA))[ANNA].bindings == {pizza.campaign: released, salon.campaign: salon}
    assert (await load(store, BEA))[BEA].bindings == {}
