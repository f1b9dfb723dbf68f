"""Reminders by amount, count and time; what asks ends without an answer (MT4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsc.messages import ChargeState, Frequency, Kind, Money, NoticeKind, Period, State
from smsc.optin import BadProfiles, Profiles, make_book
from smsc.optin.decision import Cancel, Reason, SetTimer
from smsc.optin.events import Charged, Command, Confirm, Decline
from tests.optin.packs import ASKED, TIMED, TOLD, USED_UP, reminding
from tests.optin.scene import CAMPAIGN, CHF_3, HOROSKOP, Scene, book

OFTEN = replace(CAMPAIGN, profile="own", frequency=Frequency(1000, Period.WEEK))
SPENT = reminding(
    texts={"reminder": TOLD}, reminder={"trigger": "spend", "value": "6.00", "action": "inform"}
)


def scene_of(profiles: Profiles) -> tuple[Scene, int]:
    """An opt-in under `own`, welcomed."""
    plain = book(OFTEN)
    scene = Scene(
        make_book(profiles, codes=plain.codes, merchants=plain.merchants, campaigns=plain.campaigns)
    )
    return scene, scene.subscribes()


def bills(scene: Scene, times: int = 1) -> list[str]:
    """Content at CHF 3.00, one a minute; the texts of INFO that came with the last one."""
    for _ in range(times):
        scene.passes(seconds=60)
        assert scene.bill().because is Reason.DONE
    return [send.text for send in scene.sent(Kind.INFO)]


def asked() -> tuple[Scene, int, SetTimer]:
    """An opt-in that has cost CHF 6.00 and is asked whether it goes on."""
    scene, number = scene_of(ASKED)
    (text,) = bills(scene, 2)
    assert "CHF 6.00" in text and "START HOROSKOP" in text
    (timer,) = scene.timers()
    return scene, number, timer


def test_MT4_at_each_amount_the_subscriber_is_told() -> None:
    scene, number = scene_of(SPENT)
    told = [bills(scene) for _ in range(5)]
    assert [len(texts) for texts in told] == [0, 1, 0, 1, 0]
    assert "2 SMS, CHF 6.00" in told[1][0] and "4 SMS, CHF 12.00" in told[3][0]
    scene.happens(Charged(1, number, scene.now, ChargeState.FAILED, CHF_3))
    assert [len(bills(scene)) for _ in range(2)] == [0, 1], "a failed charge counts for nothing"


def test_MT4_asked_nothing_more_is_sent_before_the_answer() -> None:
    scene, number, timer = asked()
    assert scene.bill().because is Reason.NOT_RENEWED
    assert scene.bill(value=Money(0, "CHF")).because is Reason.NOT_RENEWED
    decision = scene.confirm()
    assert scene.sent() == [] and scene.cancelled() == [timer.key] and decision.rule == "MT4"
    (line,) = scene.ledger()
    assert (line.answered, line.registration, line.by) == ("START HOROSKOP", number, "mo")
    assert scene.fire(timer).because is Reason.REPEATED
    assert len(bills(scene, 2)) == 1, "and again at the next CHF 6.00"


def test_MT4_the_question_stands_in_the_ledger() -> None:
    scene, number = scene_of(ASKED)
    (text,) = bills(scene, 2)
    (line,) = scene.ledger()
    assert (line.seen, line.registration, line.state, line.by) == (text, number, "renewal_asked", "timer")


def test_MT4_without_an_answer_it_ends_and_the_merchant_is_told() -> None:
    scene, number, timer = asked()
    scene.passes(seconds=86_400)
    scene.fire(timer)
    assert scene.state() is State.EXPIRED and scene.registration(number).stop == number
    assert Cancel(HOROSKOP, number) in scene.last.effects
    (notice,) = scene.told()
    assert notice.kind is NoticeKind.STOP and notice.goodbye_by is not None
    assert not scene.is_blocked(), "silence is no STOP"
    assert scene.fire(timer).because is Reason.REPEATED
    scene.goodbye(registration=number)
    assert scene.one(Kind.GOODBYE).goodbye_of == (number, number)


def test_MT4_an_answer_that_comes_too_late_is_a_new_beginning() -> None:
    scene, number, _ = asked()
    scene.passes(seconds=86_400)
    scene.happens(Confirm(scene.mo("START HOROSKOP"), HOROSKOP, scene.fresh()))
    assert scene.registration(number).ended_at == scene.now
    assert scene.state() is State.PENDING and len(scene.sent(Kind.REQUEST)) == 1


def test_MT4_a_no_ends_it_at_once() -> None:
    scene, number, timer = asked()
    scene.happens(Decline(scene.mo("NO"), HOROSKOP))
    assert scene.state() is State.EXPIRED and timer.key in scene.cancelled()
    assert scene.registration(number).ended_at == scene.now


def test_OO3_after_a_stop_nobody_is_asked_or_reminded() -> None:
    scene, _, timer = asked()
    scene.stop()
    assert timer.key in scene.cancelled() and scene.sent() == []
    scene.passes(seconds=86_400)
    assert scene.fire(timer).because is Reason.REPEATED


def test_MT4_once_a_day_the_subscriber_is_told() -> None:
    scene, number = scene_of(TIMED)
    (timer,) = [c for d in scene.all for c in d.changes if isinstance(c, SetTimer) and c.kind == "reminder"]
    for day in (1, 2):
        assert timer.due == scene.registration(number).opened_at.replace(day=2 + day)
        scene.now = timer.due
        scene.fire(timer)
        assert scene.one(Kind.INFO).registration == number
        assert scene.fire(timer).because is Reason.REPEATED
        timer = next(t for d in scene.all[-2:] for t in d.changes if isinstance(t, SetTimer))
    scene.stop()
    assert timer.key in scene.cancelled()
    assert scene.fire(timer).because is Reason.REPEATED


def test_MT4_after_so_many_messages_it_is_over_until_the_keyword_comes_again() -> None:
    scene, number = scene_of(USED_UP)
    assert bills(scene) == []
    (text,) = bills(scene)
    assert "2 SMS, CHF 6.00" in text and scene.state() is State.EXPIRED
    assert not [e for e in scene.last.effects if isinstance(e, Cancel)], "what was ordered still comes"
    assert [n.kind for n in scene.told()] == [NoticeKind.STOP]
    scene.passes(seconds=60)
    assert scene.send(Command.CONTENT, value=CHF_3, registration=number).because is Reason.OPTED_OUT
    assert scene.subscribes() != number


@pytest.mark.parametrize(
    ("knobs", "rule"),
    [
        ({"reminder": {"trigger": "spend", "value": "x", "action": "inform"}}, "number"),
        ({"reminder": {"trigger": "spend", "value": "5.00", "action": "shout"}}, "choice"),
        ({"reminder": {"trigger": "time", "value": "year", "action": "inform"}}, "choice"),
        ({"reminder": {"trigger": "count", "value": "2", "action": "auto_stop"}}, "languages"),
        ({"reminder": {"trigger": "count", "value": "2", "action": "require_confirm"}}, "deadline"),
        (
            {"reminder": {"trigger": "spend", "value": "5.00", "action": "inform"}, "flow": "store"},
            "reminder",
        ),
    ],
)
def test_OI4_a_reminder_that_cannot_be_is_refused(knobs: dict[str, object], rule: str) -> None:
    with pytest.raises(BadProfiles) as caught:
        reminding(texts={"reminder": TOLD, "renewal": TOLD}, **knobs)
    assert rule in [problem.rule for problem in caught.value.problems]
