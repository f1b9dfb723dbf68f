"""The texts themselves: what they say, how long they are, and what a campaign's own texts lack (OI3, MT5)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smsc.messages import Campaign, Money
from smsc.optin import missing_elements, render
from smsc.optin.wording import amount, listed
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import length
from tests.optin.scene import CAMPAIGN, CODE, PROFILES, book

GOLDEN = Path(__file__).parent / "golden" / "ch-mo.txt"
VARIANTS = ("", "adult", "gprs", "adult gprs")


def variant(language: str, name: str) -> Campaign:
    """The seed's campaign in a language and variant."""
    return replace(CAMPAIGN, language=language, adult="adult" in name, gprs="gprs" in name)


def rendered() -> list[tuple[str, str, str, str]]:
    """(language, kind, variant, text) of every text of ch-mo."""
    profile = PROFILES.newest["ch-mo"]
    found = []
    for language, pack in profile.packs.items():
        for kind in pack.texts:
            if kind.endswith("_adult"):
                continue
            for name in VARIANTS if kind == "request" else ("",):
                campaign = variant(language, name)
                text = render(
                    book(campaign), kind, campaign, keywords="HOROSKOP, SPRUCH", answers="START HOROSKOP"
                )
                found.append((language, kind, name, text))
    return found


def test_the_texts_are_the_ones_in_the_golden_file() -> None:
    """To accept new texts: write the lines of the failed comparison to the file, and read them."""
    lines = [
        f"{language} {kind}{f' ({name})' if name else ''} [{length(text).units}]\n  {text}"
        for language, kind, name, text in rendered()
    ]
    assert GOLDEN.read_text(encoding="utf-8").rstrip("\n").split("\n") == "\n".join(lines).split("\n")


def test_MT5_every_text_is_one_gsm7_message() -> None:
    for language, kind, name, text in rendered():
        measured = length(text)
        assert (measured.alphabet, measured.parts) == (Alphabet.GSM7, 1), (language, kind, name, measured)
        assert "{" not in text


@pytest.mark.parametrize("language", ["de", "en", "fr", "it"])
@pytest.mark.parametrize("name", VARIANTS)
def test_OI3_the_shipped_texts_lack_nothing(language: str, name: str) -> None:
    campaign = variant(language, name)
    assert missing_elements(book(campaign), campaign) == []


@pytest.mark.parametrize(
    ("template", "lacking"),
    [
        ("{frequency} {answer} STOP {hotline} {company}", ["price"]),
        ("3.00 {frequency} {answer} STOP {hotline} {company}", ["price"]),
        ("CHF 13.00 {frequency} {answer} STOP {hotline} {company}", ["price"]),
        ("Fr. 3.- 5x/Woche {answer} STOP {hotline} {company}", []),
        ("CHF 3,00 {answer} STOP {hotline} {company}", ["frequency"]),
        ("{currency} {price} {frequency} START STOP {hotline} {company}", ["answer"]),
        ("{currency} {price} {frequency} {answer} {hotline} {company}", ["stop"]),
        ("{currency} {price} {frequency} {answer} STOP {company}", ["hotline"]),
        ("{currency} {price} {frequency} {answer} STOP 0800/123456", ["company"]),
        ("{currency} {price} {frequency} {answer} STOP {hotline} {company} {nonsense}", ["placeholders"]),
        ("{currency} {price} {frequency} {answer} STOP {hotline} {company} {", ["placeholders"]),
    ],
)
def test_OI3_a_campaigns_own_request_is_checked(template: str, lacking: list[str]) -> None:
    campaign = replace(CAMPAIGN, templates={"request": template})
    assert missing_elements(book(campaign), campaign) == [("request", element) for element in lacking]


def test_OI3_gprs_and_18_are_asked_for_where_the_campaign_says_so() -> None:
    plain = "{currency} {price} {frequency} {answer} STOP {hotline} {company}"
    campaign = replace(CAMPAIGN, templates={"request": plain}, adult=True, gprs=True)
    assert missing_elements(book(campaign), campaign) == [("request", "gprs"), ("request", "adult")]


def test_OI3_a_campaign_without_price_frequency_or_hotline_fails_the_check() -> None:
    campaign = replace(CAMPAIGN, price=None, frequency=None, merchant="nobody")
    elements = {element for kind, element in missing_elements(book(campaign), campaign) if kind == "request"}
    assert elements == {"price", "frequency", "hotline", "company"}


def test_a_campaigns_own_template_wins_and_a_bad_one_never_fails() -> None:
    campaign = replace(
        CAMPAIGN, templates={"goodbye": "Tschüss {keyword} {price", "help": "{frequency} {nonsense}"}
    )
    assert render(book(campaign), "goodbye", campaign) == "Tschüss {keyword} {price"
    assert render(book(campaign), "help", campaign) == "{frequency} {nonsense}"
    assert render(book(campaign), "no such text", campaign) == ""


def test_an_unknown_language_falls_back_on_the_profiles_first() -> None:
    campaign = replace(CAMPAIGN, language="rm")
    assert render(book(campaign), "goodbye", campaign).startswith("Gratis-SMS")


def test_amounts_are_printed_with_the_currencys_digits() -> None:
    assert [amount(Money(n, c)) for n, c in [(5, "CHF"), (300, "EUR"), (90, "JPY"), (1500, "KWD")]] == [
        "0.05",
        "3.00",
        "90",
        "1.500",
    ]


def test_a_long_list_of_keywords_is_cut() -> None:
    text = listed([f"KEYWORD{n}" for n in range(40)])
    assert text.endswith(", ...") and len(text) <= 65
    assert CODE not in text
