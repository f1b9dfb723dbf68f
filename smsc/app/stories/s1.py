"""S1, stores in the United States: asked by a form or joined by keyword, a conversation on a code of its own, STOP."""

from __future__ import annotations

import base64

from smsc.app.demo_stage import JOE, LIZ, Demo

MARKETING, KEYWORD = "444999", "PIZZA"
IN, OUT = "you are in and get recurring messages", "you are unsubscribed"


async def play(demo: Demo) -> None:
    """OptInCustomer and YES, then the keyword, a conversation and STOP.  Raises: DemoFailed."""
    demo.chapter(
        "Liz left her number on the store's page; the store has her asked from its communication code"
    )
    await _asks(demo, "optincustomer", to=LIZ, firstname="Liz", lastname="Lee")
    request = await demo.hears("the request", kind="mt", contains="would like to text you. Reply YES")
    demo.chapter("She answers YES there; the store hears it, and may send")
    await demo.texts(LIZ, "YES", to=request["sender"])
    await demo.hears("her YES", kind="callback", message="YES", mobileNum=LIZ[1:])
    await demo.hears("her confirmation", kind="mt", contains=IN, msisdn=LIZ)
    await _asks(demo, "sendsmsmsg", to=LIZ, message="Two for one today.")
    await demo.hears("the offer", kind="mt", contains="Two for one", msisdn=LIZ)
    demo.chapter("Joe texts the keyword to the marketing code; his conversation runs on a communication code")
    await demo.texts(JOE, KEYWORD, to=MARKETING)
    await demo.hears("his keyword", kind="callback", message=KEYWORD, mobileNum=JOE[1:])
    confirmation = await demo.hears("his confirmation", kind="mt", contains=IN, msisdn=JOE)
    code = confirmation["sender"]
    await demo.texts(JOE, "Is there a table for two?", to=code)
    await demo.hears("his question", kind="callback", contains="table for two", mobileNum=JOE[1:])
    await _asks(demo, "sendsmsmsg", to=JOE, message="Sure, at eight.")
    await demo.hears("the answer", kind="mt", contains="at eight", msisdn=JOE)
    demo.chapter("He stops; the server confirms, and refuses what the store sends after that")
    await demo.texts(JOE, "STOP", to=code)
    await demo.hears("the goodbye", kind="mt", contains=OUT, msisdn=JOE)
    await _asks(demo, "sendsmsmsg", to=JOE, message="Come back!", expect="Customer is Opted-Out")


async def _asks(demo: Demo, method: str, *, to: str, expect: str = 'status="200"', **params: str) -> None:
    """One call of the store's program: form over POST, Basic credentials `user:password:KEYWORD`."""
    key = demo.keys["pizza"]
    token = base64.b64encode(f"{key.cc}:{key.ekey}:{KEYWORD}".encode()).decode()
    await demo.asks(
        "/crmtext",
        headers={"Authorization": f"Basic {token}"},
        contains=expect,
        form={"method": method, "phone_number": to[1:], **params},
    )
