"""The usual beginnings of a Swiss conversation, so that each test says only what is its own."""

from __future__ import annotations

from smsc.sim.handset import Handset
from smsc.sim.merchant import Callback
from tests.stage import Stage

WELCOME = "Willkommen bei HOROSKOP! CHF 3.00/SMS, max 5/Woche. Stop: STOP HOROSKOP an 543. Hilfe 0800 123 456. Astro AG"
CONTENT = "Widder: ein guter Tag fuer Klartext."
GOODBYE = "Schade! Dein Horoskop ist beendet. Astro AG 0800 123 456"


async def confirms(stage: Stage, handset: Handset) -> Callback:
    """HOROSKOP and START HOROSKOP; returns the original MO as the merchant was told it."""
    await handset.texts("HOROSKOP", to="543")
    await handset.gets("START HOROSKOP an 543", sender="543")
    await handset.texts("START HOROSKOP", to="543")
    return await stage.merchant.gets(action="mpush_ir_message", message="HOROSKOP", number=handset.msisdn)


async def subscribes(stage: Stage, handset: Handset) -> Callback:
    """As `confirms`, and the merchant's welcome has arrived and was reported."""
    mo = await confirms(stage, handset)
    assert await stage.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    await handset.gets("Willkommen bei HOROSKOP!", sender="543")
    await stage.merchant.gets(action="mp_report", id=f"{mo['id']}|w1", report="DELIVERED")
    return mo


async def stops(stage: Stage, handset: Handset) -> Callback:
    """STOP HOROSKOP; returns the notice the merchant got."""
    await handset.texts("STOP HOROSKOP", to="543")
    return await stage.merchant.gets(message="ask horoskop stop", number=handset.msisdn)
