"""Variants of the shipped market pack, for tests: the same flow with the server saying welcome and goodbye."""

from __future__ import annotations

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
