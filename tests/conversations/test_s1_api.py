"""S1: stores, by their program. OptInCustomer and YES, sending, campaigns, look-ups, and what is refused."""

from __future__ import annotations

import httpx
import pytest

from smsc.sim.merchant import Answer
from tests.conversations.s1 import IN, JOE, LIZ, LOCAL, MARKETING, Client, joins
from tests.stage import Stage

ASKED = "would like to text you. Reply YES"


@pytest.fixture
def pizza(stage: Stage) -> Client:
    """PIZZA asks first."""
    return Client(stage, stage.pizza, "PIZZA")


@pytest.fixture
def salon(stage: Stage) -> Client:
    """SALON is single opt-in, without the duplicate guard."""
    return Client(stage, stage.salon, "salon")


async def test_S1a_optincustomer_asks_and_yes_on_the_assigned_code_opts_in(
    stage: Stage, pizza: Client
) -> None:
    liz = stage.handset(LIZ)
    answer = await pizza.asks(
        method="optincustomer", phone_number="(415) 555-0123", firstname="Liz", lastname="Lee"
    )
    assert answer.get("status") == "200"
    assert (
        answer.findtext("customer/optinStatus") == "4" and answer.findtext("customer/custName") == "Liz Lee"
    )
    request = await liz.gets(ASKED, sender="77007")
    assert "Tony's Pizza" in request.text and "STOP" in request.text and "NO" in request.text
    assert await pizza.sends("Too early") == ("400", "Customer is not Opted-In")
    await liz.texts("YES", to="77008")
    await liz.texts("YES", to=MARKETING)
    await stage.settles()
    assert await pizza.status() == "4", "YES counts on the assigned code only"
    await liz.texts("Yes", to="77007")
    told = await stage.pizza.gets(message="Yes", mobileNum=LOCAL)
    assert (told["optInStatus"], told["custName"]) == ("opt-in", "Liz Lee")
    await liz.gets(IN, sender="77007")
    assert await pizza.status() == "3"
    assert await pizza.sends("Two for one today.") == ("200", "Success")
    await liz.gets("Two for one today.", sender="77007")


async def test_S1a_no_declines_and_the_code_is_free_again(stage: Stage, pizza: Client) -> None:
    liz = stage.handset(LIZ)
    await pizza.asks(method="optincustomer", phone_number=LOCAL)
    await liz.gets(ASKED, sender="77007")
    await liz.texts("no", to="77007")
    await stage.pizza.gets(message="no", optInStatus="opt-out")
    assert await stage.state(LIZ, "444999/PIZZA") == "declined"
    assert await pizza.status() == "1"
    await liz.texts("yes", to="77007")
    await stage.settles()
    assert liz.has_silence() and await pizza.status() == "1"


async def test_S1a_a_request_nobody_answers_expires_and_is_asked_once_a_day(
    stage: Stage, pizza: Client
) -> None:
    liz = stage.handset(LIZ)
    await pizza.asks(method="optincustomer", phone_number=LOCAL)
    await liz.gets(ASKED)
    again = await pizza.asks(method="optincustomer", phone_number=LOCAL)
    assert again.get("status") == "400" and "one request a day" in (again.get("message") or "")
    await stage.passes(hours=25)
    assert await stage.state(LIZ, "444999/PIZZA") == "expired" and await pizza.status() == "1"
    assert liz.has_silence()
    assert (await pizza.asks(method="optincustomer", phone_number=LOCAL)).get("status") == "200"
    await liz.gets(ASKED)


async def test_S1_a_single_opt_in_store_opts_in_at_once(stage: Stage, salon: Client) -> None:
    liz = stage.handset(LIZ)
    answer = await salon.asks(method="optincustomer", phone_number="1" + LOCAL)
    assert answer.findtext("customer/optinStatus") == "3"
    await liz.gets("Salon Bella: you are in", sender="77007")
    await liz.texts("Thanks", to="77007")
    await stage.salon.gets(message="Thanks", optInStatus="opt-in")


