"""Profiles: market packs over a flow. Words, deadlines, limits, texts and who says what, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from smsc.messages import Period
from smsc.optin.flow import Flow
from smsc.optin.template import Template

Side = Literal["server", "merchant"]


class Words(TypedDict):
    """What the router needs of a profile: confirm and decline patterns, and what bare START and typing errors
    mean.
    """

    yes: tuple[str, ...]
    no: tuple[str, ...]
    bare_start: Literal["explain", "confirm", "reopen"]
    stop_typos: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an automatic reply may go out; windows in seconds (RT7, OI2, OO2a)."""

    request_s: float
    """A repeated keyword re-sends the request at most once in it."""
    already_active_s: float
    stop_reply_s: float
    unknown_reply_s: float
    start_reply_s: float
    auto_replies_max: int
    """Of all automatic replies to one number within `auto_replies_s`: the guard against two machines talking.
    """
    auto_replies_s: float
    requests_max: int
    """Requests to one number that merchants cause for one campaign within `requests_s` (S3): no number is pestered."""
    requests_s: float


@dataclass(frozen=True, slots=True)
class Caps:
    """What one opt-in may cost, in the minor unit of the profile's currency; None for no cap (MT4)."""

    message: int | None = None
    minute: int | None = None
    week: int | None = None
    """Of one campaign, in any seven days."""
    month: int | None = None
    """Of all the number's opt-ins under the profile, in a calendar month (UTC)."""
    registration: int | None = None
    """From its confirm word to its STOP."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """When the subscriber is told of what goes on, and whether that ends it (MT4).

    Told free of charge each time `value` more was spent (minor units, ordered and not failed) or as many billed
    messages came, or once in every `per` since the opt-in. `inform` tells; `require_confirm` asks, sends nothing more
    before the answer and ends without one; `auto_stop` ends at once and says how to come back.
    """

    trigger: Literal["spend", "count", "time"]
    action: Literal["inform", "require_confirm", "auto_stop"]
    value: int = 0
    per: Period | None = None

    @property
    def text(self) -> str:
        """The kind of its text."""
        return {"inform": "reminder", "require_confirm": "renewal", "auto_stop": "used_up"}[self.action]


@dataclass(frozen=True, slots=True)
class Adults:
    """Which campaigns may be for adults: none (`forbidden`); those on codes that begin with `prefix`, and nothing else
    on those codes (`code_prefix`); or those whose merchant says how it verifies the age (`verified`).
    """

    rule: Literal["forbidden", "code_prefix", "verified"] = "verified"
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """The profile on the networks that `match` names: carrier names, MCC+MNC or aliases, as MOs and calls say them."""

    name: str
    match: frozenset[str]
    profile: Profile


@dataclass(frozen=True, slots=True)
class Pack:
    """A profile's words in one language: texts by name, the frequency phrase, period words, "or"."""

    texts: Mapping[str, Template]
    frequency: Template
    periods: Mapping[str, str]
    either: str
    gprs: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One market pack, one version of it. A subscription keeps the version it was given (OO8)."""

    name: str
    version: int
    flow: Flow
    country: str
    currency: str
    certainty: str
    sources: tuple[str, ...]
    words: Words
    registration_id: Literal["opening_mo", "confirm_mo", "fresh"]
    welcomes: Side
    says_goodbye: Side
    stop_hint: Literal["append", "separate", "none"]
    deadlines: Mapping[str, float]
    """Seconds, by wait: confirm, welcome, goodbye, renewal."""
    limits: Limits
    required: Mapping[str, tuple[str, ...]]
    """Elements each kind of text must show (OI3)."""
    marks: Mapping[str, tuple[str, ...]]
    """What shows that a text has an element: any of these, in any case."""
    languages: tuple[str, ...]
    packs: Mapping[str, Pack]
    draft: bool = False
    """Not for live campaigns: a knob it needs is not there, or its facts are hearsay; `open` says which. Certainty C or
    "-", or none of its own sources, is hearsay, whatever else the file says."""
    open: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """What a web opt-in must come with: sub_url, sub_ip, sub_key (S3)."""
    caps: Caps = Caps()
    billed_per_period: int | None = None
    """Billed messages in each period at most, where that is less than what was agreed."""
    adults: Adults = Adults()
    reminder: Reminder | None = None
    receipt_after_charge: bool = False
    """Whether a free receipt follows every charge: what it cost, and what the opt-in has cost so far (MT4)."""
    variants: tuple[Variant, ...] = ()

    def on(self, *networks: str) -> Profile:
        """The profile as it is on the first of `networks` that has a variant of it (OO8)."""
        for network in networks if self.variants else ():
            for variant in self.variants:
                if network and network in variant.match:
                    return variant.profile
        return self

    def pack(self, language: str) -> Pack:
        """The words of `language`, else of the profile's first one."""
        found = self.packs.get(language)
        return found if found is not None else self.packs[self.languages[0]]


@dataclass(frozen=True, slots=True)
class Profiles:
    """All loaded profiles: the newest version by name, and every version by (name, version)."""

    newest: Mapping[str, Profile]
    by_version: Mapping[tuple[str, int], Profile]


def profile_words(profile: Profile) -> Words:
    """The router's data of a profile, in the order and names its own type takes them."""
    return profile.words
