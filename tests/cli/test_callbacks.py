"""`smsc callbacks`: what was not told is seen, told again, and a gone endpoint comes back."""

from __future__ import annotations

from smsc.sim.merchant import Answer
from tests.cli.conftest import Operator
from tests.stage import ANNA


async def test_an_endpoint_that_is_gone_is_listed_enabled_and_told_again(operator: Operator) -> None:
    stage = operator.stage
    anna = stage.handset(ANNA)
    stage.merchant.answers_next(Answer(status=410, body="gone"))
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    mo = await stage.merchant.gets(message="HOROSKOP")
    await stage.settles()
    assert "endpoint_gone" in await stage.alarms()
    listed = await operator.runs("callbacks", "list")
    assert "astro: disabled since" in listed.output
    number = next(line.split()[0] for line in listed.output.splitlines() if "parked" in line)
    shown = await operator.runs("callbacks", "show", number)
    assert "HTTP 410" in shown.output
    refused = await operator.runs("callbacks", "replay", "astro")
    assert (refused.exit_code, "disabled" in refused.output) == (1, True)
    assert "enabled" in (await operator.runs("callbacks", "enable", "astro")).output
    assert "1 to be told again" in (await operator.runs("callbacks", "replay", "astro")).output
    again = await stage.merchant.gets(message="HOROSKOP")
    assert (again["id"], again.headers["webhook-id"]) == (mo["id"], mo.headers["webhook-id"])
    assert (await operator.runs("callbacks", "list")).output == ""
