"""Binary content by every door: header and data reach the carrier as they are, under the rules of any content."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from smsc.pipeline.explaining import explain
from smsc.sim.merchant import Callback
from smsc.smpp.codes import Command, EsmClass
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.sms.octets import Octets
from tests.conversations.s2 import confirms, stops, subscribes
from tests.stage import ANNA, Stage

UDH, DATA = bytes.fromhex("0605040b8423f0"), bytes.fromhex("00ff48656c6c6f")
HINT = "Gratis-SMS. HOROSKOP-Abo (CHF 3.00/SMS) beenden"


async def binary(stage: Stage, mo: Callback, callback_id: str, **changes: str) -> str:
    """A call of /gateway with binary content; returns what it is answered."""
    usual = {
        "number": ANNA,
        "id": f"{mo['id']}|{callback_id}",
        "binary": "1",
        "udh": UDH.hex(),
        "message": DATA.hex(),
        "value": "0",
        "currency": "CHF",
    }
    return await stage.merchant.call(**(usual | changes))


async def sent_octets(stage: Stage) -> list[Pdu]:
    """Every submit_sm with 8-bit data."""
    await stage.settles()
    return [
        p.pdu
        for p in stage.carrier.pdus.all()
        if p.pdu.command is Command.SUBMIT_SM and p.pdu["data_coding"] == 4
    ]


async def test_binary_content_reaches_the_carrier_octet_by_octet(stage: Stage) -> None:
    mo = await subscribes(stage, stage.handset(ANNA))
    assert await binary(stage, mo, "b1", udh=UDH.hex().upper()) == "SUCCESS"
    await stage.merchant.gets(action="mp_report", id=f"{mo['id']}|b1", report="DELIVERED")
    [pdu] = await sent_octets(stage)
    assert pdu["short_message"] == UDH + DATA
    assert pdu.number("esm_class") & EsmClass.UDHI
    assert (pdu["source_addr"], pdu["service_type"]) == ("543", "FREE")
    [row] = [row for row in await stage.mts(ANNA) if row.mt.octets is not None]
    assert (row.mt.octets, row.mt.text, row.parts) == (Octets(UDH, DATA), "", 1)
    assert await binary(stage, mo, "b1") == "SUCCESS"
    assert (
        await binary(stage, mo, "b1", message="01") == "IR-101 this id was used before with another message"
    )
    assert len(await sent_octets(stage)) == 1


async def test_MT3_billed_octets_are_charged_and_followed_by_the_way_out(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert await binary(stage, mo, "b1", value="3.00") == "SUCCESS"
    hint = await anna.gets(HINT, sender="543")
    assert "STOP HOROSKOP an 543" in hint.text
    [pdu] = await sent_octets(stage)
    assert pdu.tlvs[0x1401] == b"0300"
    assert pdu["short_message"] == UDH + DATA
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("charged", 300, "CHF")]
    assert [row.mt.billed for row in await stage.mts(ANNA) if HINT in row.mt.text] == [False]


async def test_the_rules_of_content_hold_for_octets(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    assert (await binary(stage, mo, "b1", value="3.00")).startswith("E-103 send the welcome")
    assert (await binary(stage, mo, "w1", command="W")).startswith(
        "E-103 welcome, goodbye and request are texts"
    )
    assert await stage.merchant.welcome(mo, "Willkommen", callback_id="w2") == "SUCCESS"
    assert (await binary(stage, mo, "b2", value="9.00")).startswith("IR-412")
    part = "050003010201"
    assert (await binary(stage, mo, "b3", value="3.00", udh=part)).startswith("IR-417")
    assert await binary(stage, mo, "b4", udh=part) == "SUCCESS"
    web = {
        "id": "",
        "command": "W",
        "sub_key": "ZVEZDE",
        "sub_url": "https://a.example/",
        "sub_ip": "192.0.2.1",
    }
    assert (await binary(stage, mo, "", **web)).startswith("E-103 welcome, goodbye and request are texts")
    notice = await stops(stage, anna)
    assert notice["registration"] == mo["id"]
    assert (await binary(stage, mo, "b5")).startswith("BARRED")
    assert len(await sent_octets(stage)) == 1


async def test_octets_are_explained_in_hexadecimal_and_erased(stage: Stage) -> None:
    mo = await subscribes(stage, stage.handset(ANNA))
    assert await binary(stage, mo, "b1") == "SUCCESS"
    await stops(stage, stage.handset(ANNA))
    await stage.passes(minutes=1)
    [row] = [row for row in await stage.mts(ANNA) if row.mt.octets is not None]
    told = await stage.server.store.read(lambda r: explain(r, row.mt.id))
    assert told is not None
    assert (told["udh"], told["octets"]) == (UDH.hex(), DATA.hex())
    await stage.server.store.run(lambda tx: tx.erase(Msisdn(ANNA), stage.clock.now(), event=9, by="operator"))
    assert [row for row in await stage.mts(ANNA) if row.mt.octets is not None or row.mt.text] == []


async def test_kannel_sends_eight_bit_messages(stage: Stage) -> None:
    await subscribes(stage, stage.handset(ANNA))
    account = f"username={stage.merchant.cc}&password={stage.merchant.ekey}&from=543&to={ANNA}"
    url = f"http://{stage.server.http_address}/cgi-bin/sendsms?{account}"
    async with httpx.AsyncClient(trust_env=False) as client:
        for query in (f"udh={quote(UDH)}&text={quote(DATA)}", f"coding=1&text={quote(DATA)}"):
            answer = await client.get(f"{url}&{query}")
            assert (answer.status_code, answer.text) == (202, "0: Accepted for delivery")
        refused = [
            (await client.get(f"{url}&{query}")).text
            for query in (
                "coding=1&udh=%05%00&text=x",
                "coding=2&udh=%05%00&text=x",
                "coding=1",
                "coding=7&text=x",
            )
        ]
        form = {"username": stage.merchant.cc, "password": stage.merchant.ekey, "to": ANNA, "from": "543"}
        hexed = {"coding": "4", "hex-content": DATA.hex()}
        sent = await client.post(f"http://{stage.server.http_address}/send", data=form | hexed)
        assert sent.text.startswith('Success "')
    assert [(p["short_message"], p.number("esm_class")) for p in await sent_octets(stage)] == [
        (UDH + DATA, EsmClass.UDHI),
        (DATA, 0),
        (DATA, 0),
    ]
    assert [why.partition(":")[0] for why in refused] == [
        "udh is no whole user data header",
        "udh goes with 8-bit messages (coding=1) only, rejected",
        "there is no data, rejected",
        "coding is 0, 1 or 2, rejected",
    ]
