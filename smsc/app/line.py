"""keywords.yaml and the shipped market packs, put together as the line that is in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsc.app.age import age_problems
from smsc.app.check import load_keywords, profile_problems
from smsc.app.own_profiles import all_profiles
from smsc.carrier import CarrierProfile
from smsc.keywords import BadKeywords
from smsc.keywords.overlay import Change
from smsc.optin import make_book
from smsc.pipeline.batch import Line
from smsc.sms.numbers import ShortCode


def load_line(
    keywords: str,
    carriers: Mapping[str, CarrierProfile],
    *,
    file: str,
    environ: Mapping[str, str],
    overlay: Sequence[Change] = (),
) -> Line:
    """The line of a keywords.yaml, with the profiles it adds and what accounts have changed.

    Raises: BadKeywords: with every problem found; a campaign may not go live under a draft.
    """
    profiles = all_profiles(keywords, file=file)
    table = load_keywords(keywords, profiles, file=file, environ=environ, overlay=overlay)
    book = make_book(
        profiles,
        codes={ShortCode(n): code for n, code in table.codes.items()},
        merchants=table.merchants,
        campaigns=table.campaigns,
    )
    if problems := [*profile_problems(book, table, file=file), *age_problems(book, table, file=file)]:
        raise BadKeywords(problems)
    return Line(table=table, book=book, carriers=carriers)
