"""node-smpp binds to our listener, and our dialer to node-smpp."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsc.link import BindBoard, BindSettings, BindState, Dialer, Link, Mode, client_context
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu

if TYPE_CHECKING:
    from tests.interop.conftest import Certificate, Node, NodeSmpp, Stand


async def test_node_smpp_binds_submits_takes_and_unbinds(stand: Stand, node_smpp: NodeSmpp) -> None:
    await judge_our_listener(stand, await node_smpp.start("esme.js", stand.host, str(stand.port)))


async def test_node_smpp_binds_over_TLS(
    tls_stand: Stand, node_smpp: NodeSmpp, certificate: Certificate
) -> None:
    port = str(tls_stand.port)
    await judge_our_listener(
        tls_stand, await node_smpp.start("esme.js", "127.0.0.1", port, str(certificate.cert))
    )


async def judge_our_listener(stand: Stand, node: Node) -> None:
    """node-smpp binds, asks whether we live, submits, is delivered to, refuses that, and unbinds."""
    assert await node.says("unbound") is True
    facts = dict(node.said)
    assert facts["bound"] == {"status": 0, "as": "smsc"}
    assert facts["alive"] is True
    assert facts["answer"] == {"status": 0, "id": "0001"}
    assert (facts["delivered"]["from"], facts["delivered"]["text"]) == ("41791234567", "HOROSKOP")
    assert "error" not in facts
    await stand.centre.hears_unbind()
    assert stand.centre.answers == [("mo", CommandStatus.ESME_RX_T_APPN)]
    (pdu,) = stand.centre.submitted
    assert (pdu["destination_addr"], pdu["registered_delivery"]) == ("41791234567", 1)


class Esme:
    """Our end: submits once when bound, answers what is delivered."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.done = asyncio.Event()
        self.down = asyncio.Event()

    def bound(self, link: Link) -> None:
        self.facts["free"] = link.free
        if link.free:
            fields = {"source_addr": "543", "destination_addr": "41791234567", "short_message": b"Welcome"}
            link.send(Pdu(Command.SUBMIT_SM, fields, tlvs={0x1401: b"0300"}), "mt")
        else:
            self.done.set()

    def unbound(self, link: Link, reason: str) -> None:
        self.facts["unbound"] = reason
        self.down.set()

    def request(self, link: Link, pdu: Pdu) -> None:
        self.facts["delivered"] = (pdu["source_addr"], pdu["short_message"])
        link.respond(pdu)
        self.done.set()

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        self.facts["answer"] = (context, pdu.command_status, pdu["message_id"])

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        self.facts["lost"] = (context, reason)

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    def ready(self, link: Link) -> None:
        return None

    def alert(self, link: Link, pdu: Pdu) -> None:
        return None


def settings(port: int, mode: Mode = "transceiver", password: str = "secret") -> BindSettings:
    return BindSettings("out", "judge", "astro", password, address=f"127.0.0.1:{port}", mode=mode)


async def test_we_bind_to_node_smpp_and_exchange_messages(node_smpp: NodeSmpp) -> None:
    node = await node_smpp.start("smsc.js")
    await judge_our_dialer(node, settings(await node.says("port")))


async def test_we_bind_to_node_smpp_over_TLS(node_smpp: NodeSmpp, certificate: Certificate) -> None:
    node = await node_smpp.start("smsc.js", str(certificate.cert), str(certificate.key))
    plain = settings(await node.says("port"))
    await judge_our_dialer(
        node, replace(plain, tls=client_context(ca=certificate.cert), tls_name="localhost")
    )


async def judge_our_dialer(node: Node, ours: BindSettings) -> None:
    """We bind to node-smpp, submit, are delivered to, and unbind."""
    esme = Esme()
    dialer = Dialer(ours, esme, board=BindBoard())
    dialer.start()
    async with asyncio.timeout(15):
        await esme.done.wait()
    assert await node.says("answer") == {"status": 0}
    await dialer.stop()
    assert await node.says("unbind") is True
    assert dict(node.said)["submitted"] == {"to": "41791234567", "text": "Welcome"}
    assert dict(node.said)["alive"] == 0
    assert esme.facts == {
        "free": 10,
        "answer": ("mt", 0, "N1"),
        "delivered": ("41791234567", b"HOROSKOP"),
        "unbound": "unbound",
    }


@pytest.mark.parametrize("mode", ["transmitter", "receiver"])
async def test_we_bind_to_node_smpp_one_way(node_smpp: NodeSmpp, mode: Mode) -> None:
    node = await node_smpp.start("smsc.js")
    esme = Esme()
    dialer = Dialer(settings(await node.says("port"), mode), esme, board=BindBoard())
    dialer.start()
    bind = await node.says("bind")
    assert (bind["command"], bind["system_id"], bind["version"]) == (f"bind_{mode}", "astro", 0x34)
    await node.says("alive")
    await dialer.stop()
    assert (esme.facts["free"] > 0) == (mode == "transmitter")


async def turn() -> None:
    """One turn of the loop."""
    await asyncio.sleep(0)


async def test_node_smpp_refuses_us_and_we_wait(node_smpp: NodeSmpp) -> None:
    node = await node_smpp.start("smsc.js")
    board = BindBoard()
    esme = Esme()
    dialer = Dialer(settings(await node.says("port"), password="wrong"), esme, board=board)
    dialer.start()
    assert (await node.says("bind"))["refused"]
    deadline = asyncio.get_running_loop().time() + 15
    while board.rows()[0].state is not BindState.WAITING:
        assert asyncio.get_running_loop().time() < deadline
        await turn()
    assert board.rows()[0].last_reason == "bind refused: ESME_RINVPASWD"
    await dialer.stop()
    assert esme.facts == {}
