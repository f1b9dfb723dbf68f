"""Changes of accounts are laid over keywords.yaml before it is read, and judged with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsc.keywords import BadKeywords, Problem, Table, load_table, why_not_free
from smsc.keywords.overlay import Change, callback_change, responder_change, store_change
from smsc.keywords.table import ProfileWords

FILE = """
short_codes:
  "444999": {country: US, role: marketing}
  "77007": {country: US, role: communication}
merchants:
  pizza:
    name: Tony's Pizza
    callback: {url: "https://pizza.example/", format: json, secret: "${S}"}
    communication_codes: ["77007"]
campaigns:
  - {keyword: PIZZA, short_code: "444999", merchant: pizza, profile: us-store, language: en}
"""
SOUP = responder_change("pizza", "444999/PIZZA", "SOUP", {"active": "${S}", "other": "Soup.", "made": "x"})
DELI = store_change(
    "pizza", "pizza-deli", {"keyword": "DELI", "like": "444999/PIZZA", "name": "Deli", "hotline": "1"}
)
MOVED = callback_change("pizza", {"url": "https://new.example/", "was": "https://pizza.example/"})
OWN = callback_change("pizza-deli", {"url": "https://deli.example/", "was": "https://pizza.example/"})


def load(*changes: Change, file: str = FILE) -> Table:
    return load_table(
        file,
        file="k.yaml",
        profile_words={"us-store": ProfileWords(yes=("YES", "Y"))},
        environ={"S": "hush"},
        overlay=[replace(change, version=n) for n, change in enumerate(changes, 1)],
    )


def problems(*changes: Change, file: str = FILE) -> tuple[Problem, ...]:
    with pytest.raises(BadKeywords) as caught:
        load(*changes, file=file)
    return caught.value.problems


def test_S1_a_responder_of_the_overlay_is_one_of_the_store_and_is_never_expanded() -> None:
    made = load(SOUP)
    assert made.campaigns["444999/PIZZA"].extra["responders"] == {"SOUP": ("${S}", "Soup.")}
    assert why_not_free(made, "444999", "soup", merchant="pizza") == "is taken"
    assert not why_not_free(load(), "444999", "soup", merchant="pizza")


def test_S1_a_new_store_is_made_after_the_accounts_and_takes_its_callback_over() -> None:
    made = load(DELI, MOVED)
    deli, merchant = made.campaigns["444999/DELI"], made.merchants["pizza-deli"]
    assert (deli.merchant, deli.profile, deli.extra["pool"]) == ("pizza-deli", "us-store", ("77007",))
    assert (merchant.name, merchant.account) == ("Deli", "pizza")
    assert merchant.callback is not None and merchant.callback.url == "https://new.example/"
    assert merchant.callback.secret == "hush"


def test_S1_its_own_callback_is_not_signed_with_the_accounts_secret() -> None:
    target = load(DELI, OWN).merchants["pizza-deli"].callback
    assert target is not None
    assert (target.url, target.format, target.secret) == ("https://deli.example/", "crmtext", "")


def test_S1_what_has_lost_its_place_is_left_out_and_told() -> None:
    made = load(DELI, SOUP, OWN, file=FILE.replace("keyword: PIZZA", "keyword: PASTA"))
    assert list(made.campaigns) == ["444999/PASTA"] and list(made.merchants) == ["pizza"]
    assert [-one.line for one in made.warnings] == [1, 3, 2]
    assert all(f"smsc overlay remove {-one.line}" in str(one) for one in made.warnings)


def test_RT3_a_problem_of_the_overlay_names_its_row() -> None:
    (one,) = problems(responder_change("pizza", "444999/PIZZA", "STOP NOW", {"active": "x", "other": "y"}))
    assert str(one).startswith('k.yaml, overlay row 1: RT3 keyword "STOP NOW" begins with the reserved word')
    more = FILE + FILE[FILE.index("  - {") :].replace("PIZZA", "SOUP")
    (clash,) = problems(SOUP, file=more)
    assert clash.line == 12 and "already means PIZZA of pizza (overlay row 1)" in clash.message


@pytest.mark.parametrize(
    ("word", "why"),
    [("LUNCH", ""), ("PIZZA TWO", ""), ("pizza", "is taken"), ("Stop", "is a reserved stop word of 444999")],
)
def test_RT3_whether_a_word_is_free(word: str, why: str) -> None:
    assert why_not_free(load(), "444999", word, merchant="pizza") == why


CAFE = FILE.replace("campaigns:", "  cafe: {name: Cafe}\ncampaigns:").replace(
    "language: en}", "language: en, aliases: [HOT PIE]}"
) + FILE[FILE.index("  - {") :].replace("PIZZA", "CAFE").replace("pizza", "cafe")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("PIZZA PIE", "begins with PIZZA, a keyword of another account"),
        ("pizza, pie!", "begins with PIZZA, a keyword of another account"),
        ("HOT", "is the beginning of HOT PIE, a keyword of another account"),
        ("SOUP DU JOUR", "begins with SOUP, a keyword of another account"),
        ("DELI EAST", "begins with DELI, a keyword of another account"),
        ("PIZZAPIE", ""),
        ("CAFE PIZZA", ""),
    ],
)
def test_RT6_no_merchant_takes_texts_that_begin_with_anothers_keyword(word: str, why: str) -> None:
    table = load(SOUP, DELI, file=CAFE)
    assert why_not_free(table, "444999", word, merchant="cafe") == why
    if why:
        assert not why_not_free(table, "444999", word, merchant="pizza"), "its own: the longest wins (RT2)"
        assert not why_not_free(table, "444999", word, merchant="pizza-deli"), "the same account"


def test_RT6_in_the_file_the_operator_is_warned_and_decides() -> None:
    pie = responder_change("cafe", "444999/CAFE", "PIZZA PIE", {"active": "x", "other": "y", "made": "x"})
    both = CAFE.replace('"444999", merchant: cafe', '"444999", merchant: cafe, aliases: [PIZZA TO GO]')
    (said,) = load(file=both).warnings
    assert "takes texts" in said.message and said.line == both.count("\n"), str(said)
    (row,) = load(pie, file=CAFE).warnings
    assert 'overlay row 1: RT6 warning: "PIZZA PIE" of cafe on 444999 takes texts' in str(row)
