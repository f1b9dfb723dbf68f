"""RT6 between merchants: who has "PIZZA" hears "PIZZA PIE", so nobody else may have that on the same code.

One account may: its longest phrase wins (RT2). In keywords.yaml the operator decides, and is warned.
"""

from __future__ import annotations

from collections.abc import Iterator

from smsc.keywords.build import Built
from smsc.keywords.fold import fold_forms
from smsc.keywords.lines import line_at
from smsc.keywords.models import KeywordsFile
from smsc.keywords.problems import Problem, Severity
from smsc.keywords.table import Table

RULE = "RT6"
MEND = "choose words that do not begin alike, unless both agree"


def overlapping(table: Table, short_code: str, word: str, *, merchant: str) -> str:
    """How a word and a keyword or responder of another account begin alike on a code; "" when none does."""
    code = table.compiled.get(short_code, table.stranger)
    owners = dict(code.keywords) | {phrase: campaign for phrase, (campaign, _) in code.responders.items()}
    own = _account(table, merchant)
    for form in sorted(fold_forms(word)):
        for phrase, campaign in owners.items():
            if _account(table, table.campaigns[campaign].merchant) == own:
                continue
            if form.startswith(f"{phrase} "):
                return f"begins with {phrase.upper()}, a keyword of another account"
            if phrase.startswith(f"{form} "):
                return f"is the beginning of {phrase.upper()}, a keyword of another account"
    return ""


def overlaps(read: KeywordsFile, built: Built) -> Iterator[Problem]:
    """A warning for each phrase that begins with one of another account, at the line of the later of the two."""
    accounts = {name: one.account or name for name, one in read.merchants.items()}
    found: dict[tuple[str, str], tuple[str, str, int]] = {}
    for index, campaign in enumerate(read.campaigns):
        given = (("keyword", campaign.keyword), *(("aliases", alias) for alias in campaign.aliases))
        for key, text in (*given, *(("responders", word) for word in campaign.responders)):
            line = line_at(built.tree, ("campaigns", index, key, text))
            for form in fold_forms(text):
                found.setdefault((campaign.short_code, form), (campaign.merchant, text, line))
    for (number, form), (merchant, text, line) in found.items():
        for shorter in _beginnings(form):
            other = found.get((number, shorter))
            if other is None or accounts.get(other[0], other[0]) == accounts.get(merchant, merchant):
                continue
            message = f'"{text}" of {merchant} on {number} takes texts from "{other[1]}" of {other[0]}'
            yield Problem(built.file, _later(line, other[2]), RULE, message, MEND, Severity.WARNING)


def _beginnings(form: str) -> Iterator[str]:
    words = form.split()
    return (" ".join(words[:n]) for n in range(1, len(words)))


def _later(one: int, other: int) -> int:
    """Of two lines the later; rows of the overlay (negative) come after every line."""
    return min(one, other) if min(one, other) < 0 else max(one, other)


def _account(table: Table, merchant: str) -> str:
    found = table.merchants.get(merchant)
    return (found.account if found is not None else "") or merchant
