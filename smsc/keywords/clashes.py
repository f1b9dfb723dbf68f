"""RT3: one phrase, one meaning. Keywords against reserved words, against each other, and against answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smsc.keywords.build import Built
from smsc.keywords.fold import fold_forms, fold_phrase
from smsc.keywords.lines import line_at
from smsc.keywords.lookalikes import looks_like
from smsc.keywords.models import CampaignEntry, KeywordsFile
from smsc.keywords.problems import Problem
from smsc.keywords.table import KEYWORD_SLOT, ProfileWords, Table
from smsc.keywords.tenants import overlapping, overlaps
from smsc.keywords.words import Dictionary, Words, shipped_dictionary


def clashes(
    read: KeywordsFile, built: Built, dictionary: Dictionary, profile_words: Mapping[str, ProfileWords]
) -> list[Problem]:
    """Every clash in the file, each at the line of the later of the two."""
    problems: list[Problem] = []
    reserved: dict[str, Words] = {}
    for number, code in read.short_codes.items():
        languages = code.languages or dictionary.languages_of(code.country)
        reserved[number] = dictionary.words(languages, code.words)
        path = ("short_codes", number, "words")
        for message in _double_meanings(reserved[number]):
            line = line_at(built.tree, path)
            problems.append(Problem(built.file, line, "RT3", f"{number}: {message}", "remove one of the two"))
    problems += [one for name, said in profile_words.items() for one in _of_profile(built, name, said)]
    taken: dict[tuple[str, str], str] = {}
    for index, campaign in enumerate(read.campaigns):
        if (words := reserved.get(campaign.short_code)) is None:
            continue
        said = profile_words.get(campaign.profile, ProfileWords())
        given = (*(("aliases", a) for a in campaign.aliases), ("keyword", campaign.keyword))
        for key, text in (*given, *(("responders", word) for word in campaign.responders)):
            line = line_at(built.tree, ("campaigns", index, key, text))
            for message, mend in _of_phrase(text, campaign, words, said):
                problems.append(Problem(built.file, line, "RT3", message, mend))
        own = line_at(built.tree, ("profiles", campaign.profile, "words"))
        written = own > line_at(built.tree, ("profiles",))  # else it is a shipped profile's
        line = own if written else line_at(built.tree, ("campaigns", index, "profile"))
        for message in _of_patterns(campaign, words, said):
            mend = "take another word, give the code other languages or the campaign another profile"
            problems.append(Problem(built.file, line, "RT2", message, mend))
        problems += _twice(built, index, campaign, taken)
    return [*problems, *overlaps(read, built)]


def why_not_free(table: Table, short_code: str, word: str, *, merchant: str) -> str:
    """Why a merchant may not have a word as a keyword of a code; "" when it may.

    Such as: "is taken", "is a reserved stop word of 543", "begins with PIZZA, a keyword of another account".
    """
    code = table.compiled.get(short_code, table.stranger)
    forms = fold_forms(word)
    if not forms.isdisjoint(code.keywords) or not forms.isdisjoint(code.responders):
        return "is taken"
    if not forms:
        return "has no letter, no digit and no emoji"
    reserved = next(reserved_in(word, code.words, code=short_code), "")
    return reserved or overlapping(table, short_code, word, merchant=merchant)


def _double_meanings(words: Words) -> Iterator[str]:
    """One word, one meaning: of two, one could never be said. START may say yes as well."""
    for first, second in (
        ("stop", "help"),
        ("stop", "start"),
        ("stop", "yes"),
        ("stop", "no"),
        ("help", "start"),
        ("help", "yes"),
        ("help", "no"),
        ("start", "no"),
        ("yes", "no"),
    ):
        for phrase in sorted(getattr(words, first) & getattr(words, second)):
            yield f'"{phrase.upper()}" is both a {first} and a {second} word'


def _of_profile(built: Built, name: str, said: ProfileWords) -> Iterator[Problem]:
    """A profile's answers: yes and no are not the same words, and nobody declines with a word for beginning."""
    yes = {fold_phrase(pattern.replace(KEYWORD_SLOT, " x ")): pattern for pattern in said.yes}
    begins = shipped_dictionary().words(()).start
    for place, pattern in enumerate(said.no):
        folded = fold_phrase(pattern.replace(KEYWORD_SLOT, " x "))
        line = line_at(built.tree, ("profiles", name, "words", "no", place))
        if folded in yes:
            what = f'profile {name}: "{pattern}" is both a yes and a no'
            yield Problem(built.file, line, "RT3", what, "remove it from words.yes or from words.no")
        elif begins.intersection(folded.split()):
            what = f'profile {name}: "{pattern}" declines with a word that begins an opt-in'
            yield Problem(built.file, line, "RT3", what, "take another word for words.no")


