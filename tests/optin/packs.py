"""Variants of the shipped market pack, for tests: the same flow with the server saying welcome and goodbye."""

from __future__ import annotations

import json
import re

from smsc.optin import Profiles, builtin_texts, load_profiles

CH_MO = "profiles/ch-mo.yaml"


def server_says_all() -> Profiles:
    """ch-mo, but the server welcomes, says goodbye, and sends the stop hint as a message of its own."""
    texts = dict(builtin_texts())
    pack = texts[CH_MO].replace("welcomes: merchant", "welcomes: server")
    pack = pack.replace("says_goodbye: merchant", "says_goodbye: server")
    pack = pack.replace("stop_hint: append", "stop_hint: separate")
    texts[CH_MO] = re.sub(r"(?m)^    goodbye:", '    welcome: "Hallo {keyword}"\n    goodbye:', pack)
    return load_profiles(texts)


def reminding(*, texts: dict[str, str], **knobs: object) -> Profiles:
    """The shipped profiles and `own`: ch-mo with these knobs, and with these texts in each language."""
    tree = {"profile": "own", "extends": "ch-mo", "version": 1, **knobs}
    tree["texts"] = dict.fromkeys(("de", "en", "fr", "it"), texts)
    return load_profiles({**builtin_texts(), "own.yaml": json.dumps(tree)})


TOLD = "Free SMS. {keyword}: {messages} SMS, {currency} {total}. STOP {keyword}. {hotline} {company}"
ASKED = reminding(
    texts={"renewal": TOLD + " {answer}", "receipt": TOLD},
    reminder={"trigger": "spend", "value": "6.00", "action": "require_confirm"},
    deadlines={"renewal": "86400"},
    receipt_after_charge="yes",
)
TIMED = reminding(texts={"reminder": TOLD}, reminder={"trigger": "time", "value": "day", "action": "inform"})
USED_UP = reminding(
    texts={"used_up": TOLD}, reminder={"trigger": "count", "value": "2", "action": "auto_stop"}
)
