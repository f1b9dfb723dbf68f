"""A handset at a terminal: somebody else's ESME against our listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from smsc.link.board import BindBoard
from smsc.link.link import Link
from smsc.link.listener import BindRequest, Listener, ListenerLimits
from smsc.link.settings import BindSettings
from smsc.sim.chat import Chat, ChatError
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu

ANNA = "41790009001"


class Code:
    """A short code that says back what it hears; "no" is refused."""

    def bound(self, link: Link) -> None: ...
    def unbound(self, link: Link, reason: str) -> None: ...
    def ready(self, link: Link) -> None: ...
    def alert(self, link: Link, pdu: Pdu) -> None: ...
    def response(self, link: Link, context: object, pdu: Pdu) -> None: ...
    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None: ...

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    def request(self, link: Link, pdu: Pdu) -> None:
        assert pdu.command == Command.SUBMIT_SM
        if pdu["short_message"] == b"no":
            link.respond(pdu, CommandStatus.ESME_RMSGQFUL)
            return
        link.respond(pdu, message_id="1")
        back = {"source_addr": pdu["destination_addr"], "destination_addr": pdu["source_addr"]}
        fields = {**back, "short_message": pdu["short_message"], "data_coding": pdu["data_coding"]}
        link.send(Pdu(Command.DELIVER_SM, fields))


@pytest.fixture
async def address() -> AsyncIterator[str]:
    def known(request: BindRequest) -> BindSettings | int:
        if request.password != "handset":
            return CommandStatus.ESME_RINVPASWD
        return BindSettings(name="in", carrier="test", system_id="handset", password="handset")

    limits = ListenerLimits(refusal_delay_s=0)
    listener = Listener("127.0.0.1:0", known, Code(), board=BindBoard(), limits=limits)
    host, port = await listener.start()
    yield f"{host}:{port}"
    await listener.stop(drain_s=0)


async def test_texts_go_up_and_answers_come_down(address: str) -> None:
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    async with Chat(
        address,
        system_id="handset",
        password="handset",
        msisdn=ANNA,
        hear=lambda sender, text: heard.put_nowait((sender, text)),
    ) as chat:
        for text in ("HOROSKOP", "Grüße", "čšž"):
            assert await chat.texts(text, to="543") == "ESME_ROK"
            assert await asyncio.wait_for(heard.get(), 5) == ("543", text)
        assert await chat.texts("no", to="543") == "ESME_RMSGQFUL"


async def test_a_refused_bind_says_why(address: str) -> None:
    chat = Chat(address, system_id="handset", password="wrong", msisdn=ANNA, hear=print)
    with pytest.raises(ChatError, match="ESME_RINVPASWD"):
        await chat.__aenter__()


async def test_nobody_at_the_address_says_how_to_mend() -> None:
    chat = Chat("127.0.0.1:1", system_id="handset", password="handset", msisdn=ANNA, hear=print)
    with pytest.raises(ChatError, match="smsc serve"):
        await chat.__aenter__()
