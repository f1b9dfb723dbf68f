"""smpplib, a blocking client, binds to our listener."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import PDUError

if TYPE_CHECKING:
    from tests.interop.conftest import Stand


def converse(host: str, port: int) -> dict[str, Any]:
    """Bind, submit, take a message, unbind: what the client saw."""
    seen: dict[str, Any] = {}
    client = Client(host, port, timeout=10, allow_unknown_opt_params=True)
    client.set_message_sent_handler(lambda pdu: seen.update(answer=(pdu.status, pdu.message_id)))
    client.set_message_received_handler(lambda pdu: seen.update(delivered=pdu.short_message))
    client.connect()
    bound = client.bind_transceiver(system_id="astro", password="secret")
    seen["bound"] = (bound.status, bound.system_id, bound.sc_interface_version)
    client.send_message(
        source_addr="543",
        destination_addr="41791234567",
        dest_addr_ton=consts.SMPP_TON_INTL,
        dest_addr_npi=consts.SMPP_NPI_ISDN,
        short_message=b"Welcome",
        registered_delivery=True,
    )
    while not {"answer", "delivered"} <= seen.keys():
        client.read_once()
    unbound = client.unbind()
    seen["unbound"] = (unbound.command, unbound.status)
    client.state = consts.SMPP_CLIENT_STATE_OPEN
    client.disconnect()
    return seen


async def test_smpplib_binds_submits_takes_and_unbinds(stand: Stand, smpplib: str) -> None:
    seen = await asyncio.to_thread(converse, stand.host, stand.port)
    assert seen["bound"][:2] == (0, b"smsc")
    assert seen["bound"][2] in (0x34, b"\x34")
    assert seen["answer"] == (0, b"0001")
    assert seen["delivered"] == b"HOROSKOP"
    assert seen["unbound"] == ("unbind_resp", 0)
    await stand.centre.hears_unbind()
    (pdu,) = stand.centre.submitted
    assert (pdu["source_addr"], pdu["destination_addr"]) == ("543", "41791234567")
    assert (pdu["dest_addr_ton"], pdu["short_message"]) == (1, b"Welcome")
    assert stand.centre.answers == [("mo", 0)]


def knock(host: str, port: int, mode: str) -> int:
    """The status of a bind with a wrong password."""
    client = Client(host, port, timeout=10, allow_unknown_opt_params=True)
    client.connect()
    with pytest.raises(PDUError) as error:
        getattr(client, f"bind_{mode}")(system_id="astro", password="guess")
    client.state = consts.SMPP_CLIENT_STATE_OPEN
    client.disconnect()
    return int(error.value.args[1])


@pytest.mark.parametrize("mode", ["transceiver", "transmitter", "receiver"])
async def test_smpplib_is_refused_with_a_wrong_password(stand: Stand, smpplib: str, mode: str) -> None:
    assert await asyncio.to_thread(knock, stand.host, stand.port, mode) == consts.SMPP_ESME_RINVPASWD
