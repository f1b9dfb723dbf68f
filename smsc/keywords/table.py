"""keywords.yaml as the router and the engine use it: lookups by dict, every phrase already folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smsc.keywords.emoji import is_emoji
from smsc.keywords.fold import fold_forms, fold_phrase
from smsc.keywords.problems import Problem
from smsc.keywords.words import Words
from smsc.messages import Campaign, Code, Merchant

BareStartMeaning = str
KEYWORD_SLOT = "{keyword}"


@dataclass(frozen=True, slots=True)
class ProfileWords:
    """What a profile says about words: patterns like "DA" or "START {keyword}"."""

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    bare_start: BareStartMeaning = "explain"
    """START alone: explain the exact words, take it as yes, or re-open the last ended store (RT4)."""
    stop_typos: bool = False
    """A stop word one slip away is a stop (RT5a, Belgium)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a folded phrase answers. By name to one campaign, or bare to whichever accepts it.

    `whole`: its fixed words have under four letters, so it must be the whole message (RT5a).
    """

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One short code, compiled. Values are campaign ids, keys are folded phrases."""

    words: Words
    stop_hints: frozenset[str]
    """Every first word of a stop phrase: a text with none of them holds no stop phrase."""
    hints: frozenset[str]
    """The same for stop, help and start phrases together: most texts hold none of these words."""
    keywords: Mapping[str, str] = field(default_factory=dict)
    """What opens a campaign here."""
    responders: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Responder keywords of the stores that are joined here: (campaign, word as the file writes it)."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What names one here: `keywords`, and those of campaigns that talk on this code (pool)."""
    named_answers: Mapping[str, Answer] = field(default_factory=dict)
    bare_answers: Mapping[str, Answer] = field(default_factory=dict)
    bare_start: Mapping[str, BareStartMeaning] = field(default_factory=dict)
    campaigns: frozenset[str] = frozenset()
    emojis: frozenset[str] = frozenset()
    """Those that mean something here; any other is decoration."""
    phrase_max: int = 3
    """Words of the longest phrase in any of these."""
    typos: tuple[str, ...] = ()
    """Stop words that also count with one slip."""


@dataclass(frozen=True, slots=True)
class Table:
    """All of keywords.yaml. A new file is a new Table; nothing in it changes."""

    codes: Mapping[str, Code]
    merchants: Mapping[str, Merchant]
    campaigns: Mapping[str, Campaign]
    compiled: Mapping[str, CodeTable]
    stranger: CodeTable
    """For a code that the file does not know: English, so that STOP is still STOP (OO1)."""
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Where things stand: ("campaigns", id, "price"), ("short_codes", "543"), ..."""
    warnings: tuple[Problem, ...] = ()

    def campaign(self, campaign: str) -> Campaign | None:
        """The campaign of an id, None when it is no longer configured."""
        return self.campaigns.get(campaign)

    def code(self, number: str) -> Code | None:
        """The short code, None when it is not ours."""
        return self.codes.get(number)

    def line(self, *path: str) -> int:
        """The line of `path` or of its nearest parent; 0 when the table was not read from a file."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 0)


def compile_code(
    words: Words,
    here: Iterable[Campaign],
    *,
    pooled: Iterable[Campaign] = (),
    profile_words: Mapping[str, ProfileWords],
) -> CodeTable:
    """The tables of one code. `here` open on it, `pooled` only talk on it; a name of two names none."""
    here, pooled = tuple(here), tuple(pooled)
    keywords = {phrase: one.id for one in here for phrase in phrases(one)}
    names = dict(keywords)
    for phrase in {p for one in pooled for p in phrases(one)} - keywords.keys():
        owners = {one.id for one in pooled if phrase in phrases(one)}
        if len(owners) == 1:
            names[phrase] = owners.pop()
    every = {one.id: one for one in (*here, *pooled)}
    responders = {
        phrase: (one.id, word) for one in here for word in responder_words(one) for phrase in fold_forms(word)
    }
    named, bare = _answers(every, names, profile_words)
    said = {id_: profile_words.get(one.profile, ProfileWords()) for id_, one in every.items()}
    typing = any(one.stop_typos for one in said.values())
    spoken = (*names, *responders, *named, *bare, *words.stop, *words.help, *words.start)
    return CodeTable(
        words=words,
        stop_hints=frozenset(phrase.split()[0] for phrase in words.stop),
        hints=frozenset(phrase.split()[0] for phrase in words.stop | words.help | words.start),
        keywords=keywords,
        responders=responders,
        names=names,
        named_answers=named,
        bare_answers=bare,
        bare_start={id_: one.bare_start for id_, one in said.items()},
        campaigns=frozenset(every),
        emojis=frozenset(word for phrase in spoken for word in phrase.split() if is_emoji(word)),
        phrase_max=max((len(phrase.split()) for phrase in spoken), default=1),
        typos=tuple(sorted(w for w in words.stop if len(w) > 3 and " " not in w)) if typing else (),
    )


def phrases(campaign: Campaign) -> frozenset[str]:
    """The folded keyword and aliases."""
    return frozenset().union(*map(fold_forms, (campaign.keyword, *campaign.aliases)))


def responder_words(campaign: Campaign) -> tuple[str, ...]:
    """The responder keywords of a store, as the file writes them."""
    responders = campaign.extra.get("responders", {})
    return tuple(responders) if isinstance(responders, dict) else ()


def _answers(
    campaigns: Mapping[str, Campaign], names: Mapping[str, str], profile_words: Mapping[str, ProfileWords]
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """(phrases that name their campaign, phrases that do not)."""
    tables: tuple[dict[str, Answer], dict[str, Answer]] = ({}, {})
    for id_, campaign in campaigns.items():
        said = profile_words.get(campaign.profile, ProfileWords())
        own = [phrase for phrase, owner in names.items() if owner == id_]
        for pattern, yes in ((p, y) for y, listed in ((True, said.yes), (False, said.no)) for p in listed):
            slot = KEYWORD_SLOT in pattern
            fixed = fold_phrase(pattern.replace(KEYWORD_SLOT, " "))
            spoken = [fold_phrase(pattern.replace(KEYWORD_SLOT, f" {p} ")) for p in own] if slot else [fixed]
            for phrase in spoken:
                before = tables[not slot].get(phrase, Answer())
                tables[not slot][phrase] = Answer(
                    yes=before.yes | {id_} if yes else before.yes,
                    no=before.no if yes else before.no | {id_},
                    whole=before.whole or len(fixed.replace(" ", "")) < 4,
                )
    return tables
