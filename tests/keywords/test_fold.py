"""RT1: what is compared, whatever a handset typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.keywords.fold import fold, fold_phrase, rest_after


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("STOP", "stop"),
        ("  Stop \r\n", "stop"),
        ("S T O P", "stop"),
        ("s.t.o.p.", "stop"),
        ("«STOP!»", "stop"),
        ("*stop*", "stop"),
        ("STOP, HOROSKOP", "stop horoskop"),
        ("stop-horoskop", "stop horoskop"),
        ("ＳＴＯＰ", "stop"),
        ("ST\u00adOP", "stop"),
        ("\ufeffSTOP\u200b", "stop"),
        ("ST\x00OP", "stop"),
        ("STÓP", "stop"),
        ("ARRE\u0302T", "arret"),
        ("ODJAVA\u00a0ŽIVLJENJE", "odjava zivljenje"),
        ("đak Łódź Øre ığdır Straße Æble Œuvre", "dak lodz ore igdir strasse aeble oeuvre"),
        ("POMOČ", "pomoc"),
        ("СТОП", "стоп"),
        ("ПОМОЋ", "помоћ"),
        ("STOP 🛑", "stop 🛑"),
        ("STOP🙏🏽!", "stop 🙏"),
        ("🛑", "🛑"),
        ("S T O P 🛑", "stop 🛑"),
        ("☝\ufe0f ☝🏿 ❤\ufe0f❤", "☝ ☝ ❤ ❤"),
        ("👩\u200d👩\u200d👧x", "👩\u200d👩\u200d👧 x"),
        ("👩🏽\u200d🚀", "👩\u200d🚀"),
        ("🇨🇭🇸🇮", "🇨🇭 🇸🇮"),
        ("1\ufe0f\u20e3 1\u20e3 #\u20e3", "1\u20e3 1\u20e3 #\u20e3"),
        ("🍕\u200d", "🍕"),
        ("-5 °C", "5 c"),
        ("J a", "ja"),
        ("1 2 3", "1 2 3"),
        ("?!…", ""),
        ("", ""),
        ("\ud800STOP", "stop"),
    ],
)
def test_RT1_texts_fold_to_what_was_meant(typed: str, folded: str) -> None:
    assert fold_phrase(typed) == folded


PICTURES = "🍕🛑👩👍🏽\u200d\ufe0f\u20e3🇨🇭1#❤sto p"


@given(st.text() | st.text(st.sampled_from(PICTURES)))
def test_RT1_folding_is_total_and_settles(text: str) -> None:
    once = fold_phrase(text)
    assert fold_phrase(once) == once
    assert once == " ".join(once.split())


@given(st.text(st.characters(codec="ascii")))
def test_RT1_the_ascii_path_agrees_with_the_long_one(text: str) -> None:
    assert fold(text) == fold(text + "\u200b")


@given(st.text(st.characters(codec="utf-16", exclude_categories=["Cs"])))
def test_RT1_case_and_outer_punctuation_do_not_matter(text: str) -> None:
    assert fold(f'"{text}!"') == fold(text)


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("HOROSKOP LEO", 1, "LEO"),
        ("  HOROSKOP   Löwe & Co.  ", 1, "Löwe & Co."),
        ("HOROSKOP", 1, ""),
        ("HOROSKOP:LEO", 1, "LEO"),
        ("HOROSKOP, LEO", 1, "LEO"),
        ("HOROSKOP -5 °C", 1, "-5 °C"),
        ("SPRUCH DES TAGES bitte", 3, "bitte"),
        ("SPRUCH-DES-TAGES bitte sehr", 3, "bitte sehr"),
        ("HORO\u200bSKOP Leo", 1, "Leo"),
        ("CAFE\u0301:X", 1, "X"),
        ("PIZZA🍕", 1, "🍕"),
        ("PIZZA, 🍕 2x", 1, "🍕 2x"),
        ("🍕LEO", 1, "LEO"),
        ("👍🏽 LEO", 1, "LEO"),
        ("👍🏽LEO", 1, "LEO"),
    ],
)
def test_RT6_the_argument_is_passed_on_untouched(text: str, words: int, rest: str) -> None:
    assert rest_after(text, words) == rest


@given(st.text(), st.integers(0, 5))
def test_RT6_the_argument_is_a_part_of_the_text(text: str, words: int) -> None:
    assert rest_after(text, words) in text
