"""Content on its way waits for the menu after a bare STOP (OO2), over real SMPP and HTTP."""

from __future__ import annotations

from pathlib import Path

from smsc.sim.handset import Handset
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, KEYWORDS, Stage


async def subscribes_to_two(stage: Stage, anna: Handset) -> str:
    """HOROSKOP and SPRUCH; returns the id of the first."""
    mo = await subscribes(stage, anna)
    await anna.texts("SPRUCH", to="543")
    await anna.gets("START SPRUCH")
    await anna.texts("START SPRUCH", to="543")
    await stage.merchant.gets(message="SPRUCH")
    return mo["id"]


async def test_OO2_menu_content_waits_and_goes_on_when_the_other_one_was_meant(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.keywords = KEYWORDS.replace("role: premium,", "role: premium, stop_scope: menu,", 1)
    await stage.opens()
    try:
        anna = stage.handset(ANNA)
        number = await subscribes_to_two(stage, anna)
        await anna.texts("STOP", to="543")
        await anna.gets("STOP HOROSKOP, STOP SPRUCH oder STOP ALL", sender="543")
        params = {"number": ANNA, "network": "SWISSCOM8CH4", "value": "3.00", "currency": "CHF", "reply": "0"}
        sent = await stage.merchant.call(**params, id=f"{number}|c1", message=CONTENT, title="543")
        assert sent == "SUCCESS"
        assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["held"]
        await anna.texts("STOP SPRUCH", to="543")
        await anna.gets(CONTENT)
        await stage.merchant.gets(message="ask spruch stop")
        await stage.merchant.gets(id=f"{number}|c1", report="DELIVERED")
        assert await stage.state(ANNA, "543/HOROSKOP") == "active"
        await stage.passes(minutes=6)
        assert await stage.state(ANNA, "543/HOROSKOP") == "active"
    finally:
        await stage.closes()


async def test_OO2_menu_unanswered_cancels_what_waits_and_ends_all(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.keywords = KEYWORDS.replace("role: premium,", "role: premium, stop_scope: menu,", 1)
    await stage.opens()
    try:
        anna = stage.handset(ANNA)
        number = await subscribes_to_two(stage, anna)
        await anna.texts("STOP", to="543")
        await anna.gets("STOP ALL")
        params = {"number": ANNA, "network": "SWISSCOM8CH4", "value": "3.00", "currency": "CHF", "reply": "0"}
        await stage.merchant.call(**params, id=f"{number}|c1", message=CONTENT, title="543")
        await stage.passes(minutes=5, seconds=31)
        await stage.merchant.gets(message="ask horoskop stop")
        await stage.merchant.gets(message="ask spruch stop")
        await anna.gets("HOROSKOP: Du bist abgemeldet")
        await anna.gets("SPRUCH: Du bist abgemeldet")
        assert anna.has_silence()
        assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["cancelled"]
        assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("failed", 300, "CHF")]
    finally:
        await stage.closes()
