"""What cannot be decided is put aside alone; whatever stands beside it goes its way, and a STOP stops (D4, OO4)."""

from __future__ import annotations

import asyncio

import pytest

from smsc.optin.events import Charged, Event, MerchantSend, Stop, TimerDue
from smsc.optin.standing import Standing
from smsc.pipeline import outcomes, parking
from smsc.smpp.codes import CommandStatus
from smsc.sms.numbers import Msisdn
from tests.conversations.s2 import CONTENT, confirms, stops, subscribes
from tests.pipeline.faults import Bug, Stall, break_decisions
from tests.stage import ANNA, BEAT, Stage

CARL = "41791234599"


def of(msisdn: str, kind: type[Event]) -> object:
    """Events of this number and kind."""

    def meant(standing: Standing, event: Event) -> bool:
        return standing.msisdn == msisdn and isinstance(event, kind)

    return meant


async def together(stage: Stage, *texts: tuple[str, str]) -> list[int | None]:
    """MOs of several numbers that reach the line in one batch; their answers."""
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(CARL).texts("HALLO", to="543"))
    await stall.is_reached()
    seen = stage.carrier.pdus.last
    texting = [asyncio.create_task(stage.handset(m).texts(text, to="543")) for m, text in texts]
    await stage.carrier.pdus.grows(beyond=seen + len(texts) - 1)
    stall.ends()
    await held
    return list(await asyncio.gather(*texting))


async def parked(stage: Stage, msisdn: str) -> list[str]:
    """The errors of a number's parked MOs."""
    await stage.settles()
    timeline = await stage.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))
    return [found.error for found in timeline.mos if found.error]


async def test_D4_an_error_of_decision_parks_only_that_mo(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_decisions(monkeypatch, lambda standing, _: standing.msisdn == ANNA)
    beat = stage.handset(BEAT)
    assert await together(stage, (ANNA, "HOROSKOP"), (BEAT, "HOROSKOP")) == [0, 0]
    await beat.gets("START HOROSKOP")
    assert len(await parked(stage, ANNA)) == 1 and await parked(stage, BEAT) == []
    assert await stage.alarms() == ["mo_parked"]
    assert stage.handset(ANNA).has_silence() and beat.has_silence()


async def test_D4_a_parked_mo_that_is_a_stop_stops_and_the_server_says_goodbye(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    break_decisions(monkeypatch, lambda standing, event: standing.msisdn == ANNA and isinstance(event, Stop))
    assert await anna.texts("Stopp, bitte!", to="543") == 0
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    assert len(await parked(stage, ANNA)) == 1
    [consent] = (await stage.server.store.read(lambda r: r.consents(Msisdn(ANNA))))[-1:]
    assert consent.consent.state == "opted_out"
    monkeypatch.undo()
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    await stage.passes(minutes=5)
    assert anna.has_silence()


async def test_D4_a_parked_stop_withdraws_what_waits(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("queue_full", msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.settles()
    break_decisions(monkeypatch, lambda standing, event: standing.msisdn == ANNA and isinstance(event, Stop))
    assert await anna.texts("STOP", to="543") == 0
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c2")).startswith("BARRED")
    await stage.passes(minutes=10)
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("failed", 300, "CHF")]
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence()


async def test_D4_a_two_part_stop_that_cannot_be_decided_stops(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.handset(ANNA)
    await confirms(stage, anna)
    break_decisions(monkeypatch, lambda standing, event: standing.msisdn == ANNA and isinstance(event, Stop))
    assert await anna.texts("STOP HOROSKOP" + " " * 150, to="543") == 0
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"


async def test_OO4_a_timer_that_cannot_be_decided_takes_no_other_goodbye_with_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handsets = [stage.handset(f"4179555{n}") for n in range(2015, 2021)]
    broken = handsets[3]
    for handset in handsets:
        await subscribes(stage, handset)
        await stops(stage, handset)
    break_decisions(
        monkeypatch,
        lambda standing, event: standing.msisdn == broken.msisdn and isinstance(event, TimerDue),
    )
    await stage.passes(seconds=31)
    for handset in handsets:
        if handset is not broken:
            await handset.gets("HOROSKOP: Du bist abgemeldet")
    await stage.passes(minutes=5)
    assert all(handset.has_silence() for handset in handsets)
    assert await stage.alarms() == ["timer_parked"]


async def test_D4_a_receipt_that_cannot_be_settled_is_kept_and_the_others_settle(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    mos = [await subscribes(stage, anna), await subscribes(stage, beat)]
    break_decisions(
        monkeypatch, lambda standing, event: standing.msisdn == ANNA and isinstance(event, Charged)
    )
    stage.carrier.holds_answers()
    for mo in mos:
        stage.carrier.does_next("undeliv", msisdn=mo["number"])
        assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    stage.carrier.answers_again()
    await stage.merchant.gets(id=f"{mos[1]['id']}|c1", report="FAILED")
    assert await stage.charges(BEAT) == [("pending", 300, "CHF"), ("failed", 300, "CHF")]
    assert await stage.charges(ANNA) == [("pending", 300, "CHF")]
    assert await stage.alarms() == ["receipt_parked"]


async def test_D4_a_call_that_cannot_be_decided_is_refused_and_harms_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mos = [await subscribes(stage, stage.handset(m)) for m in (ANNA, BEAT)]
    break_decisions(
        monkeypatch, lambda standing, event: standing.msisdn == ANNA and isinstance(event, MerchantSend)
    )
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(CARL).texts("HALLO", to="543"))
    await stall.is_reached()
    calls = [asyncio.create_task(stage.merchant.content(mo, CONTENT, callback_id="c1")) for mo in mos]
    async with asyncio.timeout(20):
        while len(stage.server.node.intake._calls) < len(calls):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stall.ends()
    await held
    broken, fine = await asyncio.gather(*calls)
    assert broken != "SUCCESS" and fine == "SUCCESS"
    monkeypatch.undo()
    assert await stage.merchant.content(mos[0], CONTENT, callback_id="c1") == "SUCCESS"


async def test_D4_what_cannot_even_be_parked_stays_the_carriers_and_the_line_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object, **__: object) -> None:
        raise Bug("cannot be parked")

    break_decisions(monkeypatch, lambda standing, _: standing.msisdn == ANNA)
    monkeypatch.setattr(parking, "stored", cannot)
    beat = stage.handset(BEAT)
    answers = await together(stage, (ANNA, "HOROSKOP"), (BEAT, "HOROSKOP"))
    assert answers == [CommandStatus.ESME_RX_T_APPN, 0]
    await beat.gets("START HOROSKOP")
    monkeypatch.undo()
    assert await stage.handset(ANNA).texts("HOROSKOP", to="543") == 0
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"


async def test_D4_an_mt_that_cannot_be_ended_at_its_deadline_takes_no_timer_with_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("no_receipt", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.gets(CONTENT)
    await stage.passes(hours=23, minutes=59, seconds=50)
    await subscribes(stage, beat)
    await stops(stage, beat)

    def cannot(*_: object, **__: object) -> None:
        raise Bug("cannot be charged")

    monkeypatch.setattr(outcomes, "charge", cannot)
    await stage.passes(seconds=31)
    await beat.gets("HOROSKOP: Du bist abgemeldet")
    await stage.passes(minutes=5)
    assert beat.has_silence()
    assert await stage.alarms() == ["mt_parked"]
