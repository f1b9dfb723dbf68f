"""What an opt-in may cost (MT4), and what differs by network (OO8)."""

from __future__ import annotations

from dataclasses import replace

from smsc.messages import ChargeState, Frequency, Money, Period
from smsc.optin import builtin_texts, load_profiles, make_book
from smsc.optin.decision import Reason
from smsc.optin.events import Charged, Confirm, FromMo, Keyword
from tests.optin.packs import CH_MO
from tests.optin.scene import CAMPAIGN, CODE, HOROSKOP, Scene, book

DAILY = replace(CAMPAIGN, price=Money(500, "CHF"), frequency=Frequency(1000, Period.WEEK))


def test_MT4_no_more_than_five_francs_a_minute() -> None:
    scene = Scene(book(DAILY))
    scene.subscribes()
    assert scene.bill(value=Money(300, "CHF")).because is Reason.DONE
    assert scene.bill(value=Money(300, "CHF")).because is Reason.CAP_REACHED
    assert scene.bill(value=Money(200, "CHF")).because is Reason.DONE
    scene.passes(seconds=60)
    assert scene.bill(value=Money(500, "CHF")).because is Reason.DONE


def test_MT4_no_more_than_four_hundred_francs_from_confirm_word_to_stop() -> None:
    scene = Scene(book(DAILY))
    number = scene.subscribes()
    for _ in range(80):
        assert scene.bill(value=Money(500, "CHF")).because is Reason.DONE
        scene.passes(seconds=60)
    sent_at = scene.now
    assert scene.bill(value=Money(1, "CHF")).because is Reason.CAP_REACHED
    scene.happens(Charged(1, number, sent_at, ChargeState.FAILED, value=Money(500, "CHF")))
    assert scene.bill(value=Money(500, "CHF")).because is Reason.DONE


def test_MT4_a_monthly_cap_counts_all_opt_ins_of_the_profile_and_begins_anew() -> None:
    texts = dict(builtin_texts())
    texts[CH_MO] = texts[CH_MO].replace('registration: "400.00"', 'month: "6.00"')
    plain = book(DAILY)
    profiles = load_profiles(texts)
    capped = make_book(profiles, codes=plain.codes, merchants=plain.merchants, campaigns=plain.campaigns)
    scene = Scene(capped)
    scene.subscribes()
    scene.bill(value=Money(500, "CHF"))
    scene.stop()
    scene.subscribes()
    scene.passes(seconds=60)
    assert scene.bill(value=Money(200, "CHF")).because is Reason.CAP_REACHED
    assert scene.bill(value=Money(100, "CHF")).because is Reason.DONE
    scene.passes(days=31)
    assert scene.bill(value=Money(500, "CHF")).because is Reason.DONE


def test_OO8_Sunrise_bills_one_message_per_period() -> None:
    scene = Scene()
    for what in ("HOROSKOP", "START HOROSKOP"):
        origin = FromMo(scene.fresh(), CODE, what, "helvetia", "22802", scene.now)
        scene.happens(
            Keyword(origin, HOROSKOP) if what == "HOROSKOP" else Confirm(origin, HOROSKOP, scene.fresh())
        )
    scene.welcome()
    assert scene.bill().because is Reason.DONE
    scene.passes(days=1)
    assert scene.bill().because is Reason.COUNT_REACHED
    scene.passes(days=6)
    assert scene.bill().because is Reason.DONE


def test_MT4_a_weekly_cap_holds_in_any_seven_days() -> None:
    texts = dict(builtin_texts())
    texts[CH_MO] = texts[CH_MO].replace('registration: "400.00"', 'week: "6.00"')
    plain = book(DAILY)
    profiles = load_profiles(texts)
    capped = make_book(profiles, codes=plain.codes, merchants=plain.merchants, campaigns=plain.campaigns)
    scene = Scene(capped)
    number = scene.subscribes()
    assert scene.bill(value=Money(300, "CHF")).because is Reason.DONE
    scene.passes(days=3)
    scene.bill(value=Money(300, "CHF"))
    assert scene.bill(value=Money(100, "CHF")).because is Reason.CAP_REACHED
    scene.happens(Charged(1, number, scene.now, ChargeState.FAILED, value=Money(300, "CHF")))
    scene.bill(value=Money(300, "CHF"))
    scene.passes(days=3, hours=23)
    assert scene.bill(value=Money(100, "CHF")).because is Reason.CAP_REACHED
    scene.passes(hours=1)
    assert scene.bill(value=Money(300, "CHF")).because is Reason.DONE
    assert scene.bill(value=Money(100, "CHF")).because is Reason.CAP_REACHED
