"""The message centre calls first: outbind, ours and theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from smsc.link import BindSettings, Listener, ListenerLimits, Outbind, Outbinder, OutbindRequest
from smsc.smpp.codes import Role
from tests.link.conftest import QUICK, SOON_S, Rig, turn
from tests.link.test_control import deliver

CALL = Outbind("smsc", "called")


class Called:
    """Our two ends: a listener that waits for an outbind, and a message centre that sends one."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.bind = BindSettings("out", "helvetia", "astro", "secret", mode="receiver", outbind=CALL)
        rig.board.expect(self.bind)
        self.heard: list[OutbindRequest] = []
        self.caller: Outbinder | None = None

    def answers(self, request: OutbindRequest) -> BindSettings | None:
        self.heard.append(request)
        return self.bind if request.password == "called" else None

    async def listens(self) -> None:
        limits = ListenerLimits(refusal_delay_s=0.0)
        listener = Listener(
            "127.0.0.1:0",
            self.rig.authenticate,
            self.rig.esme,
            board=self.rig.board,
            limits=limits,
            answer_outbind=self.answers,
        )
        self.rig.listeners.append(listener)
        host, port = await listener.start()
        self.rig.address = f"{host}:{port}"

    def calls(self, call: Outbind = CALL) -> None:
        account = replace(self.rig.account, rebind=QUICK)
        call = replace(call, address=self.rig.address)
        self.caller = Outbinder(account, call, self.rig.mc, board=self.rig.board)
        self.caller.start()


@pytest.fixture
async def called(rig: Rig) -> AsyncIterator[Called]:
    called = Called(rig)
    yield called
    if called.caller is not None:
        await called.caller.stop(drain_s=0.1)


async def test_outbind_is_answered_by_a_bind_on_the_same_connection(called: Called) -> None:
    rig = called.rig
    await called.listens()
    called.calls()
    await rig.mc.hears("bound")
    await rig.esme.hears("bound")
    assert (called.heard[0].system_id, called.heard[0].host) == ("smsc", "127.0.0.1")
    (esme,), (mc,) = rig.esme.links, rig.mc.links
    assert (esme.role, esme.mode, mc.role, mc.mode) == (Role.ESME, "receiver", Role.MC, "receiver")
    rig.esme.answer = lambda link, pdu: link.respond(pdu)
    mc.send(deliver(), "mo")
    await rig.mc.hears("response")
    assert rig.mc.facts("response") == [("mo", 0)]
    assert {row.name: row.state.value for row in rig.board.rows()} == {"in": "bound", "out": "bound"}


async def test_after_a_loss_it_calls_again(called: Called) -> None:
    rig = called.rig
    await called.listens()
    called.calls()
    await rig.mc.hears("bound")
    rig.mc.links[0].abort()
    await rig.esme.hears("bound", 2)


async def test_an_outbind_with_a_wrong_password_is_hung_up_on(called: Called) -> None:
    await called.listens()
    called.calls(replace(CALL, password="guess"))
    async with asyncio.timeout(SOON_S):
        while len(called.heard) < 2:
            await turn()
    assert called.rig.esme.told == called.rig.mc.told == []


async def test_an_esme_with_a_wrong_password_is_refused(called: Called) -> None:
    await called.listens()
    called.bind = replace(called.bind, password="wrong")
    called.calls()
    row = await called.rig.row(lambda row: bool(row.last_reason))
    assert row.last_reason == "bind refused: ESME_RINVPASWD"
    assert called.rig.mc.told == []


def test_secrets_of_an_outbind_have_no_repr() -> None:
    assert "called" not in repr(CALL)
    assert "called" not in repr(OutbindRequest("smsc", "called", "192.0.2.7"))
