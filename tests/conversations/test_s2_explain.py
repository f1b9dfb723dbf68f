"""Every refusal of the gateway's table is explained: by which rule, and by which record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsc.pipeline.requests import EraseAsk
from smsc.sim.merchant import Callback
from smsc.sms.numbers import Msisdn
from tests.conversations.explaining import asks_api, explained, refused, smsc
from tests.conversations.s2 import GOODBYE, WELCOME, confirms, stops
from tests.stage import ANNA, STRANGER, Stage

Opened = Callback | Mapping[str, str]
"""What has the id and the number of an opt-in."""


async def why(
    stage: Stage, mo: Opened, code: str, **params: str
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The refusal of a call that gets this code: its rule, the record that decided, and all that is told."""
    said, number = await refused(stage, mo, **params)
    assert said == code
    found = await explained(stage, number)
    assert (found["what"], found["door"], found["answered"]) == ("refused call", "gateway", code)
    over_http = await asks_api(stage, "astro", f"/v1/explain/{number}")
    assert over_http.json() == found
    assert (await asks_api(stage, "rival", f"/v1/explain/{number}")).status_code == 404
    return found["rule"], found["records"][0], found


async def test_MT2_each_refusal_of_the_gateways_table_names_its_rule_and_record(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP an 543")
    pending = str(await stage.opening_mo(ANNA, "543/HOROSKOP"))
    rule, record, told = await why(stage, {"id": pending, "number": ANNA}, "IR-104")
    assert (rule, record["record"], record["state"]) == ("MT2", "subscription", "pending")
    assert "was asked and has not answered yet" in told["because"]
    assert [(e["record"], e["state"], e["ref"]) for e in told["records"][1:]] == [
        ("consent", "pending", pending)
    ]

    await anna.texts("START HOROSKOP", to="543")
    mo = await stage.merchant.gets(message="HOROSKOP", number=ANNA)
    rule, record, _ = await why(stage, mo, "E-103")
    assert (rule, record["id"], "welcomed_at" in record) == ("OI4", mo["id"], False)

    assert await stage.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    rule, record, told = await why(stage, mo, "IR-412", value="5.00")
    assert (rule, record["price"]) == ("MT4", "CHF 3.00")
    assert "agreed to CHF 3.00, the call asks for CHF 5.00" in told["because"]
    assert (await why(stage, mo, "IR-412", value="2.50"))[0] == "CH1"
    rule, record, told = await why(stage, mo, "IR-101", value="0.00", command="W")
    assert (rule, record["id"]) == ("OI4", mo["id"])
    assert told["because"].startswith(f"the welcome of registration {mo['id']} was sent at ")

    for number in range(5):
        await stage.passes(minutes=1)
        assert await stage.merchant.content(mo, f"Nummer {number}", callback_id=f"c{number}") == "SUCCESS"
    rule, record, told = await why(stage, mo, "E-102")
    assert (rule, record["billed_in_period"], record["count_max"]) == ("MT4", "5", "5")
    rule, record, _ = await why(stage, mo, "IR-101", id=f"{mo['id']}|c1", message="anders")
    first = next(row for row in await stage.mts(ANNA) if row.full_id == f"{mo['id']}|c1")
    assert (rule, record["record"], record["mt"]) == ("D2", "call", str(first.mt.id))
    rule, record, _ = await why(stage, mo, "E-103", value="0.00", command="G")
    assert (rule, record["id"]) == ("OO4", mo["id"])

    stop = await stops(stage, anna)
    rule, record, told = await why(stage, mo, "BARRED")
    assert (rule, record["id"], record["stop"]) == ("OO3", mo["id"], stop["id"])
    assert [e["ref"] for e in told["records"] if e.get("state") == "opted_out"] == [stop["id"]]
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    rule, record, _ = await why(stage, mo, "IR-101", value="0.00", command="G", id=f"{mo['id']}|g2")
    assert (rule, "goodbye_at" in record) == ("OO4", True)


async def test_MT2_what_the_call_itself_lacks_is_kept_without_what_was_sent(stage: Stage) -> None:
    mo = await confirms(stage, stage.handset(ANNA))
    for code, rule, params in (
        ("IR-410", "MT2", {"value": "drei"}),
        ("IR-417", "MT5", {"message": "lang " * 400}),
        ("IR-405", "MT2", {"number": "abc"}),
    ):
        said, number = await refused(stage, mo, **params)
        found = await explained(stage, number)
        assert (said, found["rule"], found["records"]) == (code, rule, [])
        assert found["msisdn"] == ("" if "number" in params else ANNA)
        assert not any(value in str(found) for value in params.values())


async def test_MT8_an_unknown_network_is_explained_by_the_carriers_of_the_code(stage: Stage) -> None:
    mo = await confirms(stage, stage.handset(ANNA))
    rule, record, _ = await why(stage, mo, "IR-420", network="MARSCOM1MA1")
    assert rule == "MT8"
    assert record == {
        "record": "configuration",
        "short_code": "543",
        "carriers": "helvetia",
        "network": "MARSCOM1MA1",
    }


async def test_a_wrong_key_writes_nothing_and_a_loop_counts_up_one_row(stage: Stage) -> None:
    mo = await confirms(stage, stage.handset(ANNA))
    wrong = await stage.merchant.call(number=STRANGER, id="1|a", value="3.00", message="x", ekey="wrong")
    assert wrong.startswith("IR-103")
    ids = {(await refused(stage, mo, id=f"{mo['id']}|{n}"))[1] for n in range(7)}
    assert len(ids) == 1
    assert (await explained(stage, ids.pop()))["times"] == 7
    rows = await stage.server.store.read(lambda r: r.refusals(Msisdn(ANNA)))
    assert [row.times for row in rows] == [7]
    await stage.passes(minutes=2)
    _, later = await refused(stage, mo)
    assert (await explained(stage, later))["times"] == 1


async def test_refusals_are_dropped_after_their_days_and_with_the_number(stage: Stage) -> None:
    mo = await confirms(stage, stage.handset(ANNA))
    _, number = await refused(stage, mo)
    await stage.passes(days=29)
    await explained(stage, number)
    _, later = await refused(stage, mo)
    await stage.passes(days=3)
    await smsc(stage, "explain", number, code=1)
    await explained(stage, later)
    await stops(stage, stage.handset(ANNA))
    await stage.passes(days=1)
    await stage.server.node.intake.ask(Msisdn(ANNA), EraseAsk("operator"))
    await smsc(stage, "explain", later, code=1)
