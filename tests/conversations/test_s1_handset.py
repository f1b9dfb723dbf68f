"""S1: stores, joined by handset. The keyword on the marketing code, the conversation on the communication code."""

from __future__ import annotations

from tests.conversations.s1 import IN, JOE, LIZ, LOCAL, MARKETING, Client, joins
from tests.stage import Stage


async def test_S1b_the_keyword_opts_in_at_once_and_the_confirmation_leaves_from_the_communication_code(
    stage: Stage,
) -> None:
    liz = stage.handset(LIZ)
    await liz.texts("Pizza", to=MARKETING)
    told = await stage.pizza.gets(message="Pizza")
    assert told["mobileNum"] == LOCAL and told["keyword"] == "PIZZA" and told["subacct"] == "PIZZA"
    assert told["optInStatus"] == "opt-in" and told["subacct_name"] == "Tony's Pizza"
    assert told["custID"].isdecimal() and told["msgID"].isdecimal()
    assert told["timeStamp"] == "2026-03-02 04:00:00", "Pacific time"
    assert told.headers["content-type"].startswith("multipart/form-data; boundary=")
    confirmation = await liz.gets(IN, sender="77007")
    assert "Tony's Pizza" in confirmation.text and "STOP" in confirmation.text
    assert await stage.state(LIZ, "444999/PIZZA") == "active"
    assert await Client(stage, stage.pizza, "PIZZA").status() == "3"


async def test_S1c_while_active_every_mo_is_posted_and_sendsmsmsg_sends(stage: Stage) -> None:
    liz, pizza = stage.handset(LIZ), Client(stage, stage.pizza, "PIZZA")
    await joins(stage, liz)
    await liz.texts("Do you have gluten-free?", to="77007")
    told = await stage.pizza.gets(message="Do you have gluten-free?")
    assert told["optInStatus"] == "opt-in"
    answer = await pizza.asks(method="sendsmsmsg", phone_number=LOCAL, message="Yes, every day!")
    assert (answer.get("status"), answer.findtext("message/msg_direction")) == ("200", "MT")
    assert answer.findtext("message/message") == "Yes, every day!"
    assert answer.findtext("message/customer/optinStatus") == "3"
    assert answer.findtext("message/customer/custMobile") == LOCAL
    await liz.gets("Yes, every day!", sender="77007")
    await stage.settles()
    assert stage.pizza.has_silence(), "this API has no delivery reports"