async def test_S1_after_stop_even_a_single_opt_in_store_must_ask(stage: Stage, salon: Client) -> None:
    liz = stage.handset(LIZ)
    await salon.asks(method="optincustomer", phone_number=LOCAL)
    await liz.gets("you are in")
    await liz.texts("STOP", to="77007")
    await liz.gets("you are unsubscribed", sender="77007")
    answer = await salon.asks(method="optincustomer", phone_number=LOCAL)
    assert answer.findtext("customer/optinStatus") == "4"
    await liz.gets("Salon Bella would like to text you", sender="77007")
    assert await salon.sends("Hello?") == ("400", "Customer is not Opted-In")
    await liz.texts("y", to="77007")
    await liz.gets("you are in", sender="77007")
    assert await salon.sends("Hello!") == ("200", "Success")


async def test_S1_the_same_text_within_12_hours_is_suppressed_and_told(stage: Stage, pizza: Client) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    assert await pizza.sends("Half price today!") == ("200", "Success")
    await liz.gets("Half price today!")
    status, message = await pizza.sends("Half price today!")
    assert status == "400" and message is not None and message.startswith("Duplicate message")
    await stage.passes(hours=12, seconds=1)
    assert await pizza.sends("Half price today!") == ("200", "Success")
    await liz.gets("Half price today!")


async def test_S1_a_store_can_switch_the_duplicate_guard_off(stage: Stage, salon: Client) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz, "SALON")
    for _ in range(2):
        assert await salon.sends("Your turn!") == ("200", "Success")
        await liz.gets("Your turn!")


async def test_S1_optoutcustomer_says_goodbye_and_ends(stage: Stage, pizza: Client) -> None:
    liz = stage.handset(LIZ)
    await joins(stage, liz)
    answer = await pizza.asks(method="optoutcustomer", phone_number=LOCAL)
    assert answer.get("status") == "200" and answer.findtext("customer/optinStatus") == "5"
    await liz.gets("Tony's Pizza: you are unsubscribed", sender="77007")
    assert await pizza.sends("Hello?") == ("400", "Customer is Opted-Out")


async def test_S1_sendoptinandsms_asks_first_and_says_that_the_text_was_not_sent(
    stage: Stage, pizza: Client
) -> None:
    liz = stage.handset(LIZ)
    asked = await pizza.asks(method="sendoptinandsms", phone_number=LOCAL, message="Hi")
    assert asked.get("status") == "400" and "opt-in request was sent" in (asked.get("message") or "")
    await liz.gets(ASKED)
    await liz.texts("YES", to="77007")
    await liz.gets(IN)
    sent = await pizza.asks(method="sendoptinandsms", phone_number=LOCAL, message="Hi")
    assert sent.get("status") == "200"
    await liz.gets("Hi", sender="77007")


async def test_S1_sendcampaign_reaches_the_opted_in_at_its_pace(stage: Stage, pizza: Client) -> None:
    handsets = [stage.handset(number) for number in (LIZ, JOE)]
    for one in handsets:
        await joins(stage, one)
    gone = stage.handset("14155550777")
    await joins(stage, gone)
    await gone.texts("STOP", to="77007")
    await gone.gets("you are unsubscribed")
    answer = await pizza.asks(method="sendcampaign", name="lunch", message="Lunch is ready.")
    assert (answer.findtext("customers"), answer.findtext("sent")) == ("2", "2")
    rows = [*await stage.mts(LIZ), *await stage.mts(JOE)]
    last = max((row.not_before - row.created_at).total_seconds() for row in rows)
    assert last == pytest.approx(1 / 30, abs=0.001), "30 in a second"
    await stage.passes(seconds=2)
    for one in handsets:
        await one.gets("Lunch is ready.")
    assert gone.has_silence()


