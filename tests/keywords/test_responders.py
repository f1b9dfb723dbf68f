"""S1: responder keywords of stores are words of their own on the code where the store is joined."""

from __future__ import annotations

import pytest

from smsc.keywords import BadKeywords, Keyword, Responder, Stop, Unknown, load_table, route
from tests.keywords.samples import CAMPAIGNS, CODES, WORDS, table

BARE = 'profile: us-store, language: en, pool: ["77007"]'


def file(responders: str) -> str:
    """The sample file with responders of PIZZA."""
    return (CODES + CAMPAIGNS).replace(BARE, f"{BARE}, responders: {responders}")


STORE = table(file('{HOURS: {active: "a", other: "b"}, "PIZZA MENU": {active: "c", other: "d"}}'))


def test_S1_a_responder_is_heard_on_the_marketing_code_only() -> None:
    assert route(STORE, "444999", " hours! ") == Responder("444999/PIZZA", "HOURS")
    assert route(STORE, "77007", "hours") == Unknown()


def test_RT2_the_longest_word_wins() -> None:
    assert route(STORE, "444999", "pizza menu please") == Responder("444999/PIZZA", "PIZZA MENU")
    assert route(STORE, "444999", "pizza now") == Keyword("444999/PIZZA", "now")
    assert route(STORE, "444999", "stop hours") == Stop()


@pytest.mark.parametrize("word", ["STOP", "HELP", "PIZZA", "Hours to stop"])
def test_RT3_a_responder_that_means_something_else_is_refused(word: str) -> None:
    with pytest.raises(BadKeywords, match="RT3"):
        load_table(
            file(f'{{"{word}": {{active: "a", other: "b"}}}}'), file="keywords.yaml", profile_words=WORDS
        )


def test_RT3_two_stores_cannot_have_the_same_responder() -> None:
    hours = '{HOURS: {active: "a", other: "b"}}'
    store = f'{{keyword: TACO, short_code: "444999", merchant: astro, {BARE}, responders: {hours}}}'
    text = f"{file(hours)}\n  - {store}\n"
    with pytest.raises(BadKeywords, match="already means PIZZA"):
        load_table(text, file="keywords.yaml", profile_words=WORDS)
