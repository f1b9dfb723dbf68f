"""S4: a merchant invites, the subscriber answers Y, N, STOP, HELP or nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.smpp.codes import Command
from tests.conversations.s4 import ABROAD, ANNA, BEAT, CODE, LOCATE, PORTAL, Invited, open_invited

ASKED = "Finder Inc invites you to LOCATE."
BLOCKED = "No invitation will be sent to your number any more."


@pytest.fixture
async def s4(tmp_path: Path) -> AsyncIterator[Invited]:
    async with open_invited(tmp_path) as opened:
        yield opened


async def test_S4_the_invitation_names_the_application_and_offers_Y_N_STOP_and_HELP(s4: Invited) -> None:
    anna = s4.handset()
    await s4.finder.invited()
    asked = await anna.gets(ASKED, sender=CODE)
    assert asked.text == (
        "Finder Inc invites you to LOCATE. Reply Y to accept, N to decline, STOP to block all invitations to "
        "your number, HELP for help."
    )
    assert asked.price in ("", "CHF 0.00")
    await anna.texts("HELP", to=CODE)
    await anna.gets("LOCATE by Finder Inc. Reply Y to accept")
    assert await s4.stage.state(ANNA, LOCATE) == "pending"


async def test_S4_Y_opts_in_makes_an_account_and_tells_the_id_alone(s4: Invited) -> None:
    anna = s4.handset()
    number = await s4.finder.invited()
    await anna.gets(ASKED)
    assert not await s4.has_account()
    await anna.texts("y", to=CODE)
    told = await s4.stage.merchant.gets(action="invitation", id=number)
    assert dict(told.fields) == {"action": "invitation", "id": number}
    assert await s4.stage.state(ANNA, LOCATE) == "active"
    shown = (await s4.finder.client.get(f"/v1/invitations/{number}")).json()
    assert shown["state"] == "active" and shown["registration"].isdecimal() and shown["msisdn"] == ANNA
    assert await s4.has_account()
    assert await s4.ledger() == [("pending", "api"), ("active", "mo")]
    assert anna.has_silence()


async def test_S4_Y_is_confirmed_where_the_call_asked_for_it(s4: Invited) -> None:
    anna = s4.handset()
    await s4.finder.invited(sendUserConfirmation=True, callback="none")
    await anna.gets(ASKED)
    await anna.texts("YES", to=CODE)
    await anna.gets("You have accepted LOCATE of Finder Inc.", sender=CODE)
    await s4.stage.settles()
    assert s4.stage.merchant.has_silence()


async def test_S4_N_declines_this_invitation_only(s4: Invited) -> None:
    anna = s4.handset()
    number = await s4.finder.invited(callback="extended")
    await anna.gets(ASKED)
    await anna.texts("N", to=CODE)
    told = await s4.stage.merchant.gets(action="invitation", id=number)
    assert (told["state"], told["number"], told["keyword"]) == ("declined", ANNA, "LOCATE")
    assert await s4.finder.state(number) == "declined"
    assert await s4.blocks() == [] and not await s4.has_account()
    again = await s4.finder.invited()
    assert again != number
    await anna.gets(ASKED)


async def test_S4_silence_expires_and_is_no_refusal(s4: Invited) -> None:
    anna = s4.handset()
    number = await s4.finder.invited()
    await anna.gets(ASKED)
    await s4.stage.passes(hours=25)
    await s4.stage.merchant.gets(action="invitation", id=number)
    assert await s4.finder.state(number) == "expired"
    assert await s4.ledger() == [("pending", "api"), ("expired", "timer")]
    await anna.texts("Y", to=CODE)
    await anna.gets("Unknown. HELP for help.")
    assert await s4.stage.state(ANNA, LOCATE) == "expired"
    await s4.finder.invited()
    await anna.gets(ASKED)


async def test_S4_STOP_at_the_first_invitation_blocks_every_application_and_makes_no_account(
    s4: Invited,
) -> None:
    anna = s4.handset()
    number = await s4.finder.invited(callback="extended")
    await anna.gets(ASKED)
    await anna.texts("STOP", to=CODE)
    await anna.gets("no invitation will be sent to your number any more. To change that: " + PORTAL)
    assert (await s4.stage.merchant.gets(action="invitation", id=number))["state"] == "opted_out"
    assert await s4.blocks() == [("invite", "")] and not await s4.has_account()
    assert await s4.finder.refused() == "blocked"
    assert await s4.rival.refused(campaign="FAMILY") == "blocked"
    await s4.stage.settles()
    assert anna.has_silence()


async def test_S4_STOP_from_a_stranger_blocks_and_is_answered(s4: Invited) -> None:
    anna = s4.handset()
    await anna.texts("STOP", to=CODE)
    await anna.gets(BLOCKED)
    await anna.texts("STOP", to=CODE)
    await s4.stage.settles()
    assert anna.has_silence()
    assert await s4.finder.refused() == "blocked"
    assert not await s4.has_account()


async def test_S4_STOP_with_one_opt_in_ends_it_and_blocks(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts("STOP", to=CODE)
    await anna.gets("LOCATE of Finder Inc is ended")
    stop = await s4.stage.merchant.gets(action="mpush_ir_message")
    assert stop["number"] == ANNA and stop["registration"]
    assert await s4.stage.state(ANNA, LOCATE) == "opted_out"
    assert await s4.blocks() == [("invite", "")]
    await s4.stage.settles()
    assert anna.has_silence()


async def test_S4_STOP_with_opt_ins_of_two_merchants_ends_none_blocks_and_links_the_portal(
    s4: Invited,
) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await s4.accepts(anna, "FAMILY")
    await anna.texts("STOP", to=CODE)
    reply = await anna.gets("You have 2 opt-ins; none of them is ended.")
    assert PORTAL in reply.text and BLOCKED in reply.text
    assert await s4.stage.state(ANNA, LOCATE) == await s4.stage.state(ANNA, "77010/FAMILY") == "active"
    assert await s4.blocks() == [("invite", "")]
    assert await s4.finder.refused(campaign="BETA") == "unpublished"
    await s4.stage.settles()
    assert anna.has_silence() and s4.stage.merchant.has_silence()


async def test_S4_STOP_with_a_keyword_ends_that_opt_in_and_blocks(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await s4.accepts(anna, "FAMILY")
    await anna.texts("STOP FAMILY", to=CODE)
    await anna.gets("FAMILY of Rival Maps is ended")
    assert await s4.stage.state(ANNA, LOCATE) == "active"
    assert await s4.stage.state(ANNA, "77010/FAMILY") == "opted_out"
    assert await s4.blocks() == [("invite", "")]


@pytest.mark.parametrize("word", ["START", "Y", "YES", "START LOCATE", "UNSTOP", "LOCATE"])
async def test_S4_no_SMS_lifts_the_block(s4: Invited, word: str) -> None:
    anna = s4.handset()
    await anna.texts("STOP", to=CODE)
    await anna.gets(BLOCKED)
    await anna.texts(word, to=CODE)
    await s4.stage.settles()
    assert await s4.blocks() == [("invite", "")]
    assert await s4.finder.refused() == "blocked"
    assert await s4.stage.state(ANNA, LOCATE) in ("none", "opted_out")


async def test_S4_several_open_invitations_are_answered_by_keyword(s4: Invited) -> None:
    anna = s4.handset()
    first, second = await s4.finder.invited(), await s4.rival.invited(campaign="FAMILY")
    await anna.gets(ASKED)
    await anna.gets("Rival Maps invites you to FAMILY.")
    await anna.texts("Y", to=CODE)
    await anna.gets("Reply Y FAMILY or Y LOCATE to accept one")
    assert await s4.finder.state(first) == await s4.rival.state(second) == "pending"
    await anna.texts("y family", to=CODE)
    await s4.stage.settles()
    assert (await s4.finder.state(first), await s4.rival.state(second)) == ("pending", "active")
    await anna.texts("n", to=CODE)
    await s4.stage.settles()
    assert await s4.finder.state(first) == "declined"
    told = [c for c in s4.stage.merchant.untold() if c.headers["content-type"] == "application/json"]
    body = json.loads(told[0].body)
    assert (body["type"], body["data"]) == ("invitation", {"id": second})


async def test_S4_refusals_are_named_in_the_order_unpublished_network_blocked(s4: Invited) -> None:
    beat, abroad = s4.handset(BEAT), s4.handset(ABROAD)
    assert await s4.finder.refused(ABROAD, "BETA") == "unpublished"
    assert await s4.finder.refused(ABROAD, "AWAY") == "unsupported_network"
    await abroad.texts("STOP", to=CODE)
    await abroad.gets(BLOCKED)
    assert await s4.finder.refused(ABROAD, "BETA") == "unpublished"
    assert await s4.finder.refused(ABROAD, "AWAY") == "unsupported_network"
    assert await s4.finder.refused(ABROAD) == "blocked"
    await s4.finder.invited(BEAT, "BETA")
    await beat.gets("invites you to BETA")
    await beat.texts("STOP", to=CODE)
    await beat.gets("BETA of Finder Inc is ended")
    assert await s4.finder.refused(BEAT, "BETA") == "blocked"
    assert abroad.has_silence()


async def test_OO4_one_goodbye_names_all_that_stop_all_ends_and_each_registration_has_its_own(
    s4: Invited,
) -> None:
    anna = s4.handset()
    first, second = await s4.accepts(anna), await s4.accepts(anna, "FAMILY")
    await anna.texts("STOP ALL", to=CODE)
    said = await anna.gets("FAMILY (Rival Maps), LOCATE (Finder Inc) are ended", sender=CODE)
    assert PORTAL in said.text
    await s4.stage.settles()
    assert anna.has_silence()
    assert (await s4.finder.state(first), await s4.rival.state(second)) == ("opted_out", "opted_out")
    shown = [
        (await party.client.get(f"/v1/invitations/{number}")).json()
        for party, number in ((s4.finder, first), (s4.rival, second))
    ]
    owed = [int(one["registration"]) for one in shown]
    read = await s4.stage.server.store.run(lambda tx: tx.standings([s4.number(ANNA)], registrations=owed))
    told = read[s4.number(ANNA)].registrations
    assert [told[one].goodbye_at is not None for one in owed] == [True, True]


async def test_S4_an_accepted_invitation_tells_how_the_opt_in_stands_from_then_on(s4: Invited) -> None:
    anna = s4.handset()
    number = await s4.accepts(anna)
    await anna.texts("STOP", to=CODE)
    await anna.gets("LOCATE of Finder Inc is ended")
    await s4.stage.settles()
    assert await s4.finder.state(number) == "opted_out"


async def test_S4_a_repeated_invitation_is_the_same_one_and_sent_again_once_a_minute(s4: Invited) -> None:
    anna = s4.handset()
    first = await s4.finder.invited()
    await anna.gets(ASKED)
    assert await s4.finder.invited() == first
    await s4.stage.settles()
    assert anna.has_silence()
    await s4.stage.passes(seconds=61)
    assert await s4.finder.invited() == first
    await anna.gets(ASKED)


async def test_S4_an_opted_in_number_is_not_invited_again(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    answer = await s4.finder.invites()
    assert (answer.status_code, answer.json()["code"]) == (409, "already_opted_in")


async def test_S4_a_key_is_needed_and_only_the_own_campaigns_and_invitations_are_known(s4: Invited) -> None:
    number = await s4.finder.invited()
    nobody = await s4.finder.client.post(
        "/v1/invitations", headers={"Authorization": "Bearer wrong"}, json={}
    )
    assert nobody.status_code == 401
    assert (await s4.rival.invites()).status_code == 404
    assert (await s4.rival.client.get(f"/v1/invitations/{number}")).status_code == 404
    assert (await s4.finder.invites("0791234567")).json()["code"] == "bad_value"
    assert (await s4.finder.client.post("/v1/invitations", json=[1])).status_code == 400


async def test_S4_reachability_says_nothing_of_blocks(s4: Invited) -> None:
    anna = s4.handset()
    await anna.texts("STOP", to=CODE)
    await anna.gets(BLOCKED)
    found = await s4.finder.client.get(f"/v1/numbers/{ANNA}", params={"campaign": "LOCATE"})
    assert found.json() == {"msisdn": ANNA, "valid": True, "reachable": True}
    away = await s4.finder.client.get(f"/v1/numbers/{ANNA}", params={"campaign": "AWAY"})
    assert away.json()["reachable"] is False
    assert (await s4.finder.client.get("/v1/numbers/12")).status_code == 422


async def test_OO7_the_merchant_opts_a_number_out_by_the_api(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    other = await s4.rival.client.post("/v1/optouts", json={"msisdn": ANNA})
    assert other.status_code == 404
    answer = await s4.finder.client.post("/v1/optouts", json={"msisdn": ANNA, "campaign": "LOCATE"})
    assert answer.json()["ended"] == 1
    assert await s4.stage.state(ANNA, LOCATE) == "opted_out"
    assert (await s4.ledger())[-1] == ("opted_out", "api")
    assert await s4.blocks() == [], "whether it is invited again is the number's own to say"


async def test_MT6_an_invitation_goes_out_once_over_SMPP(s4: Invited) -> None:
    anna = s4.handset()
    await s4.finder.invited()
    await anna.gets(ASKED)
    sent = [p.pdu for p in s4.stage.carrier.pdus.all() if p.pdu.command is Command.SUBMIT_SM]
    assert len(sent) == 1 and sent[0]["source_addr"] == CODE


async def test_S4_help_shows_a_campaign_that_is_not_published_to_its_test_phones_only(s4: Invited) -> None:
    anna, beat = s4.handset(), s4.handset(BEAT)
    await anna.texts("HELP", to=CODE)
    await beat.texts("HELP", to=CODE)
    told = await anna.gets("Invitations on 77010")
    assert "FAMILY" in told.text and "BETA" not in told.text
    assert "BETA" in (await beat.gets("Invitations on 77010")).text
    await anna.texts("HELP BETA", to=CODE)
    await s4.stage.settles()
    assert not any("BETA" in one.text for one in anna.unread())