async def test_S1d_stop_is_posted_confirmed_and_ends_this_store_only(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    pizza, salon = Client(stage, stage.pizza, "PIZZA"), Client(stage, stage.salon, "SALON")
    first, second = await joins(stage, liz), await joins(stage, liz, "SALON")
    assert {first.sender, second.sender} == {"77007", "77008"}
    await liz.texts("STOP", to=first.sender)
    told = await stage.pizza.gets(message="STOP")
    assert told["optInStatus"] == "opt-out"
    goodbye = await liz.gets("Tony's Pizza: you are unsubscribed", sender=first.sender)
    assert goodbye.text
    assert await pizza.sends("Half price today!") == ("400", "Customer is Opted-Out")
    assert await pizza.status() == "5"
    assert await salon.sends("Your cut is at 3 pm.") == ("200", "Success")
    await liz.gets("Your cut is at 3 pm.", sender=second.sender)
    assert liz.has_silence() and stage.salon.has_silence()


async def test_S1d_quit_ends_too_and_a_second_stop_has_no_second_goodbye(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    await liz.texts("quit", to="77007")
    await stage.pizza.gets(message="quit", optInStatus="opt-out")
    await liz.gets("you are unsubscribed", sender="77007")
    await liz.texts("STOP", to="77007")
    await stage.settles()
    assert liz.has_silence() and stage.pizza.has_silence()


async def test_S1e_pool_empty_no_opt_in_an_answer_from_the_marketing_code_and_an_alarm(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    await joins(stage, liz, "SALON")
    await liz.texts("TACO", to=MARKETING)
    await liz.gets("cannot add you right now", sender=MARKETING)
    assert await stage.state(LIZ, "444999/TACO") == "none"
    assert "pool_empty" in await stage.alarms()
    answer = await Client(stage, stage.pizza, "TACO").asks(method="optincustomer", phone_number=LOCAL)
    assert (answer.get("status"), answer.get("message")) == (
        "400",
        "No communication code is free for this customer",
    )
    joe = stage.handset(JOE)
    await joe.texts("TACO", to=MARKETING)
    await joe.gets(IN, sender="77007")


async def test_S1e_a_released_code_rests_30_days_for_other_stores_and_is_the_same_stores_at_once(
    stage: Stage,
) -> None:
    liz = stage.handset(LIZ)
    pizza, salon = await joins(stage, liz), await joins(stage, liz, "SALON")
    await liz.texts("STOP", to=pizza.sender)
    await liz.gets("you are unsubscribed")
    await stage.passes(days=29)
    await liz.texts("TACO", to=MARKETING)
    await liz.gets("cannot add you right now", sender=MARKETING)
    await liz.texts("PIZZA", to=MARKETING)
    await liz.gets(IN, sender=pizza.sender)
    await liz.texts("STOP", to=salon.sender)
    await liz.gets("Salon Bella: you are unsubscribed")
    await stage.passes(days=31)
    await liz.texts("TACO", to=MARKETING)
    await liz.gets(IN, sender=salon.sender)


async def test_S1e_stop_on_the_marketing_code_ends_all_stores_with_one_reply_from_it(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    await joins(stage, liz, "SALON")
    await liz.texts("STOP", to=MARKETING)
    reply = await liz.gets("You are unsubscribed", sender=MARKETING)
    assert "PIZZA" in reply.text and "SALON" in reply.text
    await stage.pizza.gets(message="STOP", optInStatus="opt-out", keyword="PIZZA")
    await stage.salon.gets(message="STOP", optInStatus="opt-out", keyword="SALON")
    for merchant, keyword in ((stage.pizza, "PIZZA"), (stage.salon, "SALON")):
        client = Client(stage, merchant, keyword)
        assert await client.status() == "5"
        assert await client.sends("Come back!") == ("400", "Customer is Opted-Out")
    await stage.passes(hours=1)
    assert liz.has_silence()


async def test_RT4_bare_start_opens_the_last_ended_store_again(stage: Stage) -> None:
    liz, client = stage.handset(LIZ), Client(stage, stage.pizza, "PIZZA")
    await joins(stage, liz)
    await liz.texts("STOP", to="77007")
    await liz.gets("you are unsubscribed")
    await liz.texts("UNSTOP", to="77007")
    await liz.gets(IN, sender="77007")
    assert await client.status() == "3"
    assert await client.sends("Welcome back!") == ("200", "Success")
    await liz.texts("STOP", to=MARKETING)
    await liz.gets("You are unsubscribed", sender=MARKETING)
    await liz.texts("start", to=MARKETING)
    await liz.gets(IN, sender="77007")
    await stage.pizza.gets(message="start", optInStatus="opt-in")


async def test_RT4_bare_start_of_a_stranger_opens_nothing(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await liz.texts("START", to=MARKETING)
    await liz.gets("Nothing to start again on 444999", sender=MARKETING)
    assert await stage.state(LIZ, "444999/PIZZA") == "none"


async def test_S1_responder_keywords_answer_by_status_and_opt_nobody_in(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await liz.texts("hours", to=MARKETING)
    await liz.gets("Open 11 to 11. Text PIZZA to join.", sender=MARKETING)
    told = await stage.pizza.gets(message="hours")
    assert told["optInStatus"] == "opt-out"
    assert await stage.state(LIZ, "444999/PIZZA") == "none"
    await joins(stage, liz)
    await liz.texts("HOURS", to=MARKETING)
    await liz.gets("regulars from 10", sender=MARKETING)


async def test_OO6_help_is_the_stores_that_has_the_code(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    pizza, salon = await joins(stage, liz), await joins(stage, liz, "SALON")
    await liz.texts("HELP", to=salon.sender)
    await liz.gets("Salon Bella messages (SALON)", sender=salon.sender)
    await stage.salon.gets(message="HELP")
    await liz.texts("help", to=pizza.sender)
    await liz.gets("800-555-0100", sender=pizza.sender)
    await liz.texts("HELP SALON", to=MARKETING)
    await liz.gets("800-555-0200", sender=MARKETING)


async def test_OI2_the_keyword_while_active_is_posted_and_answered_once_a_day(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    await liz.texts("PIZZA", to=MARKETING)
    await liz.gets("you are in already", sender=MARKETING)
    await stage.pizza.gets(message="PIZZA")
    await liz.texts("PIZZA", to=MARKETING)
    await stage.pizza.gets(message="PIZZA")
    await stage.settles()
    assert liz.has_silence()


async def test_OO6_help_to_a_strangers_pool_code_names_the_stores_and_where_they_are_joined(
    stage: Stage,
) -> None:
    joe = stage.handset(JOE)
    await joe.texts("HELP", to="77007")
    said = await joe.gets("Text a keyword to 444999 to join: ", sender="77007")
    assert "PIZZA" in said.text and "SALON" in said.text and "Msg&data rates may apply" in said.text


async def test_OO6_a_stores_help_says_how_often_it_texts(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    await liz.texts("HELP", to="77007")
    said = await liz.gets("Tony's Pizza messages (PIZZA), msg frequency varies.", sender="77007")
    assert "STOP" in said.text and "Msg&data rates may apply" in said.text
