"""Long MOs: in any order, with repeats, over two binds and across a restart (RT8); texts made to fit."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

import tests.stage
from smsc.sim.errands import Errand
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import Coding, length
from smsc.sms.segments import Segment, split
from tests.conversations.s2 import WELCOME, confirms, subscribes
from tests.stage import ANNA, Stage, open_stage

TEXT = "Liebe Sterne, " + "was wird aus mir? " * 22


def pieces(reference: int, text: str = TEXT, *, wide: bool = False) -> list[Pdu]:
    """The parts of a long MO as its network hands them over."""
    return [part_pdu(part) for part in split(text, Coding(Alphabet.GSM7, 0), reference=reference, wide=wide)]


def part_pdu(part: Segment) -> Pdu:
    fields = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": ANNA, "destination_addr": "543"}
    return Pdu(Command.DELIVER_SM, fields | {"esm_class": 0x40, "short_message": part.udh + part.data})


def clone(pdu: Pdu) -> Pdu:
    return Pdu(pdu.command, dict(pdu.fields))


@pytest.mark.parametrize("wide", [False, True])
async def test_RT8_parts_join_in_any_order_and_repeats_count_once(stage: Stage, wide: bool) -> None:
    await subscribes(stage, stage.handset(ANNA))
    for reference, order in enumerate(itertools.permutations(range(3)), 0x4101):
        text = f"{reference} {TEXT}"
        parts = pieces(reference, text, wide=wide)
        assert len(parts) == 3
        for place in (*order[:2], order[0], order[2], order[2], order[1]):
            assert await stage.carrier.hand_over(clone(parts[place])) == 0
        told = await stage.merchant.gets(message=text)
        assert told["number"] == ANNA
    await stage.passes(hours=1)
    assert stage.merchant.has_silence()


async def test_RT8_parts_come_over_two_binds_and_across_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = tests.stage.CONFIG.replace("window: 50", "window: 50, sessions: 2")
    monkeypatch.setattr(tests.stage, "CONFIG", two)
    async with open_stage(tmp_path) as stage:
        await stage.carrier.is_bound(links=2)
        await subscribes(stage, stage.handset(ANNA))
        first, second, third = pieces(7)
        for link, pdu in zip(stage.carrier.links, (third, first), strict=False):
            answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            link.send(pdu, Errand(pdu, 1, answer.set_result))
            assert await answer == 0
        await stage.settles()
        await stage.server.stop()
        await stage.server_starts()
        assert await stage.carrier.hand_over(second) == 0
        await stage.merchant.gets(message=TEXT)


async def test_RT8_a_reference_that_comes_again_loses_neither_message(stage: Stage) -> None:
    await subscribes(stage, stage.handset(ANNA))
    old, new = pieces(9, "Alt. " + TEXT), pieces(9, "Neu. " + TEXT)
    assert await stage.carrier.hand_over(old[0]) == 0
    for pdu in new:
        assert await stage.carrier.hand_over(pdu) == 0
    await stage.merchant.gets(message="Neu. " + TEXT)
    await stage.passes(minutes=6)
    told = await stage.merchant.gets()
    assert told["message"].startswith("Alt. Liebe Sterne")


async def test_a_campaign_that_transliterates_stores_and_sends_the_plain_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plainly = tests.stage.KEYWORDS.replace('price: "3.00",', 'price: "3.00", transliterate: true,')
    assert plainly != tests.stage.KEYWORDS
    stage = Stage(tmp_path)
    monkeypatch.setattr(stage, "keywords", plainly)
    await stage.opens()
    try:
        anna = stage.handset(ANNA)
        mo = await confirms(stage, anna)
        assert await stage.merchant.welcome(mo, WELCOME + " „Zvezdče“…", callback_id="w1") == "SUCCESS"
        await anna.gets('"Zvezdce"...')
        text = "Oven: dober dan za iskrenost – brez „če“ in „ampak“. " + "Šššš " * 15
        assert (length(text).parts, len(text) <= 160) == (2, True)
        assert await stage.merchant.content(mo, text, callback_id="c1") == "SUCCESS"
        plain = 'Oven: dober dan za iskrenost - brez "ce" in "ampak". ' + "Ssss " * 15
        got = await anna.gets("Oven:")
        assert got.text.startswith(plain.strip()) and len(got.pdus) == 1
        assert any(row.mt.text == got.text for row in await stage.mts(ANNA))
    finally:
        await stage.closes()
