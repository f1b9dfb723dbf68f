"""Answers that change no subscription, their limits, and the review queue (OO6, RT5b, RT7)."""

from __future__ import annotations

from dataclasses import replace

from smsc.messages import Kind, NoticeKind, State
from smsc.optin.decision import Reason
from smsc.optin.events import Help, Review, Unknown
from tests.optin.scene import CAMPAIGN, CODE, HOROSKOP, SPRUCH, Scene, book


def test_OO6_help_answers_about_a_campaign_subscribed_or_not() -> None:
    scene = Scene()
    for _ in range(2):
        scene.happens(Help(scene.mo("HELP HOROSKOP"), HOROSKOP))
        text = scene.one(Kind.HELP).text
        assert "HOROSKOP-Abo" in text and "0800 123 456" in text and "Astro AG" in text
        scene.subscribes()


def test_OO6_help_on_a_code_with_several_campaigns_lists_them_with_their_hotlines() -> None:
    scene = Scene()
    scene.happens(Help(scene.mo("HELP")))
    assert "HOROSKOP 0800 123 456, SPRUCH 0800 123 456" in scene.one(Kind.HELP).text


def test_OO6_help_on_a_code_with_one_campaign_is_about_it_and_the_codes_own_words_win() -> None:
    scene = Scene(book(CAMPAIGN))
    scene.happens(Help(scene.mo("HELP")))
    assert "CHF 3.00/SMS" in scene.one(Kind.HELP).text
    code = replace(scene.book.codes[CODE], help_reply="Ruf uns an")
    scene.book = replace(scene.book, codes={CODE: code})
    scene.happens(Help(scene.mo("HELP")))
    assert scene.one(Kind.HELP).text == "Ruf uns an"


def test_RT7_the_unknown_reply_comes_once_an_hour() -> None:
    scene = Scene()
    scene.happens(Unknown(scene.mo("?")))
    assert scene.one(Kind.INFO).text == "Unbekannt."
    assert scene.happens(Unknown(scene.mo("?"))).because is Reason.LIMITED
    scene.passes(hours=1)
    scene.happens(Unknown(scene.mo("?")))
    assert scene.one(Kind.INFO)


def test_RT7_a_code_without_unknown_reply_stays_silent() -> None:
    scene = Scene(book(unknown_reply=""))
    assert scene.happens(Unknown(scene.mo("?"))).effects == ()


def test_RT7_senders_that_cannot_be_answered_are_not() -> None:
    scene = Scene()
    for event in (Unknown(scene.mo("?", may_answer=False)), Help(scene.mo("HELP", may_answer=False))):
        assert scene.happens(event).because is Reason.LIMITED and scene.sent() == []
    assert scene.standing.counts == {}


def test_RT7_automatic_replies_to_one_number_are_capped_per_hour() -> None:
    scene = Scene()
    for _ in range(10):
        scene.happens(Help(scene.mo("HELP")))
        assert scene.one(Kind.HELP)
    assert scene.happens(Help(scene.mo("HELP"))).because is Reason.LIMITED
    assert scene.keyword().because is Reason.LIMITED and scene.standing.subscriptions == {}
    scene.passes(hours=1)
    scene.happens(Help(scene.mo("HELP")))
    assert scene.one(Kind.HELP)


def test_RT5b_a_hidden_stop_word_calls_an_operator_and_tells_the_merchants() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.happens(Review(scene.mo("bitte hört auf, stop"), (HOROSKOP, SPRUCH)))
    assert [alarm.kind for alarm in scene.alarms()] == ["review"]
    assert "bitte" not in scene.alarms()[0].text, "texts stay out of alarms"
    first, second = scene.told()
    assert (first.kind, first.text, first.registration) == (
        NoticeKind.REVIEW,
        "bitte hört auf, stop",
        str(number),
    )
    assert first.key != second.key and scene.sent() == []
    assert scene.state() is State.ACTIVE and len(scene.subscription().holds) == 1
