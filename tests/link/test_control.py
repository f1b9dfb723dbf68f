"""One bind is turned while the rest runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smsc.link import BindControl, BindState, UnknownBind, Verb
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from tests.link.conftest import Ear
from tests.link.test_listener import bind, refused

if TYPE_CHECKING:
    from tests.link.conftest import Rig


@pytest.fixture
async def control(rig: Rig) -> AsyncIterator[BindControl]:
    """Two binds that we dial, "out" and "other", and the account they bind with, "in"."""
    control = BindControl(rig.board, drain_s=5.0)
    await rig.listen()
    control.add(rig.dial())
    control.add(rig.dial(replace(rig.settings(), name="other"), Ear()))
    control.expect(rig.account)
    await rig.esme.hears("bound")
    await rig.mc.hears("bound", 2)
    yield control


def deliver() -> Pdu:
    return Pdu(Command.DELIVER_SM, {"source_addr": "41791234567", "short_message": b"STOP"})


async def test_suspend_sends_nothing_and_still_hears(rig: Rig, control: BindControl, submit: Pdu) -> None:
    (link,) = rig.esme.links
    await control.act("out", Verb.SUSPEND)
    assert link.free == 0
    assert {row.name: row.held for row in rig.board.rows()} == {"in": "", "other": "", "out": "suspended"}
    for mc in rig.mc.links:
        mc.send(deliver(), "mo")
    await rig.esme.hears("request")
    await control.act("out", Verb.RESUME)
    await rig.esme.hears("ready")
    assert link.free == 10


async def test_isolate_answers_try_again_and_still_sends(rig: Rig, control: BindControl, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu)
    await control.act("out", Verb.ISOLATE)
    (link,) = rig.esme.links
    link.send(submit, "mt")
    await rig.esme.hears("response")
    (mc, _), *_ = rig.mc.requests
    mc.send(deliver(), "mo")
    await rig.mc.hears("response")
    assert rig.mc.facts("response") == [("mo", CommandStatus.ESME_RX_T_APPN)]
    assert rig.esme.requests == []
    await control.act("out", Verb.RESUME)
    mc.send(deliver(), "mo")
    await rig.esme.hears("request")


async def test_stop_is_at_once_and_start_dials_again(rig: Rig, control: BindControl, submit: Pdu) -> None:
    rig.esme.links[0].send(submit, "mt")
    await rig.mc.hears("request")
    await control.act("out", Verb.STOP)
    assert rig.esme.facts("lost") == [("mt", True)]
    states = {row.name: row.state for row in rig.board.rows() if row.name != "in"}
    assert states == {"out": BindState.STOPPED, "other": BindState.BOUND}
    await control.act("out", Verb.START)
    await rig.esme.hears("bound", 2)


async def test_drain_waits_for_the_window(rig: Rig, control: BindControl, submit: Pdu) -> None:
    def answer_late(link: object, pdu: Pdu) -> None:
        rig.mc.links[0]._loop.call_later(0.05, rig.mc.requests[-1][0].respond, pdu)

    rig.mc.answer = answer_late
    rig.esme.links[0].send(submit, "mt")
    await rig.mc.hears("request")
    await control.act("out", Verb.DRAIN)
    assert rig.esme.facts("response") == [("mt", 0)]
    assert rig.esme.facts("lost") == []


async def test_a_stopped_account_lets_nobody_in_until_it_is_started(rig: Rig, control: BindControl) -> None:
    await control.act("in", Verb.STOP)
    assert rig.mc.words().count("unbound") == 2
    assert await refused(rig, bind()) == CommandStatus.ESME_RBINDFAIL
    await control.act("in", Verb.START)
    await rig.mc.hears("bound", 4)


async def test_a_bind_that_is_not_there_is_said(control: BindControl) -> None:
    assert control.names == ["in", "other", "out"]
    with pytest.raises(UnknownBind):
        await control.act("nowhere", Verb.STOP)


async def test_throttled_bind_rests_slows_down_and_goes_on(rig: Rig, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu)
    esme, _ = await rig.bound(rate=1000.0)
    esme.slow_down()
    assert (esme.free, esme.rate) == (0, 250.0)
    row = next(row for row in rig.board.rows() if row.name == "out")
    assert (row.throttled, row.rate) == (1, 250.0)
    await rig.esme.hears("ready")
    esme.send(submit, "mt")
    await rig.esme.hears("response")


async def test_the_next_address_is_tried_when_the_first_is_dead(rig: Rig) -> None:
    listener = await rig.listen()
    dead = rig.address
    await listener.stop()
    rig.listeners.clear()
    await rig.listen()
    rig.dial(replace(rig.settings(), address=dead, fallback=(rig.address,)))
    await rig.esme.hears("bound")
    row = next(row for row in rig.board.rows() if row.name == "out")
    assert (row.peer, row.state) == (rig.address, BindState.BOUND)


async def test_a_pair_of_transmitter_and_receiver_is_two_binds_of_one_carrier(rig: Rig, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu)
    await rig.listen()
    rig.dial(replace(rig.settings(), name="tx", mode="transmitter"))
    rig.dial(replace(rig.settings(), name="rx", mode="receiver"))
    await rig.esme.hears("bound", 2)
    free = {link.name: link.free for link in rig.esme.links}
    assert free == {"tx": 10, "rx": 0}
    next(link for link in rig.mc.links if link.mode == "receiver").send(deliver(), "mo")
    await rig.esme.hears("request")
    assert rig.esme.requests[0][0].name == "rx"
