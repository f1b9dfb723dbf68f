"""Profiles that keywords.yaml adds: what they may say, and where and how a fault of theirs is told."""

from __future__ import annotations

import re

import pytest

from smsc.app.check import check
from smsc.app.own_profiles import all_profiles
from tests.app.test_check import CONFIG, KEYWORDS, ROOT, SECRETS, line_of

OWN = """\
profiles:
  mine:
    extends: ch-mo
    version: 2
    says_goodbye: server
    texts:
      de:
        goodbye: "Tschau {keyword}. {hotline} {company}"
"""


def with_own(own: str, keywords: str = KEYWORDS) -> str:
    """The repository's campaigns under a profile of one's own."""
    return own + keywords.replace("profile: ch-mo", "profile: mine")


def said(text: str) -> list[str]:
    return [str(one) for one in check(CONFIG, text, environ=SECRETS)]


def faults(own: str) -> list[str]:
    return [one for one in said(with_own(own)) if "warning: " not in one]


def test_OI3_a_text_with_an_emoji_is_a_text() -> None:
    assert faults(OWN.replace("Tschau", "Tschau \N{WAVING HAND SIGN}")) == []


def test_OI4_a_fault_stands_at_its_own_line_and_says_what_to_write() -> None:
    for wrong, right in (
        ("says_goodbye: nobody", "write says_goodbye: merchant, or another of them"),
        ("says_goodby: server", "remove it, or write one of the known keys"),
        ("deadlines: {goodbye: soon}", "write goodbye: 30"),
        ("evidence: yes", 'write evidence: ["...", "..."]'),
    ):
        own = OWN.replace("says_goodbye: server", wrong)
        (found,) = faults(own)
        assert found.startswith(f"keywords.yaml:{line_of(own, wrong)}: OI4 ") and found.endswith(right), found
        assert "profile mine: " in found and "correct the profile" not in found


def test_OI3_a_text_that_lacks_something_is_shown_at_its_line() -> None:
    own = OWN.replace("  goodbye:", "  request:")
    text = with_own(own)
    lacking = [one for one in said(text) if "HOROSKOP: the request text lacks price" in one]
    assert lacking and lacking[0].startswith(f"keywords.yaml:{line_of(text, 'Tschau')}: OI3 ")


def test_OI3_an_unknown_placeholder_is_shown_at_its_line() -> None:
    own = OWN.replace("{hotline}", "{nix}")
    (found,) = faults(own)
    assert found.startswith(f"keywords.yaml:{line_of(own, 'Tschau')}: OI4 ") and "nix" in found


@pytest.mark.parametrize(
    "own",
    [
        "mine: {extends: ch-mo, version: 2, certainty: C}",
        "mine: {extends: ch-mo, version: 2, country: XX, certainty: C, sources: ['https://a.example']}",
        "mine: {extends: rs-mo, version: 2, currency: CHF, certainty: C}",
        'mine: {extends: double-optin, version: 2, currency: CHF, certainty: "-"}',
        "mid: {extends: ch-mo, version: 2, certainty: C}\n  mine: {extends: mid, version: 2}",
    ],
)
def test_OI4_hearsay_is_a_draft_without_being_told(own: str) -> None:
    found = faults(f"profiles:\n  {own}\n")
    assert any("OI4 HOROSKOP: profile mine is a draft: " in one for one in found), found
    live = faults(f"profiles:\n  {own[:-1]}, draft: no}}\n")
    assert any("draft: facts of certainty " in one for one in live), live


def test_OI4_facts_are_not_inherited_across_a_border() -> None:
    (found,) = faults("profiles:\n  mine: {extends: ch-mo, version: 2, country: LI}\n")
    assert "certainty: facts about another country than that of ch-mo" in found
    own = "profiles:\n  mine: {extends: ch-mo, version: 2, country: LI, certainty: B}\n"
    assert any("certainty needs a source" in one for one in faults(own))
    assert faults(own.replace("certainty: B", "certainty: B, sources: ['https://a.example']")) == []


