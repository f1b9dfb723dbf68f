"""Content that waits: the menu after a bare STOP (OO2), the text under review (RT3a, RT5b)."""

from __future__ import annotations

import pytest

from smsc.messages import Kind, State
from smsc.optin.decision import Hold, Reason, Resume
from smsc.optin.events import Review, Reviewed, TimerKind
from tests.optin.scene import CODE, HOROSKOP, SPRUCH, Scene, book


def menu_scene() -> tuple[Scene, int, int]:
    """Two opt-ins, and a bare STOP on a code that asks."""
    scene = Scene(book(stop_scope="menu"))
    first, second = scene.subscribes(), scene.subscribes(SPRUCH)
    scene.stop(number=900)
    return scene, first, second


def test_OO2_menu_lists_the_words_and_holds_content_at_once() -> None:
    scene, first, second = menu_scene()
    text = scene.one(Kind.INFO).text
    assert "STOP HOROSKOP, STOP SPRUCH" in text and "STOP ALL" in text
    assert {e.registration for e in scene.last.effects if isinstance(e, Hold)} == {first, second}
    assert (scene.state(), scene.state(SPRUCH)) == (State.ACTIVE, State.ACTIVE) and scene.told() == []
    assert scene.timers()[0].kind is TimerKind.MENU
    scene.bill()
    assert scene.billed()[0].send.held


def test_OO2_menu_unanswered_for_5_minutes_ends_all() -> None:
    scene, first, second = menu_scene()
    (timer,) = scene.timers()
    scene.passes(seconds=300)
    assert timer.due == scene.now
    scene.fire(timer)
    assert (scene.state(), scene.state(SPRUCH)) == (State.OPTED_OUT, State.OPTED_OUT)
    assert {scene.registration(n).stop for n in (first, second)} == {900} and len(scene.told()) == 2
    assert scene.fire(timer).because is Reason.REPEATED


def test_OO2_menu_answered_with_one_ends_that_one_and_the_other_goes_on() -> None:
    scene, first, _ = menu_scene()
    (timer,) = scene.timers()
    scene.stop(SPRUCH)
    assert (scene.state(), scene.state(SPRUCH)) == (State.ACTIVE, State.OPTED_OUT)
    assert Resume(HOROSKOP, first) in scene.last.effects
    scene.bill()
    assert not scene.billed()[0].send.held
    scene.passes(seconds=300)
    scene.fire(timer)
    assert scene.state() is State.ACTIVE


def test_OO2_menu_answered_with_STOP_ends_all_silently() -> None:
    scene, _, _ = menu_scene()
    scene.stop()
    assert (scene.state(), scene.state(SPRUCH)) == (State.OPTED_OUT, State.OPTED_OUT) and scene.sent() == []


def test_OO2_menu_that_cannot_be_sent_ends_all() -> None:
    scene = Scene(book(stop_scope="menu"))
    scene.subscribes()
    scene.subscribes(SPRUCH)
    scene.stop(may_answer=False)
    assert (scene.state(), scene.state(SPRUCH)) == (State.OPTED_OUT, State.OPTED_OUT)


def test_D1a_the_same_bare_STOP_twice_asks_once() -> None:
    scene, _, _ = menu_scene()
    assert scene.stop(number=900).because is Reason.REPEATED and scene.sent() == []


def under_review() -> tuple[Scene, int, int]:
    """One opt-in, and a text that may be a STOP."""
    scene = Scene()
    number = scene.subscribes()
    scene.happens(Review(scene.mo("bitte hört auf, stop", number=700), (HOROSKOP,)))
    return scene, number, 700


def test_RT3a_billed_content_waits_while_a_review_is_undecided() -> None:
    scene, number, _ = under_review()
    assert Hold(HOROSKOP, number) in scene.last.effects
    scene.bill()
    assert scene.billed()[0].send.held


@pytest.mark.parametrize("stop", [True, False])
def test_RT5b_the_decision_ends_or_resumes(stop: bool) -> None:
    scene, number, review = under_review()
    event = Reviewed(review, CODE, stop, scene.now)
    scene.happens(event)
    assert scene.state() is (State.OPTED_OUT if stop else State.ACTIVE)
    assert (Resume(HOROSKOP, number) in scene.last.effects) is not stop
    assert len(scene.told()) == stop
    scene.happens(event)
    assert scene.last.changes == () and scene.told() == []


def test_RT5b_two_reviews_must_both_be_decided() -> None:
    scene, number, first = under_review()
    scene.happens(Review(scene.mo("ich will stop, danke euch", number=701), (HOROSKOP,)))
    scene.happens(Reviewed(first, CODE, False, scene.now))
    assert Resume(HOROSKOP, number) not in scene.last.effects
    scene.happens(Reviewed(701, CODE, False, scene.now))
    assert Resume(HOROSKOP, number) in scene.last.effects


def test_RT5b_a_decision_that_comes_after_a_new_opt_in_does_not_end_it() -> None:
    scene, _, review = under_review()
    scene.stop()
    scene.subscribes()
    scene.happens(Reviewed(review, CODE, True, scene.now))
    assert scene.state() is State.ACTIVE
