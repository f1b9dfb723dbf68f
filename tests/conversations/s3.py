"""The usual beginnings of a Slovenian conversation, so that each test says only what is its own."""

from __future__ import annotations

from smsc.sim.handset import Handset
from smsc.sim.merchant import Callback
from tests.stage import Stage

MOJCA = "38640123456"
ZVEZDE = "3030/ZVEZDE"
WELCOME = (
    "Dobrodosli v ZVEZDE! 1.49 EUR/SMS, najvec 3 SMS/teden. STOP ZVEZDE na 3030. Pomoc 0800 123 456. Astro AG"
)
CONTENT = "Oven: dober dan za jasne besede."
GOODBYE = "ZVEZDE so koncane. Hvala! Astro AG 0800 123 456"
EVIDENCE = {"sub_url": "https://astro.example/zvezde", "sub_ip": "192.0.2.77", "sub_key": "ZVEZDE"}


async def posts(stage: Stage, text: str = WELCOME, **params: str) -> str:
    """The merchant's W for a number typed into its page."""
    usual = {
        "number": MOJCA,
        "network": "",
        "currency": "EUR",
        "value": "0.00",
        "reply": "0",
        "id": "",
        "command": "W",
    }
    return await stage.merchant.call(**(usual | EVIDENCE | {"message": text, "title": "3030"} | params))


async def subscribes(stage: Stage, mojca: Handset) -> Callback:
    """W, DA; the welcome has arrived. Returns the SUBSCRIBED report."""
    assert await posts(stage) == "SUCCESS"
    await mojca.gets("Prijava: DA na 3030", sender="3030")
    await mojca.texts("DA", to="3030")
    report = await stage.merchant.gets(action="mp_report", report="SUBSCRIBED", number=mojca.msisdn)
    assert (await mojca.gets("Dobrodosli", sender="3030")).text == WELCOME
    await stage.merchant.gets(action="mp_report", report="DELIVERED", id=f"{report['id']}|")
    return report
