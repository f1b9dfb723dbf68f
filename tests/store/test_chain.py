"""D6: the consent chain holds keyed digests; what is changed, cut or taken out shows; texts can be erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from smsc.messages import Kind, MtState
from smsc.optin.decision import RecordConsent
from smsc.optin.standing import Binding, Block, Standing
from smsc.store import ConsentRow, Store, StoreUnusable, Writes, persons
from smsc.store.chain import Chain
from smsc.store.dialect import find_database
from tests.store import samples
from tests.store.samples import ANNA, BEA, CODE, HOROSKOP, NOON, seconds

OTHER = "41791239999"
SEEN = "Gratis-SMS. HOROSKOP-Abo: CHF 3.00/SMS"


def event(number: int, state: str = "active", *, msisdn: str = ANNA, answered: str = "START") -> ConsentRow:
    said = RecordConsent(
        HOROSKOP, state, "mo", number, SEEN, answered, "ch-mo", 1, 11, {"carrier": "helvetia"}
    )
    return ConsentRow(number, type(ANNA)(msisdn), 1, seconds(number), said)


async def write(store: Store, *rows: ConsentRow) -> None:
    await store.run(lambda tx: tx.write(Writes(consents=list(rows))))


async def chain(store: Store, msisdn: str = ANNA) -> Chain:
    return await store.read(lambda r: r.chain(type(ANNA)(msisdn)))


def tamper(url: str, sql: str) -> None:
    database = find_database(url, readers=1)
    with database.writer.begin() as connection:
        for one in sql.split("; "):
            connection.execute(text(one))
    database.dispose()


async def test_D6_events_are_linked_per_number_over_batches(store: Store) -> None:
    await write(store, event(1, "pending"), event(2, msisdn=BEA), event(3))
    await write(store, event(4, "opted_out", answered="STOP"))
    found = await chain(store)
    assert found.holds, found.faults
    assert [(e.place, e.facts["state"], e.row is not None) for e in found.events] == [
        (1, "pending", True),
        (2, "active", True),
        (3, "opted_out", True),
    ]
    assert found.events[0].facts["carrier"] == "helvetia" and found.events[0].facts["wording"]
    assert ANNA not in found.events[0].link + str(found.events[0].facts) + found.number_digest
    assert (await chain(store, BEA)).holds and len((await chain(store, BEA)).events) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE consent SET answered = 'NO' WHERE id = 3",
        "UPDATE consent SET state = 'declined' WHERE id = 3",
        "UPDATE consent SET at = at + 1 WHERE id = 3",
        "UPDATE consent_link SET facts = replace(facts, 'active', 'expired') WHERE id = 3",
        "UPDATE consent_link SET text_digest = link WHERE id = 3",
        "DELETE FROM consent_link WHERE id = 3",
        "DELETE FROM consent_link WHERE id = 4",
        "DELETE FROM consent WHERE id = 3",
        "UPDATE consent SET msisdn = '', seen = '', answered = '', evidence = '{}' WHERE id = 3",
        "UPDATE consent_head SET place = 2",
        "DELETE FROM consent WHERE id = 4; DELETE FROM consent_link WHERE id = 4; UPDATE consent_head SET place = 2, "
        "link = (SELECT link FROM consent_link WHERE id = 3)",
        "DELETE FROM consent_head",
    ],
)
async def test_D6_tampering_is_detected(store: Store, url: str, sql: str) -> None:
    await write(store, event(1, "pending"), event(3), event(4, "opted_out"))
    assert (await chain(store)).holds
    tamper(url, sql)
    assert not (await chain(store)).holds


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM consent_link WHERE id = 2; DELETE FROM consent WHERE id = 2; DELETE FROM consent_head "
        "WHERE number_digest NOT IN (SELECT number_digest FROM consent_link)",
        "DELETE FROM consent_link; DELETE FROM consent; DELETE FROM consent_head",
        "DELETE FROM consent_link; DELETE FROM consent; DELETE FROM consent_head; DELETE FROM consent_total",
        "UPDATE consent_total SET events = 1, numbers = 1",
        "DELETE FROM consent_head WHERE place = 1",
    ],
)
async def test_D6_a_number_that_is_gone_as_a_whole_shows_also_after_later_events(
    store: Store, url: str, sql: str
) -> None:
    await write(store, event(1, "pending"), event(2, msisdn=BEA), event(3))
    assert await store.read(lambda r: r.ledger_faults()) == []
    tamper(url, sql)
    assert await store.read(lambda r: r.ledger_faults())
    await write(store, event(4, msisdn=OTHER))
    assert await store.read(lambda r: r.ledger_faults())
    again = Store.open(url)
    assert await again.read(lambda r: r.ledger_faults()), "opening it again mends nothing"
    await again.close()


async def test_D6_a_state_that_the_ledger_does_not_say_shows(store: Store, url: str) -> None:
    await write(store, event(1), event(4, "opted_out"))
    row = f"'{ANNA}', 1, '{HOROSKOP}', 'opted_out', 'ch-mo', 1, 1, '', '', '', ''"
    columns = "msisdn, generation, campaign, state, profile, version, since, carrier, network, opening_text"
    tamper(url, f"INSERT INTO subscription ({columns}, wording_digest) VALUES ({row})")
    assert (await chain(store)).holds
    tamper(url, "UPDATE subscription SET state = 'active'")
    (fault,) = (await chain(store)).faults
    assert fault == f"the state and the ledger disagree: {HOROSKOP} is active, the ledger says opted_out"


async def test_D6_chains_of_an_older_release_are_sealed_once_when_they_hold(store: Store, url: str) -> None:
    await write(store, event(1, "pending"), event(2, msisdn=BEA), event(3))
    older = (
        "UPDATE consent_head SET seal = ''; DELETE FROM consent_total; "
        "INSERT INTO meta (name, value) VALUES ('ledger_seal', 'due'); "
        "UPDATE consent_head SET link = number_digest WHERE place = 1"
    )
    tamper(url, older)
    again = Store.open(url)
    assert (await chain(again)).holds and not (await chain(again, BEA)).holds
    assert await again.read(lambda r: r.ledger_faults()) == []
    await again.close()


async def test_D6_an_event_slipped_in_beside_the_chain_shows(store: Store, url: str) -> None:
    await write(store, event(1))
    tamper(
        url,
        "INSERT INTO consent SELECT 9, msisdn, generation, at, campaign, state, caused_by, ref, seen, "
        "answered, profile, version, registration, evidence FROM consent WHERE id = 1",
    )
    assert (await chain(store)).faults == ("event id 9 is in no chain",)


async def test_D6_erased_texts_are_gone_the_chain_verifies_and_the_block_holds(
    store: Store, url: str
) -> None:
    block = Block("code", "543", NOON, 4)
    before = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA]
    after = Standing(ANNA, subscriptions=before.subscriptions, blocks=frozenset({block}))
    await write(store, event(1, "pending"), event(4, "opted_out"))
    await store.run(lambda tx: tx.write(Writes(standings=[(before, after)])))
    assert await store.run(lambda tx: tx.erase(ANNA, seconds(9), event=9, by="operator")) == 2
    found = await chain(store)
    assert found.holds, found.faults
    assert [e.facts["state"] for e in found.events] == ["pending", "opted_out", "erased"]
    assert all(e.row is None for e in found.events)
    database = find_database(url, readers=1)
    with database.writer.begin() as connection:
        left = list(connection.execute(text("SELECT * FROM consent")).fetchall())
        left += connection.execute(text("SELECT * FROM block_digest")).fetchall()
        left += connection.execute(text("SELECT * FROM block")).fetchall()
    database.dispose()
    assert str(ANNA) not in str(left) and SEEN not in str(left)
    held = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA].blocks
    assert {(b.scope, b.key) for b in held} == {("code", "543")}
    await write(store, event(12, "pending"))
    assert (await chain(store)).holds
    assert [b.scope for b in await store.read(lambda r: r.blocks_of(ANNA))] == ["code"]


async def test_D6_what_a_store_calls_the_number_and_its_one_time_code_are_erased_the_code_still_rests(
    store: Store, url: str
) -> None:
    before = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA]
    bound = Binding(HOROSKOP, CODE, NOON, released_at=seconds(5), name="Anna Muster")
    after = replace(before, bindings={HOROSKOP: bound})
    otp = samples.mt(7, MtState.DELIVERED, kind=Kind.OTP, text="314159 is your code")
    told = samples.callback(8, details={"customer_name": "Anna Muster"})
    rows = Writes(standings=[(before, after)], mts=[otp], callbacks=[told])
    await store.run(lambda tx: tx.write(rows))
    tamper(url, "UPDATE callback SET next_at = NULL, state = 'done'")
    await store.run(lambda tx: tx.erase(ANNA, seconds(9), event=9, by="operator"))
    database = find_database(url, readers=1)
    with database.writer.begin() as connection:
        tables = [
            connection.execute(text(f"SELECT * FROM {t}")).fetchall() for t in ("binding", "mt", "callback")
        ]
    database.dispose()
    assert all(tables) and "Muster" not in str(tables) and "314159" not in str(tables)
    kept = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA].bindings[HOROSKOP]
    assert (kept.short_code, kept.released_at, kept.name) == (CODE, seconds(5), "")


async def test_D6_an_erased_block_is_lifted_like_any_other(store: Store) -> None:
    standing = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA]
    blocked = Standing(
        ANNA, subscriptions=standing.subscriptions, blocks=frozenset({Block("invite", "", NOON)})
    )
    await store.run(lambda tx: tx.write(Writes(standings=[(standing, blocked)])))
    await store.run(lambda tx: tx.erase(ANNA, NOON, event=5, by="operator"))
    held = (await store.run(lambda tx: tx.standings([ANNA])))[ANNA]
    free = Standing(ANNA, subscriptions=held.subscriptions, blocks=frozenset())
    await store.run(lambda tx: tx.write(Writes(standings=[(held, free)])))
    assert (await store.run(lambda tx: tx.standings([ANNA])))[ANNA].blocks == frozenset()


async def test_D6_a_number_with_live_subscriptions_is_not_erased(store: Store, url: str) -> None:
    tamper(
        url,
        "INSERT INTO subscription (msisdn, generation, campaign, state, profile, version, since, carrier, "
        f"network, opening_text, wording_digest) VALUES ('{ANNA}', 1, '{HOROSKOP}', 'active', 'ch-mo', 1, 1, "
        "'', '', '', '')",
    )
    with pytest.raises(persons.StillSubscribed, match=HOROSKOP):
        await store.run(lambda tx: tx.erase(ANNA, NOON, event=5, by="operator"))


async def test_D6_another_ledger_key_is_refused(store: Store, url: str) -> None:
    await write(store, event(1))
    with pytest.raises(StoreUnusable, match="SMSC_LEDGER_KEY"):
        Store.open(url, ledger_key=b"another key")
