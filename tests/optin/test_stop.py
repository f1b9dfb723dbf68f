"""The way out: STOP in every state, by every channel, with exactly one goodbye (OO)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsc.messages import Kind, NoticeKind, State
from smsc.optin.decision import Cancel, Reason
from smsc.optin.events import Command, Stop, TimerDue, TimerKind
from tests.optin.scene import CAMPAIGN, CODE, HOROSKOP, SPRUCH, Scene, block_of, book


def test_OO2_stop_ends_the_opt_in_tells_the_merchant_and_waits_for_its_goodbye() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.stop(HOROSKOP, number=900)
    assert scene.state() is State.OPTED_OUT and scene.sent() == []
    registration = scene.registration(number)
    assert (registration.ended_at, registration.stop) == (scene.now, 900)
    assert registration.goodbye_by == scene.now + timedelta(seconds=30)
    assert (block_of(scene).scope, block_of(scene).key, block_of(scene).by) == ("code", "543", 900)
    (notice,) = scene.told()
    assert (notice.kind, notice.id, notice.text, notice.keyword, notice.urgent) == (
        NoticeKind.STOP,
        "900",
        "STOP",
        "HOROSKOP",
        True,
    )
    assert notice.goodbye_by == registration.goodbye_by and notice.registration == str(number)
    (timer,) = scene.timers()
    assert (timer.kind, timer.registration, timer.stop) == (TimerKind.GOODBYE, number, 900)
    assert f"welcome:{number}" in scene.cancelled()
    assert Cancel(HOROSKOP, number) in scene.last.effects
    assert [(line.state, line.ref) for line in scene.ledger()] == [("opted_out", 900)]


@pytest.mark.parametrize("scope", ["all", "last_active", "menu", "portal"])
def test_OO2_bare_stop_with_one_active_ends_it_whatever_the_scope(scope: str) -> None:
    scene = Scene(book(stop_scope=scope))
    scene.subscribes()
    scene.stop()
    assert scene.state() is State.OPTED_OUT


def test_OO2_bare_stop_with_several_ends_all_each_with_its_own_goodbye() -> None:
    scene = Scene()
    first, second = scene.subscribes(HOROSKOP), scene.subscribes(SPRUCH)
    scene.stop(number=900)
    assert {notice.keyword for notice in scene.told()} == {"HOROSKOP", "SPRUCH"}
    assert len({notice.key for notice in scene.told()}) == 2
    timers = scene.timers()
    assert {timer.registration for timer in timers} == {first, second}
    scene.passes(seconds=30)
    goodbyes = []
    for timer in timers:
        scene.fire(timer)
        goodbyes.append(scene.one(Kind.GOODBYE).goodbye_of)
    assert goodbyes == [(first, 900), (second, 900)]


def test_OO2_bare_stop_with_scope_last_active_ends_the_last_and_every_open_request() -> None:
    scene = Scene(book(stop_scope="last_active"))
    scene.subscribes(SPRUCH)
    scene.passes(hours=1)
    scene.subscribes(HOROSKOP)
    scene.stop()
    assert (scene.state(HOROSKOP), scene.state(SPRUCH)) == (State.OPTED_OUT, State.ACTIVE)


def test_D1a_the_same_stop_twice_does_not_end_the_next_one_too() -> None:
    scene = Scene(book(stop_scope="last_active"))
    scene.subscribes(SPRUCH)
    scene.passes(hours=1)
    scene.subscribes(HOROSKOP)
    for _ in range(2):
        scene.stop(number=900)
    assert scene.last.because is Reason.REPEATED and scene.state(SPRUCH) is State.ACTIVE


@pytest.mark.parametrize("scope", ["all", "last_active"])
def test_OO2_bare_stop_with_one_active_and_one_pending_ends_both(scope: str) -> None:
    scene = Scene(book(stop_scope=scope))
    scene.subscribes(SPRUCH)
    scene.keyword(HOROSKOP)
    scene.stop()
    assert {scene.state(HOROSKOP), scene.state(SPRUCH)} == {State.OPTED_OUT}
    assert [notice.keyword for notice in scene.told()] == ["SPRUCH"]
    assert "HOROSKOP" in scene.one(Kind.GOODBYE).text


def test_OO2_stop_keyword_ends_that_one_only_and_the_other_goes_on() -> None:
    scene = Scene()
    scene.subscribes(SPRUCH)
    scene.subscribes(HOROSKOP)
    scene.stop(SPRUCH)
    assert (scene.state(HOROSKOP), scene.state(SPRUCH)) == (State.ACTIVE, State.OPTED_OUT)
    assert scene.bill().because is Reason.DONE


def test_OO2_stop_all_ends_all_whatever_the_scope() -> None:
    scene = Scene(book(stop_scope="last_active"))
    scene.subscribes(SPRUCH)
    scene.subscribes(HOROSKOP)
    scene.happens(Stop(900, CODE, "STOP ALL", scene.now, everything=True))
    assert {scene.state(HOROSKOP), scene.state(SPRUCH)} == {State.OPTED_OUT}


def test_OO2a_stop_while_pending_the_server_says_goodbye_and_no_merchant_is_told() -> None:
    scene = Scene()
    scene.keyword()
    scene.stop(number=900)
    goodbye = scene.one(Kind.GOODBYE)
    assert goodbye.goodbye_of == (101, 900) and goodbye.answers_mo == 900
    assert scene.state() is State.OPTED_OUT and scene.is_blocked()
    assert scene.told() == [] and scene.timers() == [] and scene.cancelled() == ["confirm:101"]
    assert Cancel(HOROSKOP, None) in scene.last.effects


def test_OO2a_a_second_stop_has_no_second_goodbye_and_no_second_notice() -> None:
    scene = Scene()
    scene.subscribes()
    scene.stop(number=900)
    (timer,) = scene.timers()
    for campaigns in ((), (HOROSKOP,)):
        scene.stop(*campaigns)
        assert scene.sent() == [] and scene.told() == [] and scene.last.changes == ()
    scene.fire(timer)
    assert scene.one(Kind.GOODBYE)


@pytest.mark.parametrize("named", [True, False])
def test_OO2a_a_strangers_stop_is_answered_once_a_day_and_nobody_is_told(named: bool) -> None:
    scene = Scene()
    campaigns = (HOROSKOP,) if named else ()
    scene.stop(*campaigns)
    assert ("kein HOROSKOP-Abo" if named else "kein Abo auf 543") in scene.one(Kind.INFO).text
    assert scene.is_blocked() and scene.told() == [] and scene.standing.subscriptions == {}
    assert scene.stop(*campaigns).because is Reason.LIMITED
    scene.passes(days=1)
    scene.stop(*campaigns)
    assert scene.one(Kind.INFO)


def test_OO1_stop_works_on_a_code_the_book_does_not_know() -> None:
    scene = Scene()
    scene.happens(Stop(900, type(CODE)("999"), "STOP", scene.now))
    assert {block.key for block in scene.standing.blocks} == {"999"}


def test_OO1_stop_works_when_campaign_and_merchant_are_gone_from_the_file() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.book = book(CAMPAIGN.__class__("543/X", "X", CODE, "rival", "ch-mo", "de"))
    scene.stop()
    assert scene.state() is State.OPTED_OUT
    assert [(notice.merchant, notice.keyword) for notice in scene.told()] == [("astro", "HOROSKOP")]
    (timer,) = scene.timers()
    scene.fire(timer)
    assert scene.one(Kind.GOODBYE).registration == number


def test_RT7_stop_takes_effect_for_a_sender_that_cannot_be_answered() -> None:
    scene = Scene()
    scene.keyword()
    scene.stop(may_answer=False)
    assert scene.state() is State.OPTED_OUT and scene.is_blocked() and scene.sent() == []


def test_RT7_stop_takes_effect_when_the_loop_guard_holds_back_its_answer() -> None:
    scene = Scene()
    for _ in range(10):
        scene.passes(seconds=60)
        scene.keyword()
        assert scene.one(Kind.REQUEST)
    scene.stop()
    assert scene.state() is State.OPTED_OUT and scene.is_blocked() and scene.sent() == []


@pytest.mark.parametrize("channel", ["api", "portal", "operator"])
def test_OO7_another_channel_has_the_same_effect(channel: str) -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.stop(HOROSKOP, channel=channel)
    assert scene.state() is State.OPTED_OUT and scene.is_blocked()
    assert [line.by for line in scene.ledger()] == [channel]
    assert len(scene.told()) == 1
    (timer,) = scene.timers()
    scene.fire(timer)
    assert scene.one(Kind.GOODBYE).registration == number


def test_OO7_a_deactivated_number_ends_silently_on_every_campaign_without_a_block() -> None:
    scene = Scene()
    number = scene.subscribes(HOROSKOP)
    scene.keyword(SPRUCH)
    scene.stop(channel="deactivation")
    assert {scene.state(HOROSKOP), scene.state(SPRUCH)} == {State.OPTED_OUT}
    assert scene.sent() == [] and scene.told() == [] and scene.timers() == [] and not scene.is_blocked()
    assert len(scene.ledger()) == 2
    assert scene.goodbye(registration=number).because is Reason.ALREADY_DONE
    stop = scene.registration(number).stop
    scene.happens(TimerDue("x", TimerKind.GOODBYE, HOROSKOP, registration=number, stop=stop))
    assert scene.sent() == []


def test_OO4_the_merchants_goodbye_in_time_is_the_only_one() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.stop(number=900)
    (timer,) = scene.timers()
    scene.passes(seconds=30)
    scene.goodbye()
    assert scene.one(Kind.GOODBYE).goodbye_of == (number, 900) and scene.cancelled() == [timer.key]
    assert scene.fire(timer).effects == ()
    assert scene.goodbye().because is Reason.ALREADY_DONE


def test_OO4_a_goodbye_that_is_late_is_refused_and_the_servers_goes_out_once() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.stop(number=900)
    (timer,) = scene.timers()
    scene.passes(seconds=30.001)
    assert scene.goodbye().because is Reason.ALREADY_DONE
    scene.fire(timer)
    goodbye = scene.one(Kind.GOODBYE)
    assert goodbye.goodbye_of == (number, 900) and "abgemeldet" in goodbye.text
    assert (goodbye.answers_mo, goodbye.carrier) == (None, "helvetia")
    assert scene.fire(timer).effects == ()
    assert scene.goodbye().because is Reason.ALREADY_DONE


def test_OO4_the_old_goodbye_is_still_owed_when_a_new_request_is_open() -> None:
    scene = Scene()
    number = scene.subscribes()
    scene.stop(number=900)
    (timer,) = scene.timers()
    scene.passes(seconds=10)
    scene.keyword()
    assert scene.state() is State.PENDING
    scene.fire(timer)
    assert scene.one(Kind.GOODBYE).goodbye_of == (number, 900)
    assert scene.state() is State.PENDING


def test_OO5_the_block_is_lifted_by_the_confirm_word_only() -> None:
    scene = Scene()
    old = scene.subscribes()
    scene.stop()
    scene.keyword()
    assert scene.is_blocked()
    scene.confirm()
    assert not scene.is_blocked() and scene.subscription().registration != old
    assert scene.send(Command.CONTENT, registration=old).because is Reason.OPTED_OUT
