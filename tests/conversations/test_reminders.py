"""MT4: a profile that asks whether an opt-in goes on, over SMPP and HTTP and across a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.messages import Kind
from tests.conversations.explaining import explained, refused
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, KEYWORDS, Stage

ASKED = "Gratis: {{keyword}} {{currency}} {{total}}. Weiter: {{answer}}. STOP {{keyword}}. {{hotline}} {{company}}"
PROFILE = """profiles:
  asked:
    extends: ch-mo
    version: 2
    caps: {{minute: "9.00"}}
    reminder: {{trigger: spend, value: "6.00", action: require_confirm}}
    deadlines: {{renewal: 86400}}
    texts:
"""
OWN = PROFILE + "".join(f'      {one}: {{{{renewal: "{ASKED}"}}}}\n' for one in ("de", "en", "fr", "it"))
QUESTION = "Gratis: HOROSKOP CHF 6.00. Weiter: START HOROSKOP. STOP HOROSKOP. 0800 123 456 Astro AG"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which HOROSKOP asks at every CHF 6.00."""
    made = Stage(tmp_path, keywords=OWN + KEYWORDS.replace("profile: ch-mo", "profile: asked", 1))
    await made.opens()
    yield made
    await made.closes()


async def test_MT4_content_waits_for_the_answer_and_silence_ends_it_across_a_restart(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    for name in ("c1", "c2"):
        assert await stage.merchant.content(mo, f"{CONTENT} {name}", callback_id=name) == "SUCCESS"
        await anna.gets(f"{CONTENT} {name}")
    assert (await anna.gets("Weiter")).text == QUESTION
    code, number = await refused(stage, mo)
    found = await explained(stage, number)
    assert (code, found["rule"], found["records"][0]["record"]) == ("E-102", "MT4", "registration")
    assert "is asked whether" in found["because"] and found["records"][0]["renew_by"]

    await stage.passes(minutes=2)
    await anna.texts("START HOROSKOP", to="543")
    for name in ("c3", "c4"):
        await stage.settles()
        assert await stage.merchant.content(mo, f"{CONTENT} {name}", callback_id=name) == "SUCCESS"
        await anna.gets(f"{CONTENT} {name}")
    await anna.gets("CHF 12.00")
    await stage.settles()
    await stage.server.stop()
    await stage.server_starts()
    await stage.passes(hours=24)
    stop = await stage.merchant.gets(message="ask horoskop stop")
    assert stop["id"] != mo["id"], "merchants de-duplicate by id"
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert await stage.state(ANNA, "543/HOROSKOP") == "expired"
    code, number = await refused(stage, mo)
    told = {row.mt.kind: await explained(stage, row.mt.id) for row in await stage.mts(ANNA)}
    assert "it tells of registration" in str(told[Kind.INFO])
    assert "ended for want of a renewal" in str(told[Kind.GOODBYE])
    assert code == "BARRED" and "for want of a renewal" in (await explained(stage, number))["because"]
