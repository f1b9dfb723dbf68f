"""A free receipt after every charge, where a profile asks for it (MT4); after STOP none (OO3)."""

from __future__ import annotations

from dataclasses import replace

from smsc.messages import ChargeState, Kind, Money
from smsc.optin import Decision
from smsc.optin.events import Charged
from tests.optin.scene import CAMPAIGN, Scene, book

PAID = replace(CAMPAIGN, profile="uk", language="en", price=Money(150, "GBP"))
VALUE = Money(150, "GBP")


def charges(scene: Scene, registration: int, *, value: Money | None = VALUE) -> Decision:
    """The carrier says that the last content was paid."""
    return scene.happens(Charged(scene.fresh(), registration, scene.now, ChargeState.CHARGED, value))


def test_MT4_every_charge_has_its_free_receipt_with_price_and_total() -> None:
    scene = Scene(book(PAID))
    number = scene.subscribes()
    for total in ("1.50", "3.00"):
        scene.bill(value=VALUE)
        charges(scene, number)
        receipt = scene.one(Kind.INFO)
        assert f"GBP 1.50 charged, GBP {total} so far" in receipt.text
        assert (receipt.registration, scene.billed()) == (number, [])


def test_MT4_a_failed_or_unknown_charge_has_none() -> None:
    scene = Scene(book(PAID))
    number = scene.subscribes()
    scene.bill(value=VALUE)
    for state in (ChargeState.FAILED, ChargeState.UNKNOWN):
        scene.happens(Charged(1, number, scene.now, state, VALUE))
        assert scene.sent() == []
    assert scene.registration(number).charged == 0


def test_OO3_after_stop_no_receipt_goes() -> None:
    scene = Scene(book(PAID))
    number = scene.subscribes()
    scene.bill(value=VALUE)
    scene.stop()
    charges(scene, number)
    assert scene.sent() == []
    scene.subscribes()
    charges(scene, number)
    assert scene.sent() == [], "the old opt-in's charge is no business of the new one"


def test_MT4_a_profile_that_asks_for_none_sends_none() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.bill()
    charges(scene, number, value=Money(300, "CHF"))
    assert scene.sent() == []
    assert not scene.book.receipted and book(PAID).receipted == {PAID.id}
