"""The way in: keyword, request, confirm word, welcome (OI, RT4, RT5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smsc.messages import Kind, Money, State
from smsc.optin.decision import Reason
from smsc.optin.events import Ambiguous, BareStart, Confirm, Decline, FreeText, Keyword, TimerKind
from smsc.optin.wording import digest
from tests.optin.scene import CAMPAIGN, CHF_3, HOROSKOP, NOON, SPRUCH, Scene, book


def test_OI1_a_keyword_asks_and_waits() -> None:
    scene = Scene()
    scene.keyword(text="  Horoskop Löwe!")
    request = scene.one(Kind.REQUEST)
    assert "START HOROSKOP an 543" in request.text
    assert request.answers_mo == 101 and request.carrier == "helvetia" and request.registration is None
    subscription = scene.subscription()
    assert subscription.state is State.PENDING
    assert (subscription.opening_mo, subscription.opening_text) == (101, "  Horoskop Löwe!")
    assert subscription.wording_digest == digest(request.text)
    (timer,) = scene.timers()
    assert (timer.kind, timer.due) == (TimerKind.CONFIRM, NOON + timedelta(days=1))
    (line,) = scene.ledger()
    assert (line.state, line.by, line.seen, line.profile, line.version) == (
        "pending",
        "mo",
        request.text,
        "ch-mo",
        1,
    )
    assert scene.told() == [] and scene.last.because is Reason.DONE


def test_S2_confirm_activates_and_forwards_the_original_mo() -> None:
    scene = Scene()
    scene.keyword(text="Horo Löwe")
    request = scene.one(Kind.REQUEST).text
    scene.passes(hours=1)
    scene.confirm()
    assert scene.state() is State.ACTIVE and scene.sent() == []
    registration = scene.registration(101)
    assert (registration.price, registration.count_max, registration.opened_at) == (CHF_3, 5, scene.now)
    assert registration.network == "22801" and registration.merchant == "astro"
    (notice,) = scene.told()
    assert (notice.id, notice.text, notice.network, notice.registration) == (
        "101",
        "Horo Löwe",
        "22801",
        "101",
    )
    assert notice.country == "CH" and not notice.urgent
    (line,) = scene.ledger()
    assert (line.state, line.seen, line.answered, line.registration) == (
        "active",
        request,
        "START HOROSKOP",
        101,
    )
    assert scene.cancelled() == ["confirm:101"]
    (timer,) = scene.timers()
    assert (timer.kind, timer.due, timer.registration) == (
        TimerKind.WELCOME,
        scene.now + timedelta(hours=1),
        101,
    )


def test_OI2_keyword_while_pending_asks_again_once_a_minute_and_the_window_stays() -> None:
    scene = Scene()
    scene.keyword()
    window = scene.subscription().expires_at
    scene.passes(seconds=59)
    assert scene.keyword().because is Reason.LIMITED and scene.sent() == []
    scene.passes(seconds=1)
    scene.keyword()
    assert scene.one(Kind.REQUEST)
    assert scene.subscription().expires_at == window and scene.subscription().opening_mo == 101
    assert scene.timers() == []


def test_OI2_keyword_while_active_is_answered_once_a_day_and_never_bills() -> None:
    scene = Scene()
    scene.subscribes()
    scene.keyword()
    assert "läuft schon" in scene.one(Kind.INFO).text
    assert scene.keyword().because is Reason.LIMITED
    scene.passes(days=1)
    scene.keyword()
    assert scene.one(Kind.INFO) and scene.billed() == []


def test_OI2_a_request_without_answer_expires_in_silence() -> None:
    scene = Scene()
    scene.keyword()
    (timer,) = scene.timers()
    scene.passes(days=1)
    scene.fire(timer)
    assert scene.state() is State.EXPIRED and scene.sent() == [] and scene.told() == []
    assert [line.state for line in scene.ledger()] == ["expired"]
    assert scene.fire(timer).changes == ()


def test_OI2_a_confirm_timer_of_an_older_request_changes_nothing() -> None:
    scene = Scene()
    scene.keyword()
    (old,) = scene.timers()
    scene.passes(days=1)
    scene.fire(old)
    scene.keyword()
    assert scene.fire(old).changes == ()
    scene.passes(days=1)
    assert scene.fire(old).changes == () and scene.state() is State.PENDING


def test_OI2_a_yes_after_the_window_is_late_even_when_the_timer_has_not_fired() -> None:
    scene = Scene()
    scene.keyword()
    scene.passes(days=2)
    scene.confirm()
    assert scene.state() is State.PENDING and "START HOROSKOP" in scene.one(Kind.REQUEST).text
    assert [line.state for line in scene.ledger()] == ["expired", "pending"]
    assert scene.subscription().expires_at == scene.now + timedelta(days=1)


def test_OI3_a_yes_to_a_price_that_has_changed_asks_anew() -> None:
    scene = Scene()
    scene.keyword()
    scene.book = book(replace(CAMPAIGN, price=Money(500, "CHF")))
    scene.confirm()
    assert scene.state() is State.PENDING and "CHF 5.00" in scene.one(Kind.REQUEST).text
    scene.confirm()
    assert scene.state() is State.ACTIVE
    number = scene.subscription().registration
    assert number is not None and scene.registration(number).price == Money(500, "CHF")


@pytest.mark.parametrize("before", ["none", "expired", "opted_out"])
def test_RT4_confirm_with_nothing_pending_acts_like_the_keyword(before: str) -> None:
    scene = Scene()
    if before != "none":
        scene.keyword()
    if before == "expired":
        scene.passes(days=1)
    if before == "opted_out":
        scene.stop(HOROSKOP)
    scene.confirm()
    assert scene.state() is State.PENDING and scene.one(Kind.REQUEST)


def test_RT4_bare_start_lists_the_exact_words_and_activates_nothing() -> None:
    scene = Scene()
    scene.keyword(HOROSKOP)
    scene.keyword(SPRUCH)
    scene.happens(BareStart(scene.mo("START"), (HOROSKOP, SPRUCH)))
    assert "START HOROSKOP oder START SPRUCH an 543" in scene.one(Kind.INFO).text
    assert scene.state() is State.PENDING
    scene.happens(BareStart(scene.mo("START"), (HOROSKOP, SPRUCH)))
    assert scene.last.because is Reason.LIMITED


def test_RT4_bare_start_with_nothing_pending_says_how_to_start() -> None:
    scene = Scene()
    scene.happens(BareStart(scene.mo("START")))
    assert "HOROSKOP, SPRUCH" in scene.one(Kind.INFO).text and scene.standing.subscriptions == {}


def test_RT5_an_ambiguous_yes_lists_the_exact_words() -> None:
    scene = Scene()
    scene.keyword(HOROSKOP)
    scene.keyword(SPRUCH)
    scene.happens(Ambiguous(scene.mo("JA"), (HOROSKOP, SPRUCH)))
    assert "START HOROSKOP oder START SPRUCH" in scene.one(Kind.INFO).text
    assert {scene.state(HOROSKOP), scene.state(SPRUCH)} == {State.PENDING}


def test_OO2a_a_decline_refuses_the_request_only() -> None:
    scene = Scene()
    scene.keyword()
    scene.happens(Decline(scene.mo("NEIN"), HOROSKOP))
    assert scene.state() is State.DECLINED and not scene.is_blocked()
    assert [line.state for line in scene.ledger()] == ["declined"]
    scene.keyword()
    assert scene.state() is State.PENDING


def test_D1a_the_same_mo_twice_has_one_effect() -> None:
    scene = Scene()
    keyword = Keyword(scene.mo("HOROSKOP"), HOROSKOP)
    scene.happens(keyword)
    assert scene.happens(keyword).because is Reason.REPEATED and scene.sent() == []
    confirm = Confirm(scene.mo("START HOROSKOP"), HOROSKOP, scene.fresh())
    scene.happens(confirm)
    assert scene.happens(confirm).because is Reason.REPEATED
    assert scene.sent() == [] and scene.told() == []


def test_RT7_a_sender_that_cannot_be_answered_opens_no_request() -> None:
    scene = Scene()
    scene.happens(Keyword(scene.mo("HOROSKOP", may_answer=False), HOROSKOP))
    assert scene.last.because is Reason.LIMITED and scene.state() is State.NONE


def test_OI4_a_missing_welcome_is_an_alarm() -> None:
    scene = Scene()
    scene.keyword()
    scene.confirm()
    (timer,) = scene.timers()
    scene.passes(hours=1)
    scene.fire(timer)
    assert [alarm.kind for alarm in scene.alarms()] == ["welcome_missing"] and scene.last.changes == ()
    scene.welcome()
    assert scene.cancelled() == [timer.key]
    assert scene.fire(timer).effects == ()


def test_RT2_free_text_of_an_active_subscriber_goes_to_the_merchant_else_it_is_unknown() -> None:
    scene = Scene()
    scene.happens(FreeText(scene.mo("Hallo?"), HOROSKOP))
    assert scene.one(Kind.INFO).text == "Unbekannt." and scene.told() == []
    scene.subscribes()
    scene.happens(FreeText(scene.mo(" Hallo? "), HOROSKOP))
    (notice,) = scene.told()
    assert notice.text == " Hallo? " and notice.key.startswith("mo:") and scene.sent() == []


def test_OI1_a_campaign_that_is_gone_from_the_file_opens_nothing() -> None:
    scene = Scene()
    assert scene.keyword("543/WEG").because is Reason.NO_RULE and scene.standing.subscriptions == {}


def test_OO8_a_live_subscription_keeps_its_agreed_price() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.book = book(replace(CAMPAIGN, price=Money(500, "CHF")))
    assert scene.bill(value=Money(500, "CHF")).because is Reason.PRICE_NOT_AGREED
    assert scene.bill().because is Reason.DONE
    scene.keyword()
    assert "CHF 3.00/SMS" in scene.one(Kind.INFO).text
    assert scene.registration(number).billed_in_period == 1
