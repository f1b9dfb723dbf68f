"""MT7: content waits for the morning; answers do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conversations.s2 import CONTENT, stops, subscribes
from tests.stage import ANNA, KEYWORDS, Stage

QUIET = KEYWORDS.replace("aliases: [HORO],", 'aliases: [HORO], quiet_hours: {{from: "21:00", to: "08:00"}},')


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which HOROSKOP has quiet hours."""
    made = Stage(tmp_path, keywords=QUIET)
    await made.opens()
    yield made
    await made.closes()


async def test_MT7_content_waits_for_the_end_of_the_quiet_hours(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.passes(hours=9)  # 22:00 in Zurich
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.texts("HELP", to="543")
    await anna.gets("0800 123 456")
    await stage.passes(hours=9, minutes=59)
    assert anna.has_silence()
    await stage.passes(minutes=2)
    await anna.gets(CONTENT)


async def test_MT7_OO3_a_stop_in_the_night_withdraws_what_waits_for_the_morning(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.passes(hours=9)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stops(stage, anna)
    await stage.passes(hours=12)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence()
