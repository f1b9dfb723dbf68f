"""RT2 to RT6: what a text is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.keywords import (
    Ambiguous,
    BareStart,
    Confirm,
    Decline,
    FreeText,
    Help,
    Keyword,
    Review,
    Route,
    Stop,
    Table,
    Unknown,
    load_table,
    route,
)
from tests.keywords.samples import CAMPAIGNS, CODES, WORDS, table

TABLE = table()
HORO, SPRUCH, PLUS = "543/HOROSKOP", "543/SPRUCH", "543/SPRUCH PLUS"
ZVEZDE, VICI, LIFE = "3030/ZVEZDE", "3030/VICI", "3030/ŽIVLJENJE"
PIZZA, LOCATE, FINDER, QUIZ = "444999/PIZZA", "77010/LOCATE", "77010/FINDER", "53111/QUIZ"


def on(code: str, text: str, *, pending: tuple[str, ...] = (), active: tuple[str, ...] = ()) -> Route:
    return route(TABLE, code, text, pending=pending, active=active)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", Stop()),
        ("stopp", Stop()),
        ("Arrêt!", Stop()),
        ("S T O P", Stop()),
        ("STOP STOP", Stop()),
        ("opt out", Stop()),
        ("OPT-OUT", Stop()),
        ("STOP ALL", Stop(everything=True)),
        ("STOPALL", Stop(everything=True)),
        ("stopp alles", Stop(everything=True)),
        ("alle stop", Stop(everything=True)),
        ("STOP HOROSKOP", Stop((HORO,))),
        ("stop horo", Stop((HORO,))),
        ("HOROSKOP STOP", Stop((HORO,))),
        ("Spruch des Tages, stop!", Stop((SPRUCH,))),
        ("STOP SPRUCH PLUS", Stop((PLUS,))),
        ("STOP HOROSKOP SPRUCH", Stop((HORO, SPRUCH))),
        ("STOP HOROSKOP BITTE", Stop((HORO,))),
        ("STOP ALL PLEASE", Stop(everything=True)),
    ],
)
def test_RT3_forms_of_stop(text: str, expected: Stop) -> None:
    assert on("543", text) == expected
    assert on("543", text, pending=(HORO, SPRUCH), active=(PLUS,)) == expected


@pytest.mark.parametrize("text", ["STOP PLEASE", "STOP HOROSCOP", "stop es bitte"])
def test_RT3a_up_to_three_words_are_a_bare_stop(text: str) -> None:
    assert on("543", text, active=(HORO, SPRUCH)) == Stop()


def test_RT3a_longer_goes_to_review() -> None:
    assert on("543", "stop the work on my car", active=(HORO,)) == Review((HORO,))
    assert on("543", "stop horoskop or I call the police", active=(HORO, SPRUCH)) == Review((HORO,))


@pytest.mark.parametrize(
    "text", ["please stop", "ich will dass ihr endlich stopp macht", "HOROSKOP LEO STOP"]
)
def test_RT5b_a_stop_word_inside_longer_text_goes_to_review(text: str) -> None:
    assert on("543", text, active=(HORO,)) == Review((HORO,))


def test_RT5b_review_names_open_requests_and_may_name_nobody() -> None:
    assert on("543", "please stop", active=(HORO,), pending=(SPRUCH,)) == Review((HORO, SPRUCH))
    assert on("543", "please stop", active=(HORO, SPRUCH), pending=(HORO,)) == Review((HORO, SPRUCH))
    assert on("543", "please stop") == Review(())


def test_RT3_stop_on_a_code_that_is_not_configured_is_still_a_stop() -> None:
    assert on("999", "Stop") == Stop()
    assert on("999", "STOP ALL") == Stop(everything=True)
    assert on("999", "anything") == Unknown()


def test_RT3_words_come_from_the_languages_of_the_code() -> None:
    assert on("3030", "odjava") == Stop()
    assert on("543", "odjava") == Unknown()
    assert on("543", "ferma") == Stop()


@pytest.mark.parametrize("text", ["TSOP", "STPO", "stp", "sttop", "STPO STER", "TSOP alles"])
def test_RT5a_typing_errors_are_stops_where_the_profile_says_so(text: str) -> None:
    assert isinstance(on("8080", text), Stop)
    assert not isinstance(on("543", text), Stop)


@pytest.mark.parametrize("text", ["STER", "START", "soep", "STEP BY STEP"])
def test_RT5a_other_words_stay_what_they_are(text: str) -> None:
    assert not isinstance(on("8080", text), Stop)


@pytest.mark.parametrize(
    ("text", "campaign"),
    [
        ("HELP", None),
        ("hilfe!", None),
        ("INFO HORO", HORO),
        ("HOROSKOP HELP", HORO),
        ("HELP ME PLEASE", None),
    ],
)
def test_OO6_help_words(text: str, campaign: str | None) -> None:
    assert on("543", text) == Help(campaign)


def test_OO6_help_names_the_only_campaign_concerned() -> None:
    assert on("543", "HELP", active=(HORO,)) == Help(HORO)
    assert on("543", "HELP", active=(HORO,), pending=(SPRUCH,)) == Help(None)
    assert on("53111", "HELP") == Help(QUIZ)


def test_RT2_stop_comes_before_help_and_help_before_answers() -> None:
    assert on("543", "HELP STOP", active=(HORO,)) == Review((HORO,))
    assert on("543", "HELP HOROSKOP", pending=(HORO,)) == Help(HORO)


def test_RT4_start_keyword_confirms_what_is_pending() -> None:
    assert on("543", "START HOROSKOP", pending=(HORO,)) == Confirm(HORO)
    assert on("543", "start: horo!", pending=(HORO, SPRUCH)) == Confirm(HORO)
    assert on("543", "START SPRUCH PLUS", pending=(SPRUCH, PLUS)) == Confirm(PLUS)
    assert on("3030", "START ZVEZDE", pending=(ZVEZDE,)) == Confirm(ZVEZDE)
    assert on("543", "START HOROSKOP BITTE", pending=(HORO,)) == Confirm(HORO)


def test_RT4_with_none_pending_it_acts_like_the_keyword() -> None:
    assert on("543", "START HOROSKOP") == Keyword(HORO)
    assert on("543", "START HOROSKOP Leo", pending=(SPRUCH,)) == Keyword(HORO, "Leo")


def test_RT4_an_unknown_keyword_after_start_gets_the_unknown_reply() -> None:
    assert on("543", "START HOROSCOP", pending=(HORO,), active=(SPRUCH,)) == Unknown()
    assert on("543", "start telling me about my stars", active=(HORO,)) == FreeText(HORO)


def test_RT4_bare_start_never_confirms_where_the_profile_explains() -> None:
    assert on("543", "START", pending=(HORO,)) == BareStart((HORO,))
    assert on("543", "START", pending=(HORO, SPRUCH)) == BareStart((HORO, SPRUCH))
    assert on("543", "START") == BareStart(())


def test_RT4_bare_start_confirms_where_the_profile_says_so() -> None:
    assert on("53111", "start", pending=(QUIZ,)) == Confirm(QUIZ)
    assert on("77007", "START", pending=(PIZZA,)) == Confirm(PIZZA)
    assert on("444999", "UNSTOP") == BareStart(())


def test_RT5_a_bare_confirm_word_answers_the_only_pending_request() -> None:
    assert on("3030", "Da.", pending=(ZVEZDE,)) == Confirm(ZVEZDE)
    assert on("3030", "ne", pending=(ZVEZDE,)) == Decline(ZVEZDE)
    assert on("3030", "DA", pending=(ZVEZDE, VICI)) == Ambiguous((ZVEZDE, VICI))
    assert on("3030", "DA", pending=(ZVEZDE, LIFE)) == Ambiguous((ZVEZDE, LIFE))


def test_RT5_with_none_pending_it_falls_through() -> None:
    assert on("3030", "DA") == Unknown()
    assert on("3030", "DA", active=(ZVEZDE,)) == FreeText(ZVEZDE)
    assert on("3030", "DA", pending=(LIFE,)) == Unknown()
    assert on("3030", "DA", pending=(HORO,)) == Unknown()


def test_RT5_with_several_open_the_answer_names_one() -> None:
    assert on("77010", "Y", pending=(LOCATE, FINDER)) == Ambiguous((LOCATE, FINDER))
    assert on("77010", "y finder", pending=(LOCATE, FINDER)) == Confirm(FINDER)
    assert on("77010", "N LOCATE", pending=(LOCATE, FINDER)) == Decline(LOCATE)


def test_RT5a_short_confirm_words_match_the_whole_message_only() -> None:
    assert on("3030", "DA hvala", pending=(ZVEZDE,)) == Unknown()
    assert on("53111", "AGREE thanks", pending=(QUIZ,)) == Confirm(QUIZ)
    assert on("53111", "AGREE only if it costs nothing", pending=(QUIZ,)) == Unknown()


def test_RT2_the_longest_keyword_wins_and_RT6_the_rest_is_its_argument() -> None:
    assert on("543", "SPRUCH") == Keyword(SPRUCH)
    assert on("543", "spruch plus Max") == Keyword(PLUS, "Max")
    assert on("543", "Spruch des Tages") == Keyword(SPRUCH)
    assert on("543", "spruch des jahres") == Keyword(SPRUCH, "des jahres")
    assert on("543", "HORO Löwe", active=(HORO,)) == Keyword(HORO, "Löwe")
    assert on("3030", "zivljenje") == Keyword(LIFE)
    assert on("543", "ZVEZDE") == Unknown()


def test_RT2_a_keyword_is_opened_on_its_own_code_and_named_on_the_pool() -> None:
    assert on("444999", "pizza") == Keyword(PIZZA)
    assert on("77007", "pizza", active=(PIZZA,)) == FreeText(PIZZA)
    assert on("77007", "STOP PIZZA", active=(PIZZA,)) == Stop((PIZZA,))


def test_RT2_free_text_goes_to_the_latest_active_subscription() -> None:
    assert on("543", "wie geht es dir?", active=(HORO, SPRUCH)) == FreeText(SPRUCH)
    assert on("543", "?", active=(HORO,)) == FreeText(HORO)
    assert on("543", "wie geht es dir?", active=(ZVEZDE,)) == Unknown()


def served(*keywords: str) -> Table:
    """543 with these keywords."""
    entry = (
        '  - {{keyword: "{0}", short_code: "543", merchant: astro, profile: ch-mo, language: de, '
        'price: "0", currency: CHF}}\n'
    )
    text = CODES + "campaigns:\n" + "".join(entry.format(word) for word in keywords)
    return load_table(text, file="k", profile_words=WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🍕", Keyword("543/🍕")),
        ("🍕\ufe0f large", Keyword("543/🍕", "large")),
        ("Pizza🍕", Keyword("543/PIZZA 🍕")),
        ("pizza 🍕 large", Keyword("543/PIZZA 🍕", "large")),
        ("PIZZA 🥤", Keyword("543/PIZZA", "🥤")),
        ("🥤 PIZZA large", Keyword("543/PIZZA", "large")),
        ("PIZZA🥤🥤", Keyword("543/PIZZA", "🥤🥤")),
        ("👍🏿", Keyword("543/👍")),
        ("🇨🇭", Keyword("543/🇨🇭")),
        ("🇨🇵", Unknown()),
        ("1\ufe0f\u20e3", Keyword("543/1")),
        ("🥤", Unknown()),
        ("STOP 🍕", Stop(("543/🍕",))),
        ("pizza🍕 stop", Stop(("543/PIZZA 🍕",))),
        ("STOP PIZZA 🥤", Stop(("543/PIZZA",))),
        ("START 🍕", Keyword("543/🍕")),
        ("HELP 🍕", Help("543/🍕")),
    ],
)
def test_RT1_emojis_are_words_where_a_keyword_has_them(text: str, expected: Route) -> None:
    table = served("🍕", "PIZZA", "PIZZA 🍕", "👍", "🇨🇭", "1")
    assert route(table, "543", text) == expected


@pytest.mark.parametrize(
    "text", ["STOP 🛑", "STOP🙏", "🛑STOP🛑", "STOP 🙏🏽🙏🙏 🙏", "S T O P 🙏", "🙏 stop", "🛑 stop 🛑🙏"]
)
def test_OO1_emojis_around_stop_leave_it_a_stop(text: str) -> None:
    assert on("543", text, active=(HORO, SPRUCH)) == Stop()
    assert route(served("PRAY 🙏", "ROAD 🛑"), "543", text) == Stop()


def test_RT5_an_answer_with_an_emoji_is_the_answer() -> None:
    assert on("3030", "DA 👍", pending=(ZVEZDE,)) == Confirm(ZVEZDE)
    assert on("543", "👍 START HOROSKOP 👍", pending=(HORO,)) == Confirm(HORO)
    assert on("543", "👍", active=(HORO,)) == FreeText(HORO)


ids = st.lists(st.sampled_from(sorted(TABLE.campaigns)), unique=True, max_size=4)
words = st.sampled_from(
    [
        "stop",
        "all",
        "help",
        "start",
        "da",
        "ne",
        "y",
        "horoskop",
        "spruch",
        "plus",
        "leo",
        "ok",
        "opt",
        "out",
        "!",
        "🛑",
        "🙏🏽",
    ]
)
texts = st.one_of(st.text(max_size=60), st.lists(words, max_size=7).map(" ".join))
codes = st.sampled_from([*TABLE.codes, "1"])


@given(codes, texts, ids, ids)
def test_any_text_gives_exactly_one_route(
    code: str, text: str, pending: list[str], active: list[str]
) -> None:
    found = route(TABLE, code, text, pending=pending, active=active)
    assert found == route(TABLE, code, text, pending=pending, active=active)
    assert isinstance(found, Route)
    if isinstance(found, Confirm):
        assert found.campaign in pending


@given(codes, st.sampled_from(["STOP", "stop", " Stop. ", "S T O P", "STOP ALL"]), ids, ids)
def test_OO1_no_standing_takes_stop_away(code: str, text: str, pending: list[str], active: list[str]) -> None:
    assert isinstance(route(TABLE, code, text, pending=pending, active=active), Stop)


names = st.text(st.sampled_from("ABSTOPHELRU žđ🛑👍🏽1\u20e3"), min_size=1, max_size=8).filter(str.strip)


@given(st.lists(names, min_size=1, max_size=4))
def test_OO1_no_table_makes_stop_unreachable(keywords: list[str]) -> None:
    """Whatever keywords a file names: it is refused, or STOP still stops and STOP KEYWORD names it."""
    try:
        made = served(*keywords)
    except ValueError:
        return
    assert route(made, "543", "STOP") == Stop()
    assert route(made, "543", "stop all") == Stop(everything=True)
    assert isinstance(route(made, "543", "STOP 🛑👍"), Stop)
    for campaign in made.campaigns.values():
        assert route(made, "543", f"STOP {campaign.keyword}") == Stop((campaign.id,))


def test_long_texts_route_in_bounded_time() -> None:
    assert isinstance(on("543", "opt " * 8000, active=(HORO,)), FreeText)
    assert isinstance(on("543", "spruch stop bitte " * 3000), Review)


def test_samples_hold_what_the_tests_name() -> None:
    assert {HORO, PLUS, LIFE, PIZZA, FINDER, QUIZ} <= set(TABLE.campaigns)
    assert CAMPAIGNS.count("keyword:") == len(TABLE.campaigns)
