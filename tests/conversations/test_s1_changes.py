"""S1: what stores change by API: keywords, their texts, callbacks, new stores. In force at once, kept by reloads."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from smsc.http import crmtext_changes
from smsc.keywords import BadFile
from smsc.keywords.overlay import CALLBACK, responder_change
from smsc.pipeline.batch import Line
from smsc.sim.merchant import Merchant
from smsc.store.overlay import OverlayRow
from tests.conversations.s1 import IN, JOE, LIZ, LOCAL, MARKETING, Client, joins
from tests.stage import Stage

DELI = {
    "method": "createstoreanduser",
    "storename": "Deli Corner",
    "storeKeyword": "Deli",
    "firstname": "Dora",
    "lastname": "Lee",
    "emailid": "dora@deli.example",
    "phonenumber": "(415) 555-0177",
    "password": "a:long:password",
}


class Program:
    """Another client: `user:password:KEYWORD` as given, form over POST or query over GET, any Content-Type."""

    def __init__(self, stage: Stage, user: str, password: str, keyword: str) -> None:
        self._url = f"http://{stage.server.http_address}/crmtext/smapi/rest"
        token = base64.b64encode(f"{user}:{password}:{keyword}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    async def posts(self, *, content_type: str = "", **params: str) -> Element:
        """A form over POST."""
        headers = self._headers | ({"Content-Type": content_type} if content_type else {})
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(self._url, data=params, headers=headers)
        return fromstring(answer.text)

    async def gets(self, **params: str) -> Element:
        """A query over GET."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(self._url, params=params, headers=self._headers)
        return fromstring(answer.text)


@pytest.fixture
def pizza(stage: Stage) -> Client:
    """The client of PIZZA."""
    return Client(stage, stage.pizza, "PIZZA")


def said(answer: Element) -> tuple[str | None, str]:
    """Status and message of an answer."""
    return answer.get("status"), answer.get("message") or ""


async def reloads(stage: Stage, change: Mapping[str, str] | None = None) -> None:
    """SIGHUP: the stage's file, some words of it changed."""
    text = stage.keywords.format(url=stage.merchant.url, pizza=stage.pizza.url, salon=stage.salon.url)
    for old, new in (change or {}).items():
        assert old in text
        text = text.replace(old, new)
    stage.server.reload(text, file="keywords.yaml", environ=os.environ)


async def test_S1_a_keyword_is_made_answers_by_status_and_is_deleted(stage: Stage, pizza: Client) -> None:
    liz = stage.handset(LIZ)
    made = await pizza.asks(method="createkeyword", keyword="Lunch", autoresponder="Soup and salad at 12.")
    assert said(made) == ("200", "Success") and made.findtext("keyword") == "LUNCH"
    found = await pizza.asks(method="iskeywordavailable", keyword="lunch")
    assert found.findtext("availability") == "0"
    await liz.texts("lunch", to=MARKETING)
    await liz.gets("Soup and salad at 12.", sender=MARKETING)
    await stage.pizza.gets(message="lunch", optInStatus="opt-out")
    changed = await pizza.asks(
        method="changestoretextcodemsg",
        textcode="LUNCH",
        optinmsg="Regulars eat free.",
        nonoptinmsg="Join us.",
    )
    assert said(changed) == ("200", "Success")
    await joins(stage, liz)
    await liz.texts("LUNCH", to=MARKETING)
    await liz.gets("Regulars eat free.")
    await reloads(stage)
    joe = stage.handset(JOE)
    await joe.texts("Lunch", to=MARKETING)
    await joe.gets("Join us.")
    gone = await pizza.asks(method="deletekeyword", keyword="LUNCH", autoresponder="")
    assert said(gone) == ("200", "Success")
    await joe.texts("lunch", to=MARKETING)
    await joe.gets("Unknown keyword.")
    binds = [event for event in stage.carrier.events.all() if event["kind"] == "bind"]
    assert len(binds) == 1, "no bind was touched"


REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    (
        {"method": "createkeyword", "keyword": "salon", "autoresponder": "x"},
        "SALON is not available: it is taken",
    ),
    ({"method": "createkeyword", "keyword": "HOURS", "autoresponder": "x"}, "HOURS is not available"),
    (
        {"method": "createkeyword", "keyword": "STOP", "autoresponder": "x"},
        "STOP is not available: it is a reserved",
    ),
    ({"method": "createkeyword", "keyword": "stop it", "autoresponder": "x"}, "not available"),
    (
        {"method": "createkeyword", "keyword": "SALON EAST", "autoresponder": "x"},
        "SALON EAST is not available: it begins with SALON, a keyword of another account",
    ),
    ({**DELI, "storeKeyword": "SALON EAST"}, "begins with SALON"),
    ({"method": "createkeyword", "keyword": "L"}, "keyword must have 2 to 30"),
    ({"method": "createkeyword", "keyword": "LUNCH"}, "autoresponder is missing"),
    ({"method": "createkeyword", "keyword": "LUNCH", "autoresponder": "x" * 1601}, "1600 characters"),
    ({"method": "deletekeyword", "keyword": "PIZZA"}, "opt-in keyword of a store cannot be deleted"),
    ({"method": "deletekeyword", "keyword": "HOURS"}, "keywords.yaml"),
    ({"method": "deletekeyword", "keyword": "LUNCH"}, "no keyword LUNCH"),
    ({"method": "changestoretextcodemsg", "textcode": "PIZZA", "optinmsg": "x"}, "not editable"),
    ({"method": "changestoretextcodemsg", "textcode": "HOURS"}, "are missing"),
    ({"method": "changestoretextcodemsg", "textcode": "LUNCH", "optinmsg": "x"}, "no responder keyword"),
    ({"method": "setcallback"}, "callback is missing"),
    ({"method": "setcallback", "callback": "http://169.254.169.254/latest"}, "not public"),
    ({"method": "setcallback", "callback": "file:///etc/passwd"}, "no http address"),
    ({"method": "setcallback", "callback": "http://user:pw@127.0.0.1/sms"}, "a user or password"),
    ({**DELI, "storeKeyword": "PIZZA"}, "PIZZA is not available"),
    ({**DELI, "storename": " "}, "storename is missing"),
    ({**DELI, "password": "short"}, "password must have 8"),
    ({**DELI, "emailid": "dora"}, "no e-mail address"),
    ({**DELI, "phonenumber": "12"}, "phonenumber must have 10 digits"),
)


async def test_S1_a_change_that_cannot_be_is_refused_and_leaves_no_row(stage: Stage, pizza: Client) -> None:
    for params, message in REFUSED:
        status, text = said(await pizza.asks(**params))
        assert status == "400" and message in text, params
    assert await stage.server.store.read(lambda r: r.overlay.latest()) == 0


async def test_RT6_no_store_takes_the_texts_of_anothers_keyword(stage: Stage, pizza: Client) -> None:
    for word, free in (("SALON EAST", "0"), ("PIZZA EAST", "1")):
        asked = await pizza.asks(method="iskeywordavailable", keyword=word)
        assert asked.findtext("availability") == free, word
    salon = Client(stage, stage.salon, "SALON")
    at_once = await asyncio.gather(
        pizza.asks(method="createkeyword", keyword="LUNCH MENU", autoresponder="Soup."),
        salon.asks(method="createkeyword", keyword="LUNCH", autoresponder="Closed."),
    )
    assert sorted(said(answer)[0] or "" for answer in at_once) == ["200", "400"]


async def test_S1_a_text_of_the_file_can_be_replaced_and_the_file_is_told_so(
    stage: Stage, pizza: Client
) -> None:
    joe = stage.handset(JOE)
    assert (
        said(await pizza.asks(method="changestoretextcodemsg", textcode="hours", nonoptinmsg="Closed."))[0]
        == "200"
    )
    await joe.texts("hours", to=MARKETING)
    await joe.gets("Closed.")
    await reloads(stage)
    assert not list(stage.server.overlay.line.table.warnings)
    await reloads(stage, {"Open 11 to 11. Text PIZZA": "Open 9 to 5. Text PIZZA"})
    warning = str(next(iter(stage.server.overlay.line.table.warnings)))
    assert "overlay row 1" in warning and "HOURS" in warning and "smsc overlay remove 1" in warning


