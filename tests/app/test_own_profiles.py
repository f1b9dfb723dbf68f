"""Profiles that keywords.yaml adds: what they may say, and where and how a fault of theirs is told."""

from __future__ import annotations

from smsc.app.check import check
from tests.app.test_check import CONFIG, KEYWORDS, SECRETS, line_of

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
