"""What the loader proves of flows and profiles, shown with broken ones."""

from __future__ import annotations

import pytest

from smsc.optin import BadProfiles, builtin_texts, load_profiles, profile_words
from tests.optin.packs import CH_MO

FLOW = "flows/double_optin.yaml"
ACTIVE_STOP = """  active:
    keyword:"""


def broken(file: str, old: str, new: str) -> list[str]:
    """Rule and line of every fault after one edit of a shipped file, as "file:line: rule"."""
    texts = dict(builtin_texts())
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new)
    with pytest.raises(BadProfiles) as caught:
        load_profiles(texts)
    for problem in caught.value.problems:
        assert problem.file == file and problem.line > 0 and problem.message
    return [problem.rule for problem in caught.value.problems]


def test_the_shipped_ones_hold() -> None:
    profiles = load_profiles(builtin_texts())
    ch_mo = profiles.newest["ch-mo"]
    assert profiles.by_version["ch-mo", ch_mo.version] is ch_mo
    assert ch_mo.languages == ("de", "en", "fr", "it")
    assert ch_mo.deadlines == {"confirm": 86400, "welcome": 3600, "goodbye": 30}
    assert ch_mo.certainty == "A" and ch_mo.sources
    assert profile_words(ch_mo) == {
        "yes": ("START {keyword}",),
        "no": (),
        "bare_start": "explain",
        "stop_typos": False,
    }


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("to: declined, do: [end_wait: confirm,", "to: expired, do: [end_wait: confirm,", "reachable"),
        ("  expired: *closed\n", "", "targets"),
        ("{to: declined, do:", "{to: nowhere, do:", "targets"),
        ("start: none", "start: somewhere", "choice"),
        ("        - record_consent: given\n", "", "consent"),
        ("bill_and_send: content]", "bill_and_send: welcome]", "vocabulary"),
        ("do: [repeat_request]", "do: [dance]", "vocabulary"),
        ("do: [repeat_request]", "do: [repeat_request: twice]", "vocabulary"),
        ("  declined: *closed", "  declined: {keyword: {to: pending, do: [open_request]}}", "stop"),
        ("        - end_registration\n", "", "stop"),
        ("        - set_block: code\n", "", "stop"),
        ("    confirm_due: {to: expired,", "    decline_due: {to: expired,", "key"),
        ("    confirm_due: {to: expired,", "    welcome_due: {to: expired,", "deadline"),
        ("  goodbye_due: {do: [send: goodbye], because: OO4}", "", "deadline"),
        ("  goodbye: {do: [pass_on: goodbye,", "  goodbye: {do: [bill_and_send: content,", "consent"),
        ("  goodbye: {do: [pass_on: goodbye,", "  goodbye: {to: active, do: [pass_on: goodbye,", "targets"),
        ("keyword: {to: pending, do: [repeat", "keyword: {if: rich, to: pending, do: [repeat", "key"),
        ("states:", "stat\tes: [", "yaml"),
    ],
)
def test_a_broken_flow_is_refused(old: str, new: str, rule: str) -> None:
    assert rule in broken(FLOW, old, new)


def test_billing_is_refused_in_any_state_but_active() -> None:
    rules = broken(
        FLOW,
        "    decline: {to: declined, do: [",
        "    content: {do: [bill_and_send: content]}\n    decline: {to: declined, do: [",
    )
    assert set(rules) == {"consent"}


def test_consent_does_not_outlive_the_opt_in() -> None:
    """A second door into `active` that records nothing is found, though the first one records."""
    rules = broken(
        FLOW, "  opted_out: *closed", "  opted_out: {keyword: {to: active}, stop: {do: [set_block: code]}}"
    )
    assert "consent" in rules


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("deadlines: {confirm: 86400, ", "deadlines: {", "deadline"),
        ("goodbye: 30}", "goodbye: soon}", "number"),
        ("goodbye: 30}", "goodbye: -1}", "number"),
        ("welcomes: merchant", "welcomes: server", "languages"),
        ("welcomes: merchant", "welcomes: nobody", "choice"),
        ("flow: double_optin", "flow: triple_optin", "flow"),
        ("  request_s: 60\n", "", "shape"),
        ("Hilfe {hotline}. {company}", "Hilfe {hotlin}. {company}", "placeholders"),
        ("Hilfe {hotline}. {company}", "Hilfe {hotline!r}. {company}", "placeholders"),
        ("Hilfe {hotline}. {company}", "Hilfe {hotline. {company}", "placeholders"),
        ("Help {hotline}. {company}", "Help {count}. {company}", "placeholders"),
        ('    start_none: "SMS gratuit', '    start_nul: "SMS gratuit', "languages"),
        ('    request_adult: "SMS gratis', '    request_alt: "SMS gratis', "languages"),
        ("month: mois}", "year: an}", "shape"),
        ('yes: ["START {keyword}"]', 'yes: ["START {price}"]', "placeholders"),
        ("  help: [price,", "  help: [beauty,", "elements"),
        ("country: CH", "county: CH", "key"),
        ("version: 1", "version: 1.5", "number"),
    ],
)
def test_a_broken_profile_is_refused(old: str, new: str, rule: str) -> None:
    assert rule in broken(CH_MO, old, new)


def test_a_fault_names_file_line_and_rule() -> None:
    texts = dict(builtin_texts())
    texts[CH_MO] = texts[CH_MO].replace("goodbye: 30}", "goodbye: soon}")
    line = next(n for n, text in enumerate(texts[CH_MO].split("\n"), 1) if "goodbye: soon" in text)
    with pytest.raises(BadProfiles, match=rf"^{CH_MO}:{line}: number: deadlines.goodbye: must be a number"):
        load_profiles(texts)


def test_OO8_versions_stand_side_by_side_and_the_newest_is_the_name() -> None:
    texts = dict(builtin_texts())
    texts["profiles/ch-mo-2.yaml"] = texts[CH_MO].replace("version: 1", "version: 2")
    profiles = load_profiles(texts)
    assert profiles.newest["ch-mo"].version == 2 and ("ch-mo", 1) in profiles.by_version
    texts["profiles/again.yaml"] = texts[CH_MO]
    with pytest.raises(BadProfiles, match="is there twice"):
        load_profiles(texts)