async def test_S1_setcallback_moves_the_callbacks_at_once(stage: Stage, pizza: Client) -> None:
    other = Merchant()
    await other.start()
    try:
        assert said(await pizza.asks(method="setcallback", callback=other.url)) == ("200", "Success")
        assert (await pizza.asks(method="getcallback")).findtext("callback") == other.url
        await stage.handset(LIZ).texts("PIZZA", to=MARKETING)
        await other.gets(message="PIZZA", keyword="PIZZA", mobileNum=LOCAL)
        await reloads(stage)
        assert (await pizza.asks(method="getcallback")).findtext("callback") == other.url
        rows = await stage.server.store.read(lambda r: r.overlay.log(limit=10))
        assert [(row.change.kind, row.change.body["was"]) for row in rows] == [(CALLBACK, stage.pizza.url)]
        assert rows[0].by.startswith("pizza (key") and rows[0].at == stage.clock.now()
    finally:
        await other.stop()


async def test_S1_a_new_store_works_at_once_with_its_own_user(stage: Stage, pizza: Client) -> None:
    made = await pizza.asks(**DELI)
    assert said(made) == ("200", "Success")
    names = ("store-id", "store-name", "store-phone")
    assert [made.findtext(f"store/{name}") for name in names] == ["pizza-deli", "Deli Corner", "4155550177"]
    deli, web = Program(stage, DELI["emailid"], DELI["password"], "DELI"), Merchant()
    await web.start()
    try:
        assert said(await deli.posts(method="setcallback", callback=web.url)) == ("200", "Success")
        liz = stage.handset(LIZ)
        await liz.texts("deli", to=MARKETING)
        told = await web.gets(message="deli", keyword="DELI", optInStatus="opt-in")
        assert (told["subacct_name"], told["mobileNum"]) == ("Deli Corner", LOCAL)
        assert "Deli Corner" in (await liz.gets(IN)).text
        assert said(await deli.gets(method="sendsmsmsg", phone_number=LOCAL, message="Hi Liz")) == (
            "200",
            "Success",
        )
        await liz.gets("Hi Liz")
        await liz.texts("HELP", to=MARKETING)
        assert said(await deli.posts(**{**DELI, "storeKeyword": "DELI2"}))[0] == "400", "no stores of stores"
    finally:
        await web.stop()
    keys = await stage.server.store.read(lambda r: r.keys_of_merchant("pizza-deli"))
    assert len(keys) == 1 and keys[0].ekey_hash.startswith("scrypt$") and keys[0].name == "Dora Lee"
    wrong = Program(stage, DELI["emailid"], "another password", "DELI")
    assert said(await wrong.posts(method="getcallback"))[0] == "401"
    assert said(await pizza.asks(**{**DELI, "storeKeyword": "DELI3"})) == (
        "400",
        "emailid is taken by another user",
    )


async def test_S1_a_store_made_without_a_user_opens_with_its_accounts_credentials(
    stage: Stage, pizza: Client
) -> None:
    """As a client does that gives a name and a keyword, and leaves the rest empty."""
    empty = {"firstname": "", "lastname": "", "emailid": "", "phonenumber": "", "password": ""}
    made = await pizza.asks(method="createstoreanduser", storename="Deli", storeKeyword="DELI", **empty)
    assert said(made) == ("200", "Success")
    deli = Program(stage, stage.pizza.cc, stage.pizza.ekey, "deli")
    assert (await deli.gets(method="getcallback")).findtext("callback") == stage.pizza.url
    await joins(stage, stage.handset(LIZ))
    await stage.handset(JOE).texts("DELI", to=MARKETING)
    await stage.pizza.gets(message="DELI", keyword="DELI", subacct_name="Deli")


