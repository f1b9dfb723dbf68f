"""D6: what an erasure takes away, in every table that has a number in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smsc.messages import Kind, Money, MtState
from smsc.store import (
    AlarmRow,
    CallbackResult,
    CallKey,
    CallRow,
    InvitationRow,
    ReviewRow,
    StillOnTheWay,
    Store,
    Writes,
    compact,
    erasing,
)
from tests.store import samples
from tests.store.samples import ANNA, CODE, HOROSKOP, NOON, seconds

SECRET = "Zwetschgenknoedel"


def rows() -> Writes:
    """Something of Anna's in every table that a batch writes, with her secret in every text."""
    raw = SECRET.encode()
    return Writes(
        mos=[samples.stored(samples.mo(1, SECRET), route="review")],
        mts=[samples.mt(2, MtState.DELIVERED, text=SECRET), samples.mt(3, MtState.CANCELLED, kind=Kind.OTP)],
        receipts=[samples.receipt(4, "a1", raw=raw + str(ANNA).encode())],
        callbacks=[
            samples.callback(5, text=SECRET, details={"customer_name": SECRET}),
            samples.callback(6, key="stop:6", text=SECRET),
            samples.callback(7, key="mo:7", text=SECRET),
        ],
        calls=[CallRow(CallKey("astro", "1|c1", ANNA), 8, b"digest", "SUCCESS", 2, NOON)],
        timers=[samples.timer("goodbye:1:1", seconds(30))],
        alarms=[AlarmRow(9, NOON, "mo_parked", ANNA, HOROSKOP, "MO 1 could not be decided")],
        invitations=[InvitationRow(10, "astro", HOROSKOP, ANNA, "declined", NOON)],
        reviews=[ReviewRow(1, ANNA, CODE, (HOROSKOP,), SECRET, NOON)],
    )


async def ends(store: Store, number: int, *, delivered: bool, attempts: int = 1) -> None:
    """The end of a callback: told, or given up."""
    result = CallbackResult(number, delivered, seconds(1), attempts, 200 if delivered else 500, SECRET, None)
    await store.run(lambda tx: tx.callback_results([result]))


async def erase(store: Store) -> None:
    await store.run(lambda tx: tx.erase(ANNA, seconds(60), event=99, by="operator"))


def octets_of(folder: Path) -> bytes:
    """Everything that the database has on the disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("smsc.db*")))


def test_D6_every_table_with_a_number_has_a_rule() -> None:
    assert erasing.tables_with_numbers() <= set(erasing.RULES)


async def test_D6_neither_text_nor_number_is_left_in_the_files(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/smsc.db", readers=1)
    await store.run(lambda tx: tx.write(rows()))
    await ends(store, 5, delivered=True)
    await ends(store, 6, delivered=False)
    assert octets_of(tmp_path).count(SECRET.encode()) > 5
    await erase(store)
    [waiting] = await store.run(lambda tx: tx.claim_callbacks(seconds(61), limit=9, busy=()))
    assert (waiting.id, waiting.notice.text, waiting.notice.msisdn) == (7, "[erased]", ANNA)
    assert await store.run(lambda tx: tx.replay_callbacks("astro")) == 0, "what was given up stays so"
    await ends(store, 7, delivered=True)
    assert await store.settle_log()
    left = octets_of(tmp_path)
    await store.close()
    assert SECRET.encode() not in left and str(ANNA).encode() not in left
    assert compact(f"sqlite:///{tmp_path}/smsc.db") <= len(left)


async def test_D6_a_callback_given_up_after_the_erasure_keeps_no_number_either(store: Store) -> None:
    await store.run(lambda tx: tx.write(Writes(callbacks=[samples.callback(7, text=SECRET)])))
    await erase(store)
    await ends(store, 7, delivered=False)
    [row] = await store.read(lambda r: r.callbacks("astro", limit=9))
    assert (row.state, row.notice.text, str(row.notice.msisdn), row.last_error) == ("erased", "", "", "")


async def test_D6_the_number_stays_with_money_and_nowhere_else(store: Store) -> None:
    billed = samples.mt(2, MtState.DELIVERED, text=SECRET, kind=Kind.CONTENT, value=Money(300, "CHF"))
    await store.run(lambda tx: tx.write(Writes(mts=[billed, samples.mt(3, MtState.DELIVERED)])))
    await erase(store)
    kept = await store.run(lambda tx: tx.mts([2, 3]))
    assert {n: (str(row.mt.msisdn), row.mt.text) for n, row in kept.items()} == {2: (ANNA, ""), 3: ("", "")}


@pytest.mark.parametrize("state", [MtState.HELD, MtState.QUEUED, MtState.SENDING, MtState.ACCEPTED])
async def test_D6_a_number_is_not_erased_under_what_is_on_its_way(store: Store, state: MtState) -> None:
    row = samples.mt(2, state, deadline=NOON + timedelta(hours=24))
    await store.run(lambda tx: tx.write(Writes(mts=[row])))
    with pytest.raises(StillOnTheWay, match="1 messages to it on their way, until 2026-03-02 12:00Z"):
        await erase(store)
