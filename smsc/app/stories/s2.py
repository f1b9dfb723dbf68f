"""S2, Switzerland: a keyword, a double opt-in, billed content that is delivered or not, STOP."""

from __future__ import annotations

from smsc.app.demo_stage import ANNA, Demo

CODE, KEYWORD = "543", "HOROSKOP"


async def play(demo: Demo) -> None:
    """From the keyword to the goodbye.  Raises: DemoFailed."""
    # the first fails: two that are charged within a minute would pass the Swiss cap
    await demo.fails_once(ANNA, contains="Mond")
    demo.chapter("Anna texts the keyword; the server asks for her consent")
    await demo.texts(ANNA, KEYWORD, to=CODE)
    await demo.hears("the request", kind="mt", contains=f"START {KEYWORD}")
    demo.chapter("She confirms; now the merchant learns of her, welcomes her and sends what she ordered")
    await demo.texts(ANNA, f"START {KEYWORD}", to=CODE)
    await demo.hears("the forwarded message", kind="callback", message=KEYWORD)
    await demo.hears("the welcome", kind="mt", contains="Willkommen")
    await demo.hears("the failed charge", kind="callback", report="FAILED", billed=True)
    await demo.hears("the charge", kind="callback", report="DELIVERED", billed=True)
    demo.chapter("She stops; the merchant says goodbye")
    await demo.texts(ANNA, f"STOP {KEYWORD}", to=CODE)
    await demo.hears("the stop notice", kind="callback", contains="ask ")
    await demo.hears("the goodbye", kind="mt", contains="beendet")
