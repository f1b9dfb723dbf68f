"""The opt-in engine: flows and market packs as data, `decide` as a function, wording with checked
placeholders.
"""

from __future__ import annotations

from smsc.optin.book import Book, make_book
from smsc.optin.builtin import builtin_texts
from smsc.optin.decision import Decision
from smsc.optin.engine import decide
from smsc.optin.load import load_profiles
from smsc.optin.problems import BadProfiles
from smsc.optin.profile import Profile, Profiles, profile_words
from smsc.optin.standing_after import apply
from smsc.optin.wording import missing_elements, render

__all__ = [
    "BadProfiles",
    "Book",
    "Decision",
    "Profile",
    "Profiles",
    "apply",
    "builtin_texts",
    "decide",
    "load_profiles",
    "make_book",
    "missing_elements",
    "profile_words",
    "render",
]