def test_OI4_the_pages_example_is_live_and_its_hearsay_is_a_draft() -> None:
    page = (ROOT / "docs" / "countries.md").read_text(encoding="utf-8")
    live, hearsay = re.findall(r"```yaml\n(profiles:\n  me-mo:.*?)```", page, re.DOTALL)
    assert not all_profiles(live, file="k.yaml").newest["me-mo"].draft
    assert all_profiles(hearsay, file="k.yaml").newest["me-mo"].draft


INVITED = """\
short_codes: {"77010": {country: US, role: marketing, portal: "https://a.example"}}
merchants: {finder: {name: Finder Inc, hotline: "1 800"}}
campaigns:
  - {keyword: FIND, short_code: "77010", merchant: finder, profile: NAME, language: en%s}
"""
WITHOUT_N = "{company} invites you to {keyword}. Reply Y to accept, STOP to block, nothing for no."


def test_OI3_an_invitation_names_Y_N_STOP_and_HELP() -> None:
    assert not [one for one in said(INVITED.replace("NAME", "invitation") % "") if "OI3" in one]
    template = INVITED.replace("NAME", "invitation") % f', templates: {{request: "{WITHOUT_N}"}}'
    own = INVITED.replace("NAME", "mine") % ""
    own += "profiles:\n  mine:\n    extends: invitation\n    version: 2\n"
    own += f'    texts: {{en: {{request: "{WITHOUT_N}"}}}}\n'
    for text in (template, own):
        lacking = [one for one in said(text) if "FIND: the request text lacks " in one]
        assert [one.split(" lacks ")[1].split(";")[0] for one in lacking] == ["help", "no"], lacking


@pytest.mark.parametrize(
    ("own", "lacks"),
    [
        ("extends: ch-mo, version: 2, required: {request: []}", "price, frequency, answer, stop"),
        ("extends: ch-mo, version: 2, required: {request: [price]}", "frequency, answer, stop"),
        ("extends: ch-mo, version: 2, networks: {x: {match: [X], required: {help: []}}}", "price, frequency"),
        ("extends: invitation, version: 2, currency: CHF, required: {request: [stop]}", "company, yes, no"),
    ],
)
def test_OI3_no_profile_demands_less_than_its_flow(own: str, lacks: str) -> None:
    found = faults(f"profiles:\n  mine: {{{own}}}\n")
    assert any(f"leaves out {lacks}" in one and "mend: write " in one for one in found), found


def test_RT3_the_same_word_is_not_yes_and_no() -> None:
    own = "profiles:\n  mine:\n    extends: ch-mo\n    version: 2\n    words:\n"
    (found,) = faults(own + '      yes: ["JA", "JA {keyword}"]\n      no: ["Nein", "ja!"]\n')
    assert found.startswith('keywords.yaml:7: RT3 profile mine: "ja!" is both a yes and a no; ')
    (found,) = faults(own + '      yes: ["JA {keyword}"]\n      no: ["START"]\n')
    assert 'RT3 profile mine: "START" declines with a word that begins an opt-in' in found
    for word in ("STOP", "HELP", "Hilfe"):
        lines = [one for one in faults(own + f'      no: ["{word}"]\n') if f'the answer "{word}"' in one]
        assert lines and all(one.startswith("keywords.yaml:5: RT2 ") for one in lines)


def test_OI3_a_language_that_the_profile_does_not_speak_is_refused() -> None:
    text = KEYWORDS.replace("    language: de\n", "    language: sl\n", 1)
    line = line_of(text, "language: sl")
    (found,) = (one for one in said(text) if "speaks" in one)
    assert found.startswith(
        f"keywords.yaml:{line}: OI3 HOROSKOP: profile ch-mo speaks de, en, fr, it, not sl; "
    )


@pytest.mark.parametrize("key", ["help_reply", "unknown_reply"])
def test_MT5_a_long_reply_of_a_code_is_a_warning(key: str) -> None:
    text = re.sub(rf'{key}: ".*"', f'{key}: "{"Ж" * 80}"', KEYWORDS, count=1)
    (found,) = (one for one in said(text) if "MT5" in one and key in one)
    assert found.startswith(
        f"keywords.yaml:{line_of(text, 'ЖЖЖ')}: MT5 warning: 543: the {key} takes 2 short"
    )
