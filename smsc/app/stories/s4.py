"""S4, invitations: an application asks to be let in, Y grants it, STOP ends it and blocks every later invitation."""

from __future__ import annotations

from smsc.app.demo_stage import ANNA, Demo

CODE = "77010"


async def play(demo: Demo) -> None:
    """From the invitation to the refused one.  Raises: DemoFailed."""
    demo.chapter("Finder Inc invites Anna to LOCATE; the SMS offers Y, N, STOP and HELP")
    await _invites(demo, status=202)
    await demo.hears("the invitation", kind="mt", contains="invites you to LOCATE", sender=CODE)
    demo.chapter("Y accepts; the application is told, and she gets an account in the portal")
    await demo.texts(ANNA, "Y", to=CODE)
    await demo.hears("her answer", kind="callback", action="invitation", state="active")
    await demo.hears("the confirmation", kind="mt", contains="You have accepted LOCATE")
    demo.chapter("STOP ends it and blocks her number: the next invitation is refused with 403")
    await demo.texts(ANNA, "STOP", to=CODE)
    await demo.hears("the goodbye", kind="mt", contains="LOCATE of Finder Inc is ended", sender=CODE)
    await _invites(demo, status=403, contains="blocked")


async def _invites(demo: Demo, *, status: int, contains: str = "") -> None:
    await demo.asks(
        "/v1/invitations",
        headers={"Authorization": f"Bearer {demo.keys['finder'].bearer}"},
        status=status,
        contains=contains,
        json={"campaign": "LOCATE", "msisdn": ANNA, "callback": "extended", "sendUserConfirmation": True},
    )