def _of_phrase(
    text: str, campaign: CampaignEntry, words: Words, said: ProfileWords
) -> Iterator[tuple[str, str]]:
    phrase = fold_phrase(text)
    if not phrase:
        return
    mend = "choose another keyword"
    for what in reserved_in(text, words, code=campaign.short_code):
        yield f'keyword "{text}" {what}', mend
    if words.meaning(phrase):
        return
    for pattern in (*said.yes, *said.no):
        fixed = fold_phrase(pattern.replace(KEYWORD_SLOT, " "))
        if fixed and (phrase == fixed or phrase.startswith(fixed + " ")):
            yield f'keyword "{text}" looks like the answer "{pattern}" of profile {campaign.profile}', mend


def reserved_in(text: str, words: Words, *, code: str) -> Iterator[str]:
    """What keeps a phrase from being a keyword of a code where these words are reserved (RT3)."""
    phrase = fold_phrase(text)
    if meaning := words.meaning(phrase):
        yield f"is a reserved {meaning} word of {code}"
        return
    for word in (phrase, *phrase.split()):
        if likeness := next((one for one in sorted(words.stop) if looks_like(word, one)), ""):
            yield f'looks like the stop word "{likeness.upper()}", in other letters'
            return
    parts = phrase.split()
    for n in range(1, len(parts)):
        head, tail = " ".join(parts[:n]), " ".join(parts[n:])
        if head in words.stop | words.help | words.start:
            yield f'begins with the reserved word "{head.upper()}"'
        if tail in words.stop | words.help:
            yield f'ends with the reserved word "{tail.upper()}"'
    if any(part in words.stop for part in parts[1:-1]):
        yield "holds a stop word"


def _of_patterns(campaign: CampaignEntry, words: Words, said: ProfileWords) -> Iterator[str]:
    """STOP and HELP come before answers (RT2), so an answer made of them would never be heard."""
    for pattern in (*said.yes, *said.no):
        fixed = fold_phrase(pattern.replace(KEYWORD_SLOT, " "))
        if not fixed:
            yield f'profile {campaign.profile}: the answer "{pattern}" has no word of its own'
        elif not words.stop.isdisjoint((fixed, *fixed.split())) or fixed.split()[0] in words.help:
            what = f'the answer "{pattern}" is a stop or help word of {campaign.short_code}'
            yield f"profile {campaign.profile}: {what}"


def _twice(
    built: Built, index: int, campaign: CampaignEntry, taken: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    mine = f"{campaign.keyword} of {campaign.merchant}"
    path = ("campaigns", index)
    own: set[tuple[str, str]] = set()
    aliases = (("aliases", alias) for alias in campaign.aliases)
    words = (("responders", word) for word in campaign.responders)
    for key, text in (("keyword", campaign.keyword), *aliases, *words):
        places = {(campaign.short_code, form) for form in fold_forms(text)}
        new = places if key == "responders" else places - own  # an alias may repeat its keyword
        if others := sorted(taken[place] for place in new if place in taken):
            message = f'"{text}" on {campaign.short_code} already means {others[0]}'
            line = line_at(built.tree, (*path, key, text))
            yield Problem(built.file, line, "RT3", message, f"choose another word for {mine}")
        else:
            own |= places
            row = -line_at(built.tree, (*path, key, text))
            taken.update(dict.fromkeys(places, f"{mine} (overlay row {row})" if row > 0 else mine))
