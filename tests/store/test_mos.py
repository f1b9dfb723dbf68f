"""MOs: what D1a needs to tell a redelivery, and the parts of long ones (RT8)."""

from __future__ import annotations

import pytest

from smsc.messages import Part
from smsc.store import Earlier, Store, StoredMo, Writes
from tests.store.samples import BEA, HELVETIA, NOON, mo, seconds, stored

PRINT = b"\x00\xfeprint"


async def earlier(store: Store) -> list[Earlier]:
    return (await store.run(lambda tx: tx.earlier([PRINT, b"other"], since=NOON))).get(PRINT, [])


async def test_an_MO_comes_back_as_it_was(store: Store) -> None:
    of = mo(
        1,
        "Grüezi\0 ♌",
        raw=b"\x00\xff",
        esm_class=0x40,
        data_coding=8,
        carrier_mo_id="m-1",
        network="22801",
        may_answer=False,
        flags=("damaged", "late"),
        part=Part(200, 2, 1),
    )
    row = stored(of, route="keyword", campaign="543/HOROSKOP", reason="done", rule="OI1", error="no luck")
    await store.run(lambda tx: tx.write(Writes(mos=[row])))
    [found] = (await store.read(lambda r: r.timeline(of.source))).mos
    assert found.mo.text == "Grüezi\ufffd ♌"
    assert found == StoredMo(
        mo(
            1,
            found.mo.text,
            **{k: getattr(of, k) for k in ("raw", "esm_class", "data_coding", "carrier_mo_id")}
            | {k: getattr(of, k) for k in ("network", "may_answer", "flags", "part")},
        ),
        PRINT,
        "s-1",
        "keyword",
        "543/HOROSKOP",
        "done",
        "OI1",
        "no luck",
    )
    assert (await store.read(lambda r: r.counts())).mos_parked == 1


async def test_D1a_an_earlier_MO_tells_of_its_session_and_answer(store: Store) -> None:
    node = await store.run(lambda tx: tx.open_node(NOON))
    await store.run(
        lambda tx: tx.open_session("s-1", node=node, bind="helvetia-1", carrier=HELVETIA, now=NOON)
    )
    await store.run(lambda tx: tx.write(Writes(mos=[stored(mo(1))])))
    assert await earlier(store) == [Earlier(1, NOON, "s-1", None, late=False, absorbed=False)]
    await store.run(lambda tx: tx.write(Writes(late=[1], closed_sessions=[("s-1", seconds(3), False)])))
    assert await earlier(store) == [Earlier(1, NOON, "s-1", seconds(3), late=True, absorbed=False)]
    again = stored(mo(2), redelivery_of=1)
    await store.run(
        lambda tx: tx.write(Writes(mos=[again], absorbed=[1], closed_sessions=[("s-1", seconds(9), False)]))
    )
    assert await earlier(store) == [
        Earlier(1, NOON, "s-1", seconds(3), late=True, absorbed=True),
        Earlier(2, NOON, "s-1", seconds(3), late=False, absorbed=False),  # its own answer may be lost too
    ]


async def test_D1a_a_session_that_ended_in_order_leaves_no_answer_in_doubt(store: Store) -> None:
    node = await store.run(lambda tx: tx.open_node(NOON))
    await store.run(lambda tx: tx.open_session("s-1", node=node, bind="b", carrier=HELVETIA, now=NOON))
    ended = Writes(mos=[stored(mo(1))], closed_sessions=[("s-1", seconds(3), True)])
    await store.run(lambda tx: tx.write(ended))
    assert await earlier(store) == [Earlier(1, NOON, "s-1", None, late=False, absorbed=False)]


async def test_D1a_a_dead_nodes_sessions_end_at_its_last_heartbeat(store: Store) -> None:
    dead = await store.run(lambda tx: tx.open_node(NOON))
    await store.run(lambda tx: tx.open_session("s-1", node=dead, bind="b", carrier=HELVETIA, now=NOON))
    await store.run(lambda tx: tx.write(Writes(mos=[stored(mo(1))])))
    await store.run(lambda tx: tx.heartbeat(dead, seconds(5)))
    me = await store.run(lambda tx: tx.open_node(seconds(60)))
    assert me != dead
    await store.run(lambda tx: tx.recover(seconds(60), me=me, silent_since=seconds(4)))
    assert (await earlier(store))[0].session_closed_at is None
    await store.run(lambda tx: tx.recover(seconds(60), me=me))
    assert (await earlier(store))[0].session_closed_at == seconds(5)


async def test_a_retry_after_a_commit_of_unknown_fate_finds_itself(store: Store) -> None:
    for _ in range(2):
        await store.run(lambda tx: tx.write(Writes(mos=[stored(mo(1))])))
    assert [found.id for found in await earlier(store)] == [1]


async def test_D1a_what_came_too_long_ago_is_not_looked_at(store: Store) -> None:
    rows = [stored(mo(n, received_at=seconds(n))) for n in (0, 5, 9)]
    await store.run(lambda tx: tx.write(Writes(mos=rows)))
    found = await store.run(lambda tx: tx.earlier([PRINT], since=seconds(5)))
    assert [one.id for one in found[PRINT]] == [5, 9]


async def test_RT8_parts_wait_and_leave_together(store: Store) -> None:
    one, two = (stored(mo(n, part=Part(7, 3, n))) for n in (1, 2))
    other = stored(mo(3, source=BEA, part=Part(7, 3, 1)))
    await store.run(lambda tx: tx.write(Writes(parts=[one, other], parts_deadline=seconds(300))))
    await store.run(lambda tx: tx.write(Writes(parts=[two], parts_deadline=seconds(310))))
    key = (HELVETIA, str(one.mo.source), "543", 7, 3)
    assert await store.run(lambda tx: tx.waiting_parts([key, ("x", "1", "543", 7, 3)])) == {key: [one, two]}
    assert await store.run(lambda tx: tx.next_due(NOON)) == seconds(300)
    assert await store.run(lambda tx: tx.due_parts(seconds(299), 10)) == []
    assert await store.run(lambda tx: tx.due_parts(seconds(300), 10)) == [one, two, other]
    assert await store.run(lambda tx: tx.due_parts(seconds(300), 1)) == [one, two]
    await store.run(lambda tx: tx.write(Writes(joined=[1, 2])))
    assert await store.run(lambda tx: tx.waiting_parts([key])) == {}


async def test_RT8_parts_never_wait_without_an_end(store: Store) -> None:
    with pytest.raises(ValueError, match="parts_deadline"):
        await store.run(lambda tx: tx.write(Writes(parts=[stored(mo(1, part=Part(7, 2, 1)))])))
