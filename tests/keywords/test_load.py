"""keywords.yaml: what it makes, and what it is refused for (RT3, OI3, CH1)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from smsc.charging.money import parse_money
from smsc.keywords import BadKeywords, ProfileWords, keywords_schema, load_table, route
from smsc.keywords.amounts import price
from smsc.messages import Frequency, Money, Period
from tests.keywords.samples import CODES, WORDS, table

HEAD = """\
short_codes:
  "543": {country: CH}
  "444999": {country: US, role: marketing}
merchants:
  astro: {name: Astro AG}
campaigns:
"""
GOOD = {
    "keyword": "HOROSKOP",
    "short_code": '"543"',
    "merchant": "astro",
    "profile": "ch-mo",
    "language": "de",
    "price": '"3.00"',
    "currency": "CHF",
    "frequency": "{messages: 5, per: week}",
}


def campaign(**changes: str | None) -> str:
    keys = {**GOOD, **changes}
    return "  - {" + ", ".join(f"{key}: {value}" for key, value in keys.items() if value is not None) + "}\n"


def said(text: str, *, words: Mapping[str, ProfileWords] = WORDS) -> list[str]:
    with pytest.raises(BadKeywords) as caught:
        load_table(text, file="k.yaml", profile_words=words)
    return [str(one) for one in caught.value.problems]


def test_the_example_of_the_repository_loads() -> None:
    text = (Path(__file__).parents[2] / "keywords.yaml").read_text(encoding="utf-8")
    made = load_table(text, file="keywords.yaml", profile_words=WORDS)
    horoskop = made.campaign("543/HOROSKOP")
    assert horoskop is not None
    assert horoskop.price == Money(300, "CHF")
    assert horoskop.frequency == Frequency(5, Period.WEEK)
    assert horoskop.aliases == ("HORO",)
    assert made.line("campaigns", "543/HOROSKOP", "price") == text.splitlines().index('    price: "3.00"') + 1
    assert made.merchants["astro"].callback is not None
    code = made.code("543")
    assert code is not None
    assert code.languages == ("de", "fr", "it", "en")


def test_every_further_key_of_a_campaign_is_taken() -> None:
    made = table(
        CODES
        + """
campaigns:
  - keyword: Pizza
    short_code: "444999"
    merchant: astro
    profile: us-store
    language: en
    pool: ["77007"]
    double_opt_in: true
    responders: {HOURS: {active: "Open till 9.", other: "Join first."}}
    sub_key: PZ
    published: false
    test_phones: ["14155550123"]
    networks: ["310410"]
    quiet_hours: {from: "21:00", to: "08:00"}
    validity: 2h
    transliterate: true
    version: 3
    deadlines: {confirm: 24h, goodbye: 1.5}
    templates: {request: {en: "Join?", es: "Entrar?"}, goodbye: "Bye."}
