"""The gateway table of S2, row by row, as reasons; price, count and the stop hint (MT3, MT4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smsc.messages import ChargeState, Kind, Money, Period
from smsc.optin.decision import Reason
from smsc.optin.events import Charged, Command
from smsc.optin.periods import period_start
from smsc.sms.coding import length
from tests.optin.scene import CHF_3, FREE, SPRUCH, WELCOME, Scene


def refused(scene: Scene, reason: Reason) -> bool:
    """Whether the last call was refused for `reason`, with nothing sent or changed."""
    return scene.last.because is reason and scene.sent() == [] and scene.last.changes == ()


def test_S2_pending_stranger_and_wrong_id_have_no_registration() -> None:
    scene = Scene()
    scene.keyword()
    for number in (101, 12345, None):
        scene.send(Command.CONTENT, value=CHF_3, registration=number)
        assert refused(scene, Reason.NO_REGISTRATION)


def test_S2_another_merchants_registration_is_none() -> None:
    scene = Scene()
    scene.subscribes()
    for command in Command:
        scene.send(command, merchant="rival")
        assert refused(scene, Reason.NO_REGISTRATION)


def test_S2_billed_before_welcome_is_refused_and_free_content_is_not() -> None:
    scene = Scene()
    scene.keyword()
    scene.confirm()
    scene.bill()
    assert refused(scene, Reason.NOT_WELCOMED)
    scene.send(Command.CONTENT)
    assert scene.one(Kind.CONTENT).text == "Widder: ein guter Tag."


@pytest.mark.parametrize("value", [Money(301, "CHF"), Money(300, "EUR"), Money(-1, "CHF")])
def test_MT4_a_price_that_was_not_agreed_is_refused(value: Money) -> None:
    scene = Scene()
    scene.subscribes()
    scene.bill(value=value)
    assert refused(scene, Reason.PRICE_NOT_AGREED)


def test_CH1_a_price_without_tariff_is_refused_and_free_content_needs_none() -> None:
    scene = Scene()
    scene.subscribes()
    scene.send(Command.CONTENT, value=CHF_3, tariff_known=False)
    assert refused(scene, Reason.PRICE_NOT_AGREED)
    scene.send(Command.CONTENT, tariff_known=False)
    assert scene.one(Kind.CONTENT)


def test_MT4_cheaper_than_agreed_is_fine() -> None:
    scene = Scene()
    scene.subscribes()
    scene.bill(value=Money(100, "CHF"))
    assert [billed.value for billed in scene.billed()] == [Money(100, "CHF")]


def test_MT4_the_count_per_period_holds_until_the_next_period() -> None:
    scene = Scene()
    scene.subscribes()
    scene.passes(days=6)
    for _ in range(5):
        scene.passes(seconds=60)  # more in a minute would pass the cap
        assert scene.bill().because is Reason.DONE
    scene.bill()
    assert refused(scene, Reason.COUNT_REACHED)
    scene.send(Command.CONTENT)
    assert scene.one(Kind.CONTENT)
    scene.passes(days=1)
    assert scene.bill().because is Reason.DONE


def test_MT4_a_failed_charge_frees_its_place_within_its_period_only() -> None:
    scene = Scene()
    number = scene.subscribes()
    sent_at = scene.now
    for _ in range(5):
        scene.bill()
        scene.passes(seconds=60)
    scene.happens(Charged(1, number, sent_at, ChargeState.CHARGED))
    assert scene.bill().because is Reason.COUNT_REACHED
    scene.happens(Charged(2, number, sent_at, ChargeState.FAILED))
    assert scene.bill().because is Reason.DONE
    scene.passes(days=7)
    scene.bill()
    scene.happens(Charged(3, number, sent_at, ChargeState.FAILED))
    assert scene.registration(number).billed_in_period == 1


def test_S2_after_stop_content_and_welcome_are_barred() -> None:
    scene = Scene()
    scene.keyword()
    scene.confirm()
    scene.stop()
    for command in (Command.CONTENT, Command.WELCOME):
        scene.send(command)
        assert refused(scene, Reason.OPTED_OUT)


def test_S2_welcome_twice_is_refused() -> None:
    scene = Scene()
    scene.subscribes()
    scene.welcome()
    assert refused(scene, Reason.ALREADY_DONE)


def test_S2_goodbye_while_active_is_refused() -> None:
    scene = Scene()
    scene.subscribes()
    scene.goodbye()
    assert refused(scene, Reason.STILL_ACTIVE)


def test_MT1_a_billed_welcome_or_goodbye_is_refused() -> None:
    scene = Scene()
    scene.keyword()
    scene.confirm()
    scene.send(Command.WELCOME, value=CHF_3)
    assert refused(scene, Reason.BILLED_CONTROL)
    scene.stop()
    scene.send(Command.GOODBYE, value=CHF_3)
    assert refused(scene, Reason.BILLED_CONTROL)


def test_S2_the_welcome_is_sent_as_it_is_and_its_faults_are_reported() -> None:
    scene = Scene()
    scene.keyword()
    scene.confirm()
    scene.send(Command.WELCOME, text="Hallo! CHF 3.00")
    welcome = scene.one(Kind.WELCOME)
    assert welcome.text == "Hallo! CHF 3.00" and welcome.call is not None and welcome.full_id
    (alarm,) = scene.alarms()
    assert alarm.kind == "wording" and "frequency, stop, hotline, company" in alarm.text
    other = Scene()
    other.keyword()
    other.confirm()
    other.send(Command.WELCOME, text=WELCOME)
    assert other.alarms() == []


def test_MT3_billed_content_ends_with_how_to_stop() -> None:
    scene = Scene()
    scene.subscribes()
    scene.bill(text="Widder: gut.")
    assert scene.one(Kind.CONTENT).text == "Widder: gut. Stop: STOP HOROSKOP an 543"


def test_MT3_the_hint_is_not_doubled() -> None:
    scene = Scene()
    scene.subscribes()
    scene.bill(text="Widder: gut. Ende? Stopp an 543")
    assert scene.one(Kind.CONTENT).text == "Widder: gut. Ende? Stopp an 543"


@pytest.mark.parametrize("character", ["x", "ж"])
def test_MT3_a_hint_that_does_not_fit_goes_as_a_free_message_after_the_content(character: str) -> None:
    scene = Scene()
    scene.subscribes()
    text = character * (150 if character == "x" else 60)
    scene.bill(text=text)
    content, hint = scene.sent()
    assert content.text == text and length(content.text).parts == 1
    assert hint.kind is Kind.INFO and "STOP HOROSKOP an 543" in hint.text
    assert hint.full_id == "" and hint.call is None and len(scene.billed()) == 1


def test_MT3_free_content_is_left_as_it_is() -> None:
    scene = Scene()
    scene.subscribes()
    scene.send(Command.CONTENT, value=FREE, text="Gratis-Gruss")
    assert scene.one(Kind.CONTENT).text == "Gratis-Gruss"


def test_S2_registrations_of_two_campaigns_do_not_mix() -> None:
    scene = Scene()
    scene.subscribes()
    scene.subscribes(SPRUCH)
    scene.send(Command.CONTENT, campaign=SPRUCH, value=CHF_3)
    assert refused(scene, Reason.PRICE_NOT_AGREED)


@pytest.mark.parametrize(
    ("per", "now", "start"),
    [
        (Period.DAY, datetime(2026, 1, 31, 11, 59, tzinfo=UTC), datetime(2026, 1, 30, 12, tzinfo=UTC)),
        (Period.WEEK, datetime(2026, 2, 7, 12, tzinfo=UTC), datetime(2026, 2, 7, 12, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 2, 28, 11, 59, tzinfo=UTC), datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 2, 28, 12, tzinfo=UTC), datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 3, 31, 12, tzinfo=UTC)),
    ],
)
def test_MT4_periods_begin_at_the_opt_in_and_repeat(per: Period, now: datetime, start: datetime) -> None:
    opened = datetime(2026, 1, 31, 12, tzinfo=UTC) - (timedelta(days=1) if per is Period.DAY else timedelta())
    assert period_start(opened, per, now) == start
