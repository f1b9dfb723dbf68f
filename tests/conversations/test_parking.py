"""D4: a STOP whose decision fails still ends, blocks what its system blocks, and gets its goodbye from the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

import smsc.optin.invitation
import smsc.pipeline.batch
from smsc.optin import Book, Decision, decide
from smsc.optin.events import Event, Stop
from smsc.optin.standing import Standing
from smsc.sms.numbers import Msisdn
from tests.conversations.s1 import LIZ, Client, joins
from tests.conversations.s2 import subscribes
from tests.conversations.s4 import CODE, LOCATE, PORTAL, Invited, open_invited
from tests.stage import ANNA, Stage

FAMILY = "77010/FAMILY"


@pytest.fixture
def no_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine fails at every STOP that a handset sends."""

    def failing(book: Book, standing: Standing, event: Event, now: datetime) -> Decision:
        if isinstance(event, Stop):
            raise ZeroDivisionError
        return decide(book, standing, event, now)

    monkeypatch.setattr(smsc.pipeline.batch, "decide", failing)


@pytest.fixture
async def s4(tmp_path: Path) -> AsyncIterator[Invited]:
    async with open_invited(tmp_path) as opened:
        yield opened


async def blocks(stage: Stage, msisdn: str) -> list[tuple[str, str]]:
    await stage.settles()
    found = await stage.server.store.read(lambda r: r.blocks_of(Msisdn(msisdn)))
    return [(b.scope, b.key) for b in found]


async def test_D4_a_stop_that_cannot_be_decided_ends_and_blocks_the_code_in_S2(
    stage: Stage, no_stop: None
) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await anna.texts("STOP", to="543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    assert await blocks(stage, ANNA) == [("code", "543")]
    assert await stage.alarms() == ["mo_parked"]
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")


async def test_D4_in_S1_it_ends_and_blocks_the_store_alone_and_gives_its_code_back(
    stage: Stage, no_stop: None
) -> None:
    liz = stage.handset(LIZ)
    pizza, salon = await joins(stage, liz), await joins(stage, liz, "SALON")
    await liz.texts("STOP", to=pizza.sender)
    assert await stage.state(LIZ, "444999/PIZZA") == "opted_out"
    assert await blocks(stage, LIZ) == [("store", "444999/PIZZA")]
    assert await stage.state(LIZ, "444999/SALON") == "active"
    assert await Client(stage, stage.pizza, "PIZZA").sends("Hello?") == ("400", "Customer is Opted-Out")
    await stage.passes(seconds=31)
    await liz.gets("Tony's Pizza: you are unsubscribed", sender=pizza.sender)
    assert await Client(stage, stage.salon, "SALON").sends("See you!") == ("200", "Success")
    await liz.gets("See you!", sender=salon.sender)


async def test_D4_in_S4_it_ends_and_blocks_every_invitation(s4: Invited, no_stop: None) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts("STOP", to=CODE)
    assert await s4.stage.state(anna.msisdn, LOCATE) == "opted_out"
    assert await s4.blocks() == [("invite", "")]
    assert await s4.finder.refused() == "blocked"
    await s4.stage.passes(seconds=31)
    await anna.gets("LOCATE of Finder Inc is ended")


async def test_D4_in_S4_a_strangers_stop_blocks_every_invitation(s4: Invited, no_stop: None) -> None:
    anna = s4.handset()
    await anna.texts("STOP", to=CODE)
    assert await s4.blocks() == [("invite", "")]
    await anna.texts("STOP", to=CODE)
    assert await s4.blocks() == [("invite", "")]


async def test_D4_in_S4_of_several_opt_ins_none_ends_the_number_is_blocked_and_told_so(
    s4: Invited, no_stop: None
) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await s4.accepts(anna, "FAMILY")
    await anna.texts("STOP", to=CODE)
    await anna.gets(f"You have 2 opt-ins; none of them is ended. End one or all: {PORTAL}", sender=CODE)
    assert await s4.stage.alarms() == ["mo_parked"]
    assert [await s4.stage.state(anna.msisdn, c) for c in (LOCATE, FAMILY)] == ["active", "active"]
    assert await s4.blocks() == [("invite", "")]
    await anna.texts("STOP", to=CODE)
    await s4.stage.passes(minutes=1)
    assert anna.has_silence(), "one reply a day"
    await anna.texts("STOP FAMILY", to=CODE)
    assert [await s4.stage.state(anna.msisdn, c) for c in (LOCATE, FAMILY)] == ["active", "opted_out"]


async def test_D4_in_S4_a_reply_that_cannot_be_made_takes_no_block_with_it(
    s4: Invited, no_stop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    anna = s4.handset()
    await s4.accepts(anna)
    await s4.accepts(anna, "FAMILY")
    monkeypatch.setattr(smsc.optin.invitation, "render_code", cannot)
    await anna.texts("STOP", to=CODE)
    assert await s4.blocks() == [("invite", "")]
    assert await s4.stage.state(anna.msisdn, LOCATE) == "active" and anna.has_silence()
