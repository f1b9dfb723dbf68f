"""S3, Slovenia: a number from a web page, the welcome held until DA, SUBSCRIBED, billed content, STOP."""

from __future__ import annotations

from smsc.app.demo_stage import MOJCA, Demo, DemoFailed

CODE = "3030"
WELCOME = (
    "Dobrodosli v ZVEZDE! 1.49 EUR/SMS, najvec 3 SMS/teden. STOP ZVEZDE na 3030. Pomoc 0800 123 456. Astro AG"
)
CONTENT = "Oven: dober dan za jasne besede."
GOODBYE = "ZVEZDE so koncane. Hvala! Astro AG 0800 123 456"
PAGE = {"sub_url": "https://astro.example/zvezde", "sub_ip": "192.0.2.77", "sub_key": "ZVEZDE"}


async def play(demo: Demo) -> None:
    """From the web page to the goodbye.  Raises: DemoFailed."""
    demo.chapter("Mojca gives her number on a web page; the welcome is held, and she is asked by SMS")
    await _sends(demo, WELCOME, command="W", id="", **PAGE)
    await demo.hears("the request", kind="mt", contains="DA na 3030")
    demo.chapter("DA: the held welcome leaves, and the merchant gets the id of the subscription")
    await demo.texts(MOJCA, "DA", to=CODE)
    report = await demo.hears("the report", kind="callback", report="SUBSCRIBED", number=MOJCA)
    await demo.hears("the welcome", kind="mt", contains="Dobrodosli")
    number = report["message_id"]
    await demo.hears("its receipt", kind="callback", report="DELIVERED", id=f"{number}|")
    demo.chapter("Billed content with that id; its charge is reported")
    await _sends(demo, CONTENT, value="1.49", id=f"{number}|1")
    await demo.hears("the content", kind="mt", contains=CONTENT)
    await demo.hears("the charge", kind="callback", report="DELIVERED", id=f"{number}|1")
    demo.chapter("She stops; the merchant says goodbye, and may send nothing more")
    await demo.texts(MOJCA, "STOP ZVEZDE", to=CODE)
    await demo.hears("the stop notice", kind="callback", message="ask zvezde stop")
    await _sends(demo, GOODBYE, command="G", id=f"{number}|2")
    await demo.hears("the goodbye", kind="mt", contains="koncane")
    await _sends(demo, CONTENT, expect="BARRED", value="1.49", id=f"{number}|3")


async def _sends(demo: Demo, message: str, *, expect: str = "SUCCESS", **params: str) -> None:
    usual = {"number": MOJCA, "network": "", "currency": "EUR", "value": "0.00", "reply": "0", "title": CODE}
    answer = await demo.calls(**(usual | {"message": message} | params))
    if not answer.startswith(expect):
        raise DemoFailed(f"the gateway answers {answer} to {message!r}")
