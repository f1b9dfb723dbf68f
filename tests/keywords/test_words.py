"""The word lists that come with the package."""

from __future__ import annotations

from itertools import combinations

import pytest

from smsc.keywords import BadKeywords, Stop, load_table, route
from smsc.keywords.fold import fold_phrase
from smsc.keywords.problems import BadFile
from smsc.keywords.words import load_dictionary, shipped_dictionary

DICTIONARY = shipped_dictionary()
LANGUAGES = ["en", "de", "fr", "it", "sl", "sr", "hr", "hu", "pl", "nl", "es", "pt", "cs", "no", "sv", "da"]


def test_every_language_has_every_word() -> None:
    assert sorted(DICTIONARY.languages) == sorted(LANGUAGES)
    for language in LANGUAGES:
        words = DICTIONARY.words([language])
        assert words.stop and words.help and words.start and words.yes and words.no and words.all
        assert "stop" in DICTIONARY.languages[language].model_dump()["stop"][0].casefold()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_has_two_meanings(language: str) -> None:
    words = DICTIONARY.words([language])
    lists = [words.stop, words.help, words.start, words.yes, words.no, words.all]
    assert not [(a & b) for a, b in combinations(lists, 2) if a & b]


def test_RT3_english_belongs_to_every_code() -> None:
    assert DICTIONARY.languages_of("CH") == ("de", "fr", "it", "en")
    assert DICTIONARY.languages_of("SI") == ("sl", "en")
    assert DICTIONARY.languages_of("ZZ") == ("en",)
    assert {"stop", "unsubscribe", "end", "quit", "stopall", "odjava"} <= DICTIONARY.words(["sl"]).stop


def test_K1_words_are_found_with_and_without_accents() -> None:
    words = DICTIONARY.words(["fr", "hu", "sl"])
    assert words.meaning(fold_phrase("ARRÊT")) == "stop"
    assert words.meaning(fold_phrase("Segítség")) == "help"
    assert words.meaning(fold_phrase("POMOČ")) == "help"
    assert words.meaning("horoskop") is None


def test_every_country_speaks_languages_that_we_have() -> None:
    assert all(set(listed) <= set(LANGUAGES) for listed in DICTIONARY.countries.values())


def test_a_bad_list_is_refused() -> None:
    with pytest.raises(BadFile, match='unknown key "stopp"'):
        load_dictionary("languages: {xx: {stopp: [A]}}\ncountries: {}\n")


def test_RT3_a_language_without_shipped_words_brings_its_own() -> None:
    code = 'short_codes: {"1311": {country: EE, languages: [et]%s}}\n'
    with pytest.raises(BadKeywords, match=r"k.yaml:1: RT3 no word lists .* mend: add words: {stop: "):
        load_table(code % "", file="k.yaml", profile_words={})
    own = code % ", words: {stop: [LÕPETA]}"
    table = load_table(own, file="k.yaml", profile_words={})
    assert route(table, "1311", "lopeta") == Stop()
