"""RT5b: what an operator decides on a text under review, with billed content held meanwhile."""

from __future__ import annotations

import httpx

from smsc.sim.handset import Handset
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, Stage

PLEASE = "bitte könnt ihr das jetzt endlich mal stop machen ich will das nicht mehr"


async def waits(stage: Stage, anna: Handset) -> tuple[str, str]:
    """Subscribed, the text under review, and content ordered after it; the registration and the MO."""
    opened = await subscribes(stage, anna)
    await anna.texts(PLEASE, to="543")
    told = await stage.merchant.gets(message=PLEASE, review="1")
    assert await stage.merchant.content(opened, CONTENT, callback_id="c1") == "SUCCESS"
    assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["held"]
    return opened["id"], told["id"]


async def decides(stage: Stage, *, stop: bool) -> None:
    """The operator, on the admin socket."""
    transport = httpx.AsyncHTTPTransport(uds=f"{stage.folder}/smsc.admin")
    async with httpx.AsyncClient(transport=transport, base_url="http://smsc") as client:
        (one,) = (await client.get("/review")).json()["review"]
        assert one["text"] == PLEASE
        answer = await client.post(f"/review/{one['mo']}", json={"stop": stop, "by": "vera"})
        assert answer.status_code == 200, answer.text
        assert (await client.get("/review")).json() == {"review": []}


async def test_RT5b_dismissed_the_held_content_leaves_and_is_charged(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    registration, _ = await waits(stage, anna)
    assert anna.has_silence()
    await decides(stage, stop=False)
    await anna.gets(CONTENT)
    await stage.merchant.gets(id=f"{registration}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("charged", 300, "CHF")]
    assert await stage.state(ANNA, "543/HOROSKOP") == "active"


async def test_RT5b_taken_for_a_stop_the_held_content_never_leaves_and_bills_nobody(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await waits(stage, anna)
    await decides(stage, stop=True)
    await stage.merchant.gets(message="ask horoskop stop", number=ANNA)
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence()
    assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["cancelled"]
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("failed", 300, "CHF")]
