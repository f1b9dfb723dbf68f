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
