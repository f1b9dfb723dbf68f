"""A dialer and a listener talk over TCP."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from smsc.link import BindState, Link, LinkClosed, Rebind, WindowFull
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.pdu import Pdu
from smsc.smpp.timers import Timers

if TYPE_CHECKING:
    from tests.link.conftest import Rig


def deliver(text: bytes = b"HOROSKOP") -> Pdu:
    return Pdu(Command.DELIVER_SM, {"source_addr": "41791234567", "short_message": text})


async def test_messages_flow_both_ways(rig: Rig, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu, 0, message_id="7")
    rig.esme.answer = lambda link, pdu: link.respond(pdu, CommandStatus.ESME_RX_T_APPN)
    esme, mc = await rig.bound()
    esme.send(submit, "mt")
    mc.send(deliver(), "mo")
    await rig.esme.hears("response")
    await rig.mc.hears("response")
    assert rig.esme.told == [("bound", "transceiver"), ("request", "DELIVER_SM"), ("response", ("mt", 0))]
    assert rig.mc.facts("response") == [("mo", CommandStatus.ESME_RX_T_APPN)]
    assert esme.session_id != mc.session_id
    assert (esme.name, esme.carrier, mc.name) == ("out", "helvetia", "in")


@pytest.mark.parametrize(
    ("mode", "esme_sends", "mc_sends"),
    [("transmitter", True, False), ("receiver", False, True), ("transceiver", True, True)],
)
async def test_mode_says_who_may_send(rig: Rig, mode: str, esme_sends: bool, mc_sends: bool) -> None:
    esme, mc = await rig.bound(mode=mode)
    assert (esme.free > 0, mc.free > 0) == (esme_sends, mc_sends)
    assert (esme.mode, mc.mode) == (mode, mode)


async def test_window_full_raises_and_a_response_makes_room(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound(window=1)
    esme.send(submit, 1)
    assert esme.free == 0
    with pytest.raises(WindowFull):
        esme.send(submit, 2)
    await rig.mc.hears("request")
    link, pdu = rig.mc.requests[0]
    link.respond(pdu, 0, message_id="1")
    await rig.esme.hears("response")
    assert esme.free == 1
    assert "ready" not in rig.esme.words()


async def test_rate_empties_free_and_ready_tells_when_it_is_back(rig: Rig, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu, 0, message_id="1")
    esme, _ = await rig.bound(rate=20.0, window=50)
    for number in range(esme.free):
        esme.send(submit, number)
    assert esme.free == 0
    with pytest.raises(WindowFull):
        esme.send(submit, "too soon")
    await rig.esme.hears("ready")
    assert rig.esme.facts("ready") == [1]
    assert esme.free == 1


async def test_timeout_frees_the_window_and_says_so(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound(window=1, timers=Timers(response_s=0.02))
    esme.send(submit, "mt")
    await rig.esme.hears("ready")
    assert rig.esme.told[1:] == [("lost", ("mt", True)), ("ready", 1)]


async def test_lost_connection_loses_what_is_open_before_unbound(rig: Rig, submit: Pdu) -> None:
    esme, mc = await rig.bound()
    esme.send(submit, "on the wire")
    await rig.mc.hears("request")
    mc.abort()
    esme.send(submit, "in our hands")
    await rig.esme.hears("unbound")
    at = rig.esme.words().index("unbound")
    assert rig.esme.told[1:at][0] == ("lost", ("on the wire", True))
    assert [fact for word, fact in rig.esme.told[1:at] if word == "lost"][1][0] == "in our hands"  # type: ignore[index]
    with pytest.raises(LinkClosed):
        esme.send(submit, "after")
    assert rig.esme.words().count("unbound") == 1


async def test_what_never_left_is_told_unwritten(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    esme.abort()
    assert rig.esme.facts("lost") == [("mt", False)]
    await rig.mc.hears("unbound")
    assert rig.mc.requests == []


async def test_response_to_a_gone_session_does_nothing(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    await rig.mc.hears("request")
    link, pdu = rig.mc.requests[0]
    esme.abort()
    await rig.mc.hears("unbound")
    link.respond(pdu, 0, message_id="1")


async def test_double_answer_is_a_bug_and_raises(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    await rig.mc.hears("request")
    link, pdu = rig.mc.requests[0]
    link.respond(pdu, 0, message_id="1")
    with pytest.raises(LocalProtocolError):
        link.respond(pdu, 0, message_id="1")


async def test_unbind_waits_for_the_open_window(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    await rig.mc.hears("request")
    unbinding = asyncio.create_task(esme.unbind(drain_s=5))
    await asyncio.sleep(0)
    assert esme.free == 0
    with pytest.raises(LinkClosed):
        esme.send(submit, "too late")
    link, pdu = rig.mc.requests[0]
    link.respond(pdu, 0, message_id="1")
    await unbinding
    assert rig.esme.words()[:3] == ["bound", "response", "unbound"]
    assert rig.mc.facts("unbound") == ["the peer unbound"]


async def test_unbind_waits_for_our_own_answers(rig: Rig) -> None:
    esme, mc = await rig.bound()
    mc.send(deliver(), "mo")
    await rig.esme.hears("request")
    unbinding = asyncio.create_task(esme.unbind(drain_s=5))
    await asyncio.sleep(0)
    link, pdu = rig.esme.requests[0]
    link.respond(pdu)
    await unbinding
    assert rig.mc.words()[:3] == ["bound", "response", "unbound"]


async def test_unbind_gives_up_on_a_silent_window(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    await rig.mc.hears("request")
    await esme.unbind(drain_s=0.01)
    assert rig.esme.words()[1:3] == ["lost", "unbound"]
    assert rig.esme.facts("lost") == [("mt", True)]


async def test_callback_that_raises_costs_the_connection_and_no_event(
    rig: Rig, submit: Pdu, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(link: object, pdu: Pdu) -> None:
        if len(rig.mc.requests) == 2:
            raise RuntimeError("a bug of the user")

    rig.mc.answer = fail
    esme, _ = await rig.bound(rebind=Rebind(initial_s=3600, max_s=3600))
    for number in range(4):
        esme.send(submit, number)
    await rig.esme.hears("unbound")
    await rig.mc.hears("unbound")
    assert rig.mc.words()[:5] == ["bound"] + ["request"] * 4
    assert sorted(rig.esme.facts("lost")) == [(n, True) for n in range(4)]  # type: ignore[type-var]
    assert "a bug of the user" in caplog.text


async def test_keep_alive_round_trip_is_on_the_board(rig: Rig) -> None:
    seen: list[str] = []
    asked_twice = asyncio.Event()

    def trace(link: Link, way: str, pdu: Pdu) -> None:
        seen.append(f"{link.name} {way} {pdu.command.name}")
        if seen.count("out > ENQUIRE_LINK") == 2:
            asked_twice.set()

    rig.board.taps.append(trace)
    await rig.bound(timers=Timers(enquire_link_s=0.01))
    async with asyncio.timeout(20):
        await asked_twice.wait()
    assert "out < ENQUIRE_LINK_RESP" in seen
    round_trip_ms = rig.board.rows()[1].round_trip_ms
    assert round_trip_ms is not None
    assert 0 <= round_trip_ms < 5000


async def test_board_shows_state_counts_and_errors(rig: Rig, submit: Pdu) -> None:
    rig.mc.answer = lambda link, pdu: link.respond(pdu, CommandStatus.ESME_RTHROTTLED)
    esme, _ = await rig.bound(window=7)
    esme.send(submit, "mt")
    await rig.esme.hears("response")
    accepted, dialled = rig.board.rows()
    assert (accepted.name, accepted.direction, dialled.name, dialled.direction) == (
        "in",
        "accept",
        "out",
        "dial",
    )
    assert (dialled.state, dialled.window_size, dialled.pdus_in, dialled.pdus_out) == (
        BindState.BOUND,
        7,
        2,
        2,
    )
    assert dialled.errors == {"ESME_RTHROTTLED": 1}
    assert accepted.peer.startswith("127.0.0.1:")
    counted = Counter({(name, way, c.name, s): n for _, name, way, c, s, n in rig.board.counts()})
    assert counted["in", "<", "BIND_TRANSCEIVER", 0] == 1
    assert counted["in", ">", "SUBMIT_SM_RESP", CommandStatus.ESME_RTHROTTLED] == 1


async def test_logs_have_fixed_words_and_no_secret(
    rig: Rig, submit: Pdu, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="smsc.link")
    esme, _ = await rig.bound()
    esme.send(submit, "mt")
    await rig.mc.hears("request")
    esme.close()
    await rig.mc.hears("unbound")
    info = [
        vars(r)["event"] for r in caplog.records if r.levelno == logging.INFO and vars(r)["bind"] == "out"
    ]
    assert info[:2] == ["bind_up", "bind_down"]
    assert "submit_sm" in caplog.text
    everything = repr([vars(record) for record in caplog.records])
    assert "secret" not in everything
    assert "hello" not in everything
    assert "41791234567" not in everything


async def test_peer_that_reads_nothing_stops_our_sending(rig: Rig) -> None:
    esme, _ = await rig.bound(window=100_000, timers=Timers(response_s=60))
    big = Pdu(Command.SUBMIT_SM, {}, tlvs={0x0424: bytes(60_000)})
    transport = rig.mc.links[0].wire._transport
    assert transport is not None
    transport.pause_reading()
    async with asyncio.timeout(20):
        while esme.free:
            esme.send(big)
            await asyncio.sleep(0)
    with pytest.raises(WindowFull):
        esme.send(big)
    transport.resume_reading()
    await rig.esme.hears("ready")
    assert esme.free > 0


async def test_many_pdus_leave_in_few_writes(rig: Rig, submit: Pdu) -> None:
    esme, _ = await rig.bound(window=500)
    writes: list[int] = []
    transport = esme.wire._transport
    assert transport is not None
    esme.wire._transport = _Spy(transport, writes)  # type: ignore[assignment]
    for number in range(500):
        esme.send(submit, number)
    await rig.mc.hears("request", 500)
    assert len(writes) == 1


class _Spy:
    """A transport that notes the size of each write."""

    def __init__(self, transport: asyncio.Transport, writes: list[int]) -> None:
        self._transport = transport
        self._writes = writes

    def write(self, data: bytes) -> None:
        self._writes.append(len(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)
