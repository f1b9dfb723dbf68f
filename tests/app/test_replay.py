"""What another keywords.yaml would decide of stored MOs: both played from the same standing on."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from smsc.app.line import load_line
from smsc.app.playing import Outcome, Played
from smsc.app.replay import Compared, decisions
from smsc.app.story import Story, standing_before
from smsc.messages import Mo, Money
from smsc.optin.decision import RecordConsent
from smsc.optin.events import Command, MerchantSend
from smsc.optin.standing import Standing
from smsc.pipeline.batch import Line
from smsc.sms.numbers import ShortCode
from smsc.store import ConsentRow
from tests.store.samples import ANNA, NOON, mo

KEYWORDS = (Path(__file__).parents[2] / "keywords.yaml").read_text(encoding="utf-8")
HOROSKOP = "543/HOROSKOP"
QUICK = "profiles:\n  quick: {extends: ch-mo, version: 2, words: {yes: [%s]}}\n"


def line(text: str = KEYWORDS) -> Line:
    return load_line(text, {}, file="keywords.yaml", environ={})


def talk(*texts: str, every: timedelta = timedelta(minutes=1)) -> list[Played]:
    """MOs to 543, one after the other; ids from 1."""
    said: list[Mo] = [
        mo(n, text, received_at=NOON + (n - 1) * every, network="22801") for n, text in enumerate(texts, 1)
    ]
    return [Played(one.received_at, one.id, mo=one) for one in said]


def compared(new: str, played: list[Played], *, old: str = KEYWORDS) -> Compared:
    assert new != old
    until = played[-1].at + timedelta(minutes=1)
    return decisions([Story(ANNA, Standing(ANNA), tuple(played))], line(old), line(new), until=until)


def only(found: Compared) -> tuple[Outcome, Outcome]:
    """Before and after of the one MO that differs."""
    [one] = found.differences
    return one.was, one.would_be


def test_RT5_a_changed_confirm_word_leaves_the_request_unanswered() -> None:
    old = QUICK % '"DA {keyword}"' + KEYWORDS.replace("profile: ch-mo", "profile: quick", 1)
    found = compared(old.replace("DA {", "JA {"), talk("HOROSKOP", "DA HOROSKOP"), old=old)
    asked, confirmed = found.differences
    assert "JA HOROSKOP" in asked.would_be.messages[0].text and asked.was.states == asked.would_be.states
    assert confirmed.was.states == (f"{HOROSKOP} pending -> active",)
    assert confirmed.was.told == ("astro: mo HOROSKOP",)
    assert confirmed.would_be.states != confirmed.was.states and confirmed.would_be.told == ()


def test_RT2_a_removed_campaign_makes_its_keyword_unknown() -> None:
    start = KEYWORDS.index("  - keyword: HOROSKOP")
    new = KEYWORDS[:start] + KEYWORDS[KEYWORDS.index("  - keyword: SPRUCH") :]
    first, second = compared(new, talk("HOROSKOP", "START HOROSKOP")).differences
    assert (first.was.route, first.would_be.route) == (f"keyword {HOROSKOP}", "unknown")
    assert first.would_be.messages[0].text.startswith("Unbekanntes Keyword")
    assert second.was.states and not second.would_be.states


def test_OO2_a_changed_stop_scope_asks_where_all_ended() -> None:
    both = talk("HOROSKOP", "START HOROSKOP", "SPRUCH", "START SPRUCH", "STOP", every=timedelta(seconds=10))
    was, would_be = only(compared(KEYWORDS.replace("stop_scope: all", "stop_scope: last_active"), both))
    assert was.states == (f"{HOROSKOP} active -> opted_out", "543/SPRUCH active -> opted_out")
    assert would_be.states == ("543/SPRUCH active -> opted_out",)
    assert len(was.told) == 2 and len(would_be.told) == 1
    assert [m.kind for m in was.messages] == ["goodbye", "goodbye"], "the server's, when their timers fire"


def test_RT3_a_new_alias_is_a_keyword() -> None:
    new = KEYWORDS.replace("aliases: [HORO]", "aliases: [HORO, STERNE]")
    was, would_be = only(compared(new, talk("STERNE", "HORO")[:1]))
    assert (was.route, would_be.route) == ("unknown", f"keyword {HOROSKOP}")
    assert would_be.states == (f"{HOROSKOP} none -> pending",)


def test_MT4_a_changed_price_changes_only_the_text_and_what_may_be_billed() -> None:
    content = MerchantSend(
        9, "astro", 1, Command.CONTENT, "Sterne", Money(300, "CHF"), "1|c1", carrier="helvetia"
    )
    welcome = MerchantSend(8, "astro", 1, Command.WELCOME, "Willkommen", Money(0, "CHF"), "1|w")
    played = talk("HOROSKOP", "START HOROSKOP")
    at = played[-1].at + timedelta(seconds=1)
    played += [Played(at, 8, event=welcome), Played(at, 9, event=content)]
    first, second = compared(KEYWORDS.replace('price: "3.00"', 'price: "2.00"'), played).differences
    assert first.was.route == first.would_be.route and first.was.states == first.would_be.states
    assert "CHF 3.00" in first.was.messages[0].text and "CHF 2.00" in first.would_be.messages[0].text
    assert second.was.messages[-1].price == "CHF 3.00" and second.was.refused == ()
    assert second.would_be.refused == ("content 1|c1: price_not_agreed",)


def test_OI2_timers_between_two_MOs_fire_in_order() -> None:
    """The request lapses before the late answer; with a longer window it does not."""
    late = talk("HOROSKOP", "START HOROSKOP", every=timedelta(hours=30))
    new = KEYWORDS.replace("    language: de\n", "    language: de\n    deadlines: {confirm: 172800}\n", 1)
    first, second = compared(new, late).differences
    assert first.was.states == (f"{HOROSKOP} none -> pending", f"{HOROSKOP} pending -> expired")
    assert first.would_be.states == (f"{HOROSKOP} none -> pending",)
    assert second.was.states == (f"{HOROSKOP} expired -> pending",)
    assert second.would_be.states[0] == f"{HOROSKOP} pending -> active"


def test_nothing_differs_under_the_same_decisions() -> None:
    found = compared(KEYWORDS + "# a remark\n", talk("HOROSKOP", "START HOROSKOP", "STOP", "Hallo?"))
    assert (found.mos, found.calls, found.differences) == (4, 0, ())


def test_a_window_begins_where_the_ledger_left_the_number() -> None:
    def event(number: int, state: str, at: datetime, registration: int | None = None) -> ConsentRow:
        said = RecordConsent(
            HOROSKOP, state, "mo", number, profile="ch-mo", version=1, registration=registration
        )
        return ConsentRow(number, ANNA, 1, at, said)

    ledger = [event(1, "pending", NOON), event(2, "active", NOON, 1)]
    standing = standing_before(ANNA, ledger, line().book)
    assert standing.subscriptions[HOROSKOP].state.value == "active"
    assert standing.registrations[1].short_code == ShortCode("543")
    stopped = standing_before(ANNA, [*ledger, event(3, "opted_out", NOON, 1)], line().book)
    assert {(b.scope, b.key) for b in stopped.blocks} == {("code", "543")}
    assert stopped.registrations[1].ended_at == NOON
    later = NOON + timedelta(days=9)
    renewed = [*ledger, event(3, "renewal_asked", later, 1), event(4, "active", later, 1)]
    assert standing_before(ANNA, renewed, line().book).registrations[1].opened_at == NOON
    lapsed = standing_before(ANNA, [*renewed, event(5, "expired", later, 1)], line().book)
    assert lapsed.registrations[1].ended_at == later and not lapsed.blocks
