"""The outbox: claims, recovery, matching (D3, MT6, OO3, OO4, CH3, RP3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc.messages import ChargeState, Kind, MtState
from smsc.sms.octets import Octets
from smsc.store import ChargeRow, MtRow, PartRow, Store, Writes
from tests.store.samples import ANNA, BEA, CHF_3, CODE, HELVETIA, HOROSKOP, NOON, mt, receipt, seconds


async def keep(store: Store, *rows: MtRow) -> None:
    await store.run(lambda tx: tx.write(Writes(mts=list(rows))))


async def states(store: Store, *ids: int) -> dict[int, MtState]:
    return {i: row.state for i, row in (await store.run(lambda tx: tx.mts(ids))).items()}


async def claim(store: Store, *, most: int = 10, at: float = 0, node: int = 1) -> list[MtRow]:
    return await store.run(lambda tx: tx.claim({HELVETIA: most}, node=node, now=seconds(at)))


async def test_an_MT_comes_back_as_it_was(store: Store) -> None:
    row = mt(
        2**62,
        MtState.IN_DOUBT,
        kind=Kind.GOODBYE,
        text="Tschüss ♌",
        attempt=3,
        value=CHF_3,
        registration=11,
        validity_s=60,
        deadline=seconds(60),
        full_id="11|a",
        call=5,
        cause_mo=6,
        goodbye_of=(11, 12),
        node=1,
        charge=ChargeState.PENDING,
        message_id="AB",
        status=0xFFFFFFFF,
        error="e",
        bind="helvetia-1",
        parts=2,
        submitted_at=NOON,
        done_at=NOON,
        overtaken=True,
    )
    await keep(store, row)
    assert await store.run(lambda tx: tx.mts([row.mt.id, 5])) == {row.mt.id: row}
    assert await store.read(lambda r: r.mt(row.mt.id)) == row
    changed = replace(
        row, state=MtState.DELIVERED, deadline=None, charge=ChargeState.CHARGED, message_id="CD"
    )
    await store.run(lambda tx: tx.write(Writes(changed_mts=[changed])))
    assert await store.run(lambda tx: tx.mts([row.mt.id])) == {row.mt.id: changed}


async def test_octets_come_back_as_they_were_and_are_erased(store: Store) -> None:
    whole, bare = Octets(b"\x02\x00\x00", b"\x00\xff\x00"), Octets(b"", b"\x00")
    await keep(store, mt(1, octets=whole, text=""), mt(2, octets=bare, text=""), mt(3))
    rows = await store.run(lambda tx: tx.mts([1, 2, 3]))
    assert [row.mt.octets for row in rows.values()] == [whole, bare, None]
    assert [row.mt.octets for row in await claim(store)] == [whole, bare, None]
    ended = [replace(row, state=MtState.DELIVERED, done_at=NOON) for row in rows.values()]
    await store.run(lambda tx: tx.write(Writes(changed_mts=ended)))
    assert (await store.run(lambda tx: tx.mts([1])))[1].mt.octets == whole
    await store.run(lambda tx: tx.erase(ANNA, seconds(9), event=9, by="operator"))
    left = await store.run(lambda tx: tx.mts([1, 2, 3]))
    assert [(row.mt.octets, row.mt.text) for row in left.values()] == [(None, "")] * 3


async def test_a_final_row_keeps_no_deadline(store: Store) -> None:
    await keep(store, mt(1, MtState.DELIVERED, deadline=NOON))
    assert await store.run(lambda tx: tx.due_mts(seconds(1), 10)) == []


async def test_MT6_claims_by_class_then_age_and_no_more_than_fits(store: Store) -> None:
    await keep(store, mt(1, priority=2), mt(2, priority=2), mt(3, priority=0), mt(4, priority=1))
    await keep(store, mt(5, carrier="other"), mt(6, MtState.HELD))
    first = await claim(store, most=3)
    assert [row.mt.id for row in first] == [3, 4, 1]
    assert {(r.state, r.node, r.mt.attempt, r.submitted_at) for r in first} == {(MtState.SENDING, 1, 2, NOON)}
    assert await store.run(lambda tx: tx.mts([3])) == {3: first[0]}
    assert await store.run(lambda tx: tx.backlog([HELVETIA, "other", "none"])) == {
        HELVETIA: 1,
        "other": 1,
        "none": 0,
    }
    assert [row.mt.id for row in await claim(store)] == [2]
    assert await claim(store) == []
    assert await claim(store, most=0) == []


async def test_claims_neither_what_is_early_nor_what_is_too_old(store: Store) -> None:
    await keep(store, mt(1, not_before=seconds(10)), mt(2, deadline=seconds(5)))
    assert await claim(store, at=5) == []
    assert await store.run(lambda tx: tx.next_due(seconds(5))) == seconds(5)
    assert [row.mt.id for row in await store.run(lambda tx: tx.due_mts(seconds(5), 10))] == [2]
    assert [row.mt.id for row in await claim(store, at=10)] == [1]


async def test_next_due_does_not_count_ripe_rows_that_wait_for_the_window(store: Store) -> None:
    await keep(store, mt(1), mt(2, not_before=seconds(10)))
    assert await store.run(lambda tx: tx.next_due(NOON)) == seconds(10)
    assert await store.run(lambda tx: tx.next_due(seconds(10))) is None


async def test_a_row_being_sent_is_not_due(store: Store) -> None:
    await keep(store, mt(1, MtState.SENDING, node=1, deadline=seconds(1)))
    assert await store.run(lambda tx: tx.due_mts(seconds(9), 10)) == []
    assert await store.run(lambda tx: tx.next_due(NOON)) is None


async def test_D3_a_dead_nodes_free_rows_are_queued_and_billed_ones_in_doubt(store: Store) -> None:
    dead, me = [await store.run(lambda tx: tx.open_node(NOON)) for _ in range(2)]
    await keep(
        store,
        mt(1, MtState.SENDING, node=dead),
        mt(2, MtState.SENDING, node=dead, value=CHF_3, charge=ChargeState.PENDING, deadline=seconds(9)),
        mt(3, MtState.SENDING, node=dead, overtaken=True),
        mt(4, MtState.SENDING, node=dead, overtaken=True, value=CHF_3),
        mt(5, MtState.SENDING, node=me),
        mt(6, MtState.ACCEPTED, node=dead),
    )
    until = seconds(3600)
    found = await store.run(lambda tx: tx.recover(seconds(60), me=me, in_doubt_until=until))
    assert (found.requeued, found.in_doubt) == (1, 2)
    rows = await store.run(lambda tx: tx.mts(range(1, 7)))
    assert [rows[i].state.value for i in range(1, 7)] == [
        "queued",
        "in_doubt",
        "cancelled",
        "in_doubt",
        "sending",
        "accepted",
    ]
    assert (rows[1].node, rows[1].not_before, rows[1].mt.attempt) == (None, seconds(60), 1)
    assert (rows[2].deadline, rows[4].deadline) == (until, until)
    assert [row.mt.id for row in await claim(store, at=60, node=me)] == [1]
    assert await store.run(lambda tx: tx.recover(seconds(61), me=me)) == (0, 0)


async def test_D3_without_a_new_deadline_rows_in_doubt_keep_theirs(store: Store) -> None:
    dead, me = [await store.run(lambda tx: tx.open_node(NOON)) for _ in range(2)]
    await keep(store, mt(1, MtState.SENDING, node=dead, value=CHF_3, deadline=seconds(9)))
    await store.run(lambda tx: tx.recover(seconds(5), me=me))
    assert (await store.run(lambda tx: tx.mts([1])))[1].deadline == seconds(9)


async def test_a_living_nodes_rows_stay_its_own(store: Store) -> None:
    alive, me = [await store.run(lambda tx: tx.open_node(NOON)) for _ in range(2)]
    ended = await store.run(lambda tx: tx.open_node(NOON))
    await store.run(lambda tx: tx.close_node(ended, NOON))
    await keep(store, mt(1, MtState.SENDING, node=alive))
    assert await store.run(lambda tx: tx.recover(seconds(60), me=me, silent_since=NOON)) == (0, 0)
    assert await states(store, 1) == {1: MtState.SENDING}


async def test_D3_a_node_taken_for_dead_that_lives_is_taken_over_when_it_dies(store: Store) -> None:
    slow, me = [await store.run(lambda tx: tx.open_node(NOON)) for _ in range(2)]
    await store.run(lambda tx: tx.recover(seconds(60), me=me, silent_since=seconds(30)))
    await store.run(lambda tx: tx.heartbeat(slow, seconds(61)))
    await keep(store, mt(1, MtState.SENDING, node=slow))
    assert await store.run(lambda tx: tx.recover(seconds(70), me=me, silent_since=seconds(60))) == (0, 0)
    assert await store.run(lambda tx: tx.recover(seconds(99), me=me, silent_since=seconds(90))) == (1, 0)


async def test_OO3_what_a_stop_withdraws_is_held_queued_or_sending_of_that_registration(store: Store) -> None:
    await keep(
        store,
        mt(1, registration=11),
        mt(2, MtState.HELD, registration=11),
        mt(3, MtState.SENDING, registration=11, node=1),
        mt(5, registration=12),
        mt(6, msisdn=BEA, registration=11),
        mt(7, registration=None),
        mt(8, MtState.ACCEPTED, registration=11),
    )
    waiting = await store.run(lambda tx: tx.open_mts(ANNA, campaign=HOROSKOP, registration=11))
    assert [row.mt.id for row in waiting] == [1, 2, 3]
    request = await store.run(lambda tx: tx.open_mts(ANNA, campaign=HOROSKOP, registration=None))
    assert [row.mt.id for row in request] == [7]


async def test_OO4_one_goodbye_for_a_stop_whoever_comes_second(store: Store) -> None:
    await keep(store, mt(1, kind=Kind.GOODBYE, goodbye_of=(11, 5), text="first"))
    await keep(store, mt(2, kind=Kind.GOODBYE, goodbye_of=(11, 5)), mt(3, goodbye_of=(11, 6)))
    assert set(await states(store, 1, 2, 3)) == {1, 3}


async def test_RP3_a_receipt_finds_its_MT_by_message_id_newest_first(store: Store) -> None:
    await keep(
        store,
        mt(1, MtState.ACCEPTED, message_id="A1"),
        mt(2, MtState.ACCEPTED, message_id="A1"),
        mt(3, MtState.ACCEPTED, message_id="A1", carrier="other"),
        mt(4, MtState.SENDING, parts=2),
    )
    parts = [PartRow(4, n, HELVETIA, f"P{n}", MtState.ACCEPTED) for n in (1, 2)]
    await store.run(lambda tx: tx.write(Writes(mt_parts=parts)))
    keys = [(HELVETIA, "A1"), (HELVETIA, "P2"), (HELVETIA, ""), (HELVETIA, "none")]
    found = await store.run(lambda tx: tx.match(keys))
    assert found == {(HELVETIA, "A1"): [(2, 1), (1, 1)], (HELVETIA, "P2"): [(4, 2)]}
    done = replace(parts[0], state=MtState.DELIVERED)
    await store.run(lambda tx: tx.write(Writes(mt_parts=[done])))
    assert await store.run(lambda tx: tx.mt_parts([4])) == [done, parts[1]]


async def test_RP3_a_receipt_that_came_first_waits_for_the_response(store: Store) -> None:
    early, other = receipt(1, "A1"), receipt(2, "B2")
    await store.run(lambda tx: tx.write(Writes(receipts=[early, other])))
    assert await store.run(lambda tx: tx.waiting_receipts([(HELVETIA, "A1"), ("other", "B2")])) == [early]
    assert await store.run(lambda tx: tx.unmatched_receipts(HELVETIA, ANNA, CODE)) == [early, other]
    await store.run(lambda tx: tx.write(Writes(matched_receipts=[replace(early, mt=9, part=2)])))
    assert await store.run(lambda tx: tx.waiting_receipts([(HELVETIA, "A1")])) == []
    assert await store.run(lambda tx: tx.unmatched_receipts(HELVETIA, ANNA, CODE)) == [other]


async def test_CH3_rows_in_doubt_are_found_by_number_and_code_or_by_reference(store: Store) -> None:
    await keep(
        store,
        mt(1, MtState.IN_DOUBT, value=CHF_3, reference=7),
        mt(2, MtState.IN_DOUBT, value=CHF_3, msisdn=BEA),
        mt(3, MtState.ACCEPTED, value=CHF_3, reference=7),
        mt(4, MtState.DELIVERED, value=CHF_3, reference=7),
    )
    doubted = await store.run(lambda tx: tx.in_doubt(HELVETIA, ANNA, CODE))
    assert [row.mt.id for row in doubted] == [1]
    named = await store.run(lambda tx: tx.by_reference(HELVETIA, ANNA, 7))
    assert [row.mt.id for row in named] == [3, 1]


async def test_CH2_every_transition_of_a_charge_is_one_row(store: Store) -> None:
    rows = [
        ChargeRow(1, NOON + timedelta(seconds=n), state, 300, "CHF", f"why {n}")
        for n, state in enumerate((ChargeState.PENDING, ChargeState.UNKNOWN, ChargeState.CHARGED))
    ]
    for _ in range(2):
        await store.run(lambda tx: tx.write(Writes(charges=rows)))
    assert await store.read(lambda r: r.charges([1, 2])) == rows


async def test_counts_say_what_waits(store: Store) -> None:
    await keep(store, mt(1), mt(2), mt(3, MtState.SENDING), mt(4, MtState.HELD), mt(5, MtState.DELIVERED))
    assert (await store.read(lambda r: r.counts())).mts == {
        (MtState.QUEUED, HELVETIA): 2,
        (MtState.SENDING, HELVETIA): 1,
        (MtState.HELD, HELVETIA): 1,
    }