"""
    ).campaigns["444999/PIZZA"]
    assert made.keyword == "Pizza"
    assert made.validity_s == 7200
    assert made.deadlines == {"confirm": 86400.0, "goodbye": 1.5}
    assert made.templates == {"request": "Join?", "goodbye": "Bye."}
    assert made.extra == {
        "pool": ("77007",),
        "double_opt_in": True,
        "responders": {"HOURS": ("Open till 9.", "Join first.")},
        "sub_key": "PZ",
        "published": False,
        "test_phones": ("14155550123",),
        "networks": ("310410",),
        "quiet_hours": ("21:00", "08:00"),
        "transliterate": True,
        "version": 3,
    }


def test_a_merchants_communication_codes_are_its_campaigns_pool() -> None:
    text = CODES.replace('"0800 123 456"', '"1", communication_codes: ["77007"]') + "campaigns:\n"
    entry = campaign(short_code='"444999"', price=None, currency=None, frequency=None)
    assert table(text + entry).campaigns["444999/HOROSKOP"].extra["pool"] == ("77007",)


def test_callback_secrets_come_from_the_environment() -> None:
    text = HEAD.replace("Astro AG}", 'Astro AG, callback: {url: "https://a.example/", secret: "${S}"}}')
    made = load_table(text + campaign(), file="k", profile_words=WORDS, environ={"S": "hush"})
    target = made.merchants["astro"].callback
    assert target is not None
    assert target.secret == "hush"
    assert "hush" not in repr(target)


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"keyword": "STOP"}, 7, 'RT3 keyword "STOP" is a reserved stop word of 543'),
        ({"keyword": "Arrêt"}, 7, 'RT3 keyword "Arrêt" is a reserved stop word'),
        ({"keyword": '"J A"'}, 7, 'RT3 keyword "J A" is a reserved yes word'),
        ({"keyword": "HILFE"}, 7, "reserved help word"),
        ({"keyword": "nein"}, 7, "reserved no word"),
        ({"aliases": "[HORO, INFO]"}, 7, 'RT3 keyword "INFO" is a reserved help word'),
        ({"keyword": "STOP SMOKING"}, 7, 'begins with the reserved word "STOP"'),
        ({"keyword": "START UP"}, 7, 'begins with the reserved word "START"'),
        ({"keyword": "NON STOP"}, 7, 'ends with the reserved word "STOP"'),
        ({"keyword": "OK GO", "profile": "be"}, 7, 'looks like the answer "OK" of profile be'),
        ({"keyword": '"ST\u041eP"'}, 7, 'looks like the stop word "STOP", in other letters'),
        ({"keyword": '"SТОР NEWS"'}, 7, 'looks like the stop word "STOP", in other letters'),
        ({"keyword": "HA1T"}, 7, 'looks like the stop word "HALT", in other letters'),
        ({"keyword": '"!?"'}, 7, "RT1 !?: no letter, no digit and no emoji"),
        ({"short_code": '"544"'}, 7, 'RT1 HOROSKOP: unknown short code "544"; mend: did you mean "543"?'),
        ({"merchant": "astra"}, 7, 'RP1 HOROSKOP: unknown merchant "astra"; mend: did you mean "astro"?'),
        ({"profile": "ch-web"}, 7, 'OI4 HOROSKOP: unknown profile "ch-web"'),
        ({"price": None, "currency": None}, 7, "OI3 HOROSKOP: no price, though 543 is a premium code"),
        ({"currency": None}, 7, "CH1 HOROSKOP: a price without its currency"),
        ({"price": None}, 7, "CH1 HOROSKOP: a currency without a price"),
        ({"price": '"3,00"'}, 7, "CH1 HOROSKOP: this is no price; mend: write digits with a point"),
        ({"price": '"3.005"'}, 7, "CH1 HOROSKOP: finer than the minor unit of CHF"),
        ({"currency": "Fr"}, 7, "CH1 HOROSKOP: a currency has three capital letters"),
        ({"frequency": None}, 7, "OI3 HOROSKOP: a price without the number of messages"),
        ({"short_code": '"444999"'}, 7, "CH1 HOROSKOP: 444999 is a marketing code and cannot bill"),
        ({"pool": '["444999"]'}, 7, "444999 is a marketing code"),
        ({"pool": '["543"]'}, 7, "543 is a premium code"),
        ({"frequency": "{messages: 0, per: week}"}, 7, "KW campaigns.0.frequency.messages"),
        ({"frequency": "{messages: 1, per: year}"}, 7, "KW campaigns.0.frequency.per: not one of"),
        ({"deadlines": "{confirm: soon}"}, 7, "this is no time to wait; mend: write seconds, or 30s"),
        ({"deadlines": "{confrm: 30s}"}, 7, "KW campaigns.0.deadlines.confrm"),
        ({"templates": '{request: {fr: "Oui?"}}'}, 7, 'OI3 HOROSKOP: template "request" has no text in "de"'),
        ({"prise": "1"}, 7, 'KW unknown key "prise" in campaigns.0; mend: did you mean "price"?'),
        ({"keyword": ""}, 7, "KW campaigns.0.keyword has no value"),
        ({"language": "DE"}, 7, "a language has two small letters"),
        ({"test_phones": '["+41791234567"]'}, 7, "not an international number"),
    ],
)
def test_RT3_a_bad_campaign_is_refused_with_line_rule_and_mend(
    changes: dict[str, str | None], line: int, says: str
) -> None:
    found = said(HEAD + campaign(**changes))
    assert any(one.startswith(f"k.yaml:{line}: ") and says in one for one in found), found
    assert all("; mend: " in one for one in found)


def test_RT3_two_campaigns_of_a_code_cannot_share_a_word() -> None:
    found = said(HEAD + campaign() + campaign(keyword="STERNE", aliases="[Horóskop]"))
    assert found == [
        'k.yaml:8: RT3 "Horóskop" on 543 already means HOROSKOP of astro; '
        "mend: choose another word for STERNE of astro"
    ]
    other_code = campaign(short_code='"444999"', price=None, currency=None, frequency=None)
    assert load_table(HEAD + campaign() + other_code, file="k", profile_words=WORDS).campaigns


def test_RT3_words_of_other_countries_stay_free() -> None:
    assert load_table(HEAD + campaign(keyword="BAJA"), file="k", profile_words=WORDS).campaigns


def test_RT3_a_code_may_add_words_that_are_then_reserved() -> None:
    text = HEAD.replace("{country: CH}", "{country: CH, words: {stop: [SCHLUSS]}}")
    made = load_table(text + campaign(), file="k", profile_words=WORDS)
    assert route(made, "543", "schluss horoskop") == route(made, "543", "stop horoskop")
    assert "reserved stop word" in said(text + campaign(keyword="SCHLUSS"))[0]
    clash = HEAD.replace("{country: CH}", "{country: CH, words: {help: [STOP]}}")
    assert 'k.yaml:2: RT3 543: "STOP" is both a stop and a help word' in said(clash + campaign())[0]


def test_RT2_answers_that_nobody_could_give_are_refused() -> None:
    words = {"ch-mo": ProfileWords(yes=("HELP {keyword}",), no=("STOP",))}
    found = said(HEAD + campaign(), words=words)
    assert ['the answer "HELP {keyword}"' in found[0], 'the answer "STOP"' in found[1]] == [True, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "short_code: {}\n",
            'k.yaml:1: KW unknown key "short_code" in the file; mend: did you mean "short_codes"?',
        ),
        ("merchants: {}\n", 'k.yaml:1: KW "short_codes" is missing in the file'),
        (
            'short_codes: {"5-43": {country: CH}}\n',
            "k.yaml:1: KW short_codes.5-43: a short code has 2 to 15 digits",
        ),
        ('short_codes: {"543": {country: Switzerland}}\n', "a country has two capital letters"),
        (
            'short_codes: {"543": {country: CH, languages: [xx]}}\n',
            'RT3 no word lists for language "xx" of 543',
        ),
        (
            'short_codes: {"543": {country: CH, role: free}}\n',
            "mend: write 'premium', 'marketing' or 'communication'",
        ),
        ('short_codes: {}\nmerchants: {a: {name: A, callback: {url: "ftp://x"}}}\n', "not an http address"),
        (
            'short_codes: {}\nmerchants: {a: {name: A, callback: {url: "https://u:p@x.example/"}}}\n',
            "a user or password",
        ),
        ("short_codes: [1]\n", "k.yaml:1: KW short_codes: "),
        ('short_codes: {"5\n', "k.yaml:1: YAML"),
    ],
)
def test_a_bad_file_is_refused_with_line_rule_and_mend(text: str, says: str) -> None:
    found = said(text)
    assert any(says in one for one in found), found


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    found = said(HEAD + campaign(keyword="STOP") + campaign(merchant="x") + campaign(profile="y"))
    assert [one.split(":")[1] for one in found] == sorted(one.split(":")[1] for one in found)
    assert len(found) >= 3


@pytest.mark.parametrize("currency", ["CHF", "RSD", "HUF", "JPY", "KWD", "ISK", "CLF"])
@pytest.mark.parametrize("text", ["0", "3", "3.00", "1.5", "120"])
def test_CH2_prices_mean_what_they_mean_in_charging(text: str, currency: str) -> None:
    if "." in text and currency in ("JPY", "ISK"):
        text = text.split(".")[0]
    assert price(text, currency) == parse_money(text, currency)


def test_the_schema_names_every_key() -> None:
    schema = keywords_schema()
    assert set(schema["properties"]) == {"short_codes", "merchants", "campaigns", "profiles"}
    assert "frequency" in schema["$defs"]["CampaignEntry"]["properties"]
    assert schema["$defs"]["CampaignEntry"]["additionalProperties"] is False
