"""What loading proves beyond the double opt-in: where consent may come from, what a STOP cancels."""

from __future__ import annotations

import pytest

from tests.optin.test_load import broken

WEB, NOTICE, SI_WEB, AT = (
    "flows/web_optin.yaml",
    "flows/notice.yaml",
    "profiles/si-web.yaml",
    "profiles/at.yaml",
)


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        (WEB, "[hold_welcome, repeat_request]", "[record_consent: given]", "consent"),
        (WEB, "        - record_consent: given\n", "", "consent"),
        (
            WEB,
            "        - cancel: request\n        - record_consent: ended",
            "        - record_consent: ended",
            "stop",
        ),
        (NOTICE, "    unanswered:\n", "    welcome:\n", "consent"),
        (NOTICE, "send: request, record_consent: asked, wait", "record_consent: asked, wait", "consent"),
        (SI_WEB, 'yes: ["DA", "DA {keyword}", "YES", "YES {keyword}"]', 'yes: ["DA"]', "words"),
        (SI_WEB, "registration_id: fresh", "registration_id: opening_mo", "registration_id"),
        (SI_WEB, "evidence: [sub_url,", "evidence: [passport,", "evidence"),
        (SI_WEB, "extends: double-optin", "extends: triple-optin", "extends"),
        (AT, 'caps: {message: "10.00"}', 'caps: {message: "10.001"}', "number"),
        (AT, 'caps: {message: "10.00"}', 'caps: {hour: "10.00"}', "key"),
        ("profiles/ch-mo.yaml", "billed_per_period: 1}", "words: {}}", "key"),
        ("profiles/hu-mo.yaml", "words: {yes: [],", 'words: {yes: ["IGEN {keyword}"],', "words"),
    ],
)
def test_what_does_not_hold_is_refused(file: str, old: str, new: str, rule: str) -> None:
    assert rule in broken(file, old, new)
