"""keywords.yaml and the shipped market packs, put together as the line that is in force."""

from __future__ import annotations

from collections.abc import Mapping

from smsc.carrier import CarrierProfile
from smsc.keywords import ProfileWords, load_table
from smsc.optin import builtin_texts, load_profiles, make_book, profile_words
from smsc.pipeline.batch import Line
from smsc.sms.numbers import ShortCode


def load_line(
    keywords: str, carriers: Mapping[str, CarrierProfile], *, file: str, environ: Mapping[str, str]
) -> Line:
    """The line of a keywords.yaml.

    Raises: BadKeywords, BadProfiles: with every problem found.
    """
    profiles = load_profiles(builtin_texts())
    words = {name: ProfileWords(**profile_words(profile)) for name, profile in profiles.newest.items()}
    table = load_table(keywords, file=file, profile_words=words, environ=environ)
    book = make_book(
        profiles,
        codes={ShortCode(n): code for n, code in table.codes.items()},
        merchants=table.merchants,
        campaigns=table.campaigns,
    )
    return Line(table=table, book=book, carriers=carriers)