async def test_S1_customers_and_their_messages_can_be_looked_up(stage: Stage, pizza: Client) -> None:
    liz, joe = stage.handset(LIZ), stage.handset(JOE)
    assert await pizza.status() == "1", "a new guest"
    await joins(stage, liz)
    await pizza.asks(method="optincustomer", phone_number=JOE[1:])
    await joe.gets(ASKED)
    for status, number in (("3", LOCAL), ("4", JOE[1:])):
        found = await pizza.asks(method="getcustbystatus", status=status)
        assert [one.text for one in found.iter("custMobile")] == [number]
    await pizza.sends("Hello Liz")
    await liz.texts("Hello Tony", to="77007")
    await stage.pizza.gets(message="Hello Tony")
    mine = await pizza.asks(method="getcustmsgsbymobile", phone_number=LOCAL, startdate="2026-03-01")
    said = [(m.findtext("msg_direction"), m.findtext("message")) for m in mine.iter("message")]
    assert [text for direction, text in said if direction == "MO"] == ["PIZZA", "Hello Tony"]
    assert ("MT", "Hello Liz") in said
    inbound = await pizza.asks(method="getinboundmsgs", startdate="2026-03-02", enddate="2026-03-02")
    assert "Hello Tony" in [m.findtext("message") for m in inbound.iter("message")]
    outbound = await pizza.asks(method="getoutboundmsgs", startdate="2026-03-02 00:00:00")
    assert "Hello Liz" in [m.findtext("message") for m in outbound.iter("message")]
    none = await pizza.asks(method="getinboundmsgs", startdate="2026-04-01", enddate="2026-04-02")
    assert list(none.iter("message")) == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"method": "sendsmsmsg", "phone_number": "555", "message": "x"}, "phone_number must have 10 digits"),
        ({"method": "sendsmsmsg", "phone_number": LOCAL}, "message is empty"),
        ({"method": "sendsmsmsg", "phone_number": LOCAL, "message": "x" * 1601}, "more than 1600 characters"),
        ({"method": "sendsmsmsg", "phone_number": LOCAL, "message": "x", "mmsurl": "b.png"}, "mmsurl is no"),
        ({"method": "getinboundmsgs", "enddate": "9999-12-31"}, "is not a date"),
        ({"method": "getcustbystatus", "status": "2"}, "status is 1"),
        ({"method": "getinboundmsgs", "startdate": "yesterday"}, "is not a date"),
        ({"method": "nosuchthing"}, "method is missing or unknown"),
    ],
)
async def test_S1_a_bad_call_says_what_is_wrong(pizza: Client, params: dict[str, str], message: str) -> None:
    answer = await pizza.asks(**params)
    assert answer.get("status") == "400" and message in (answer.get("message") or "")


async def test_S1_wrong_credentials_are_401_and_a_store_of_another_merchant_too(stage: Stage) -> None:
    url = f"http://{stage.server.http_address}/crmtext?method=getcallback"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).status_code == 401
        for password in ("wrong:PIZZA", f"{stage.pizza.ekey}:SALON", stage.pizza.ekey):
            answer = await client.get(url, auth=(stage.pizza.cc, password))
            assert answer.status_code == 401 and 'status="401"' in answer.text
        right = await client.get(url, auth=(stage.pizza.cc, f"{stage.pizza.ekey}:PIZZA"))
        assert right.status_code == 200 and stage.pizza.url in right.text


async def test_RP2_a_callback_is_taken_by_any_200_and_repeated_after_anything_else(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    stage.pizza.answers_next(Answer(status=500, body="OK"))
    stage.pizza.usual_answer = Answer(status=200, body="")
    await liz.texts("PIZZA", to=MARKETING)
    first = await stage.pizza.gets(message="PIZZA")
    await stage.passes(minutes=2)
    second = await stage.pizza.gets(message="PIZZA")
    assert first.body == second.body
    await stage.passes(hours=1)
    assert stage.pizza.has_silence()