async def test_S1_only_a_key_with_scope_admin_changes_the_configuration(stage: Stage) -> None:
    now = stage.clock.now()
    key = await stage.server.store.run(lambda tx: tx.create_key("pizza", now, scopes=("send", "read")))
    program = Program(stage, key.cc, key.ekey, "PIZZA")
    for params in (DELI, {"method": "createkeyword", "keyword": "LUNCH", "autoresponder": "x"}):
        assert "no scope admin" in said(await program.posts(**params))[1]
    assert said(await program.posts(method="getcallback"))[0] == "200"


async def test_S1_a_file_that_collides_with_a_change_is_refused_and_says_which(
    stage: Stage, pizza: Client
) -> None:
    await pizza.asks(method="createkeyword", keyword="LUNCH", autoresponder="Soup at 12.")
    taco = "{keyword: TACO,"
    with pytest.raises(BadFile, match=r'"LUNCH" on 444999 already means PIZZA of pizza \(overlay row 1\)'):
        await reloads(stage, {taco: "{keyword: TACO, aliases: [LUNCH],"})
    await reloads(stage, {taco: "{keyword: BURRITO,"})
    joe = stage.handset(JOE)
    await joe.texts("lunch", to=MARKETING)
    await joe.gets("Soup at 12.")


async def test_S1_values_of_the_api_are_never_expanded(stage: Stage, pizza: Client) -> None:
    os.environ["SMSC_TEST_SECRET"] = "hush"
    try:
        await pizza.asks(method="createkeyword", keyword="SECRET", autoresponder="It is ${SMSC_TEST_SECRET}.")
        await reloads(stage)
    finally:
        del os.environ["SMSC_TEST_SECRET"]
    joe = stage.handset(JOE)
    await joe.texts("secret", to=MARKETING)
    await joe.gets("It is ${SMSC_TEST_SECRET}.")


async def test_S1_what_another_node_changed_is_picked_up(stage: Stage) -> None:
    """The log in the store is all that nodes share."""
    overlay, taken = stage.server.overlay, asyncio.Event()

    def in_force(line: Line) -> None:
        stage.server.put_in_force(line)
        taken.set()

    overlay.on_line = in_force
    following = asyncio.create_task(overlay.follow(0.01))
    body = {"active": "Soup.", "other": "Soup.", "made": "createkeyword"}
    change = replace(responder_change("pizza", "444999/PIZZA", "LUNCH", body), version=1)
    row = OverlayRow(change, "elsewhere", stage.clock.now())
    await stage.server.store.run(lambda tx: tx.overlay.put([row]))
    try:
        await asyncio.wait_for(taken.wait(), timeout=20)
    finally:
        following.cancel()
    joe = stage.handset(JOE)
    await joe.texts("lunch", to=MARKETING)
    await joe.gets("Soup.")


async def test_S1_a_new_start_has_the_changes_or_says_what_is_in_the_way(stage: Stage, pizza: Client) -> None:
    await pizza.asks(method="createkeyword", keyword="LUNCH", autoresponder="Soup at 12.")
    file, taco = stage.keywords, "{{keyword: TACO,"
    assert taco in file
    await stage.server.stop()
    stage.keywords = file.replace(taco, "{{keyword: TACO, aliases: [LUNCH],")
    with pytest.raises(BadFile, match="overlay row 1"):
        await stage.server_starts()
    stage.keywords = file
    await stage.server_starts()
    joe = stage.handset(JOE)
    await joe.texts("lunch", to=MARKETING)
    await joe.gets("Soup at 12.")


async def test_S1_no_password_is_digested_for_a_store_that_cannot_be(
    stage: Stage, pizza: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    digested: list[str] = []
    monkeypatch.setattr(crmtext_changes, "slow_digest", digested.append)
    monkeypatch.setattr(crmtext_changes, "STORES_MAX", 0)
    assert said(await pizza.asks(**DELI)) == ("400", "An account makes at most 0 stores")
    assert digested == []
