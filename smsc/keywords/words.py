"""What STOP, HELP, START, YES and NO are called in each language: data in words.yaml, meanings here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from smsc.keywords.fold import fold_phrase
from smsc.keywords.lines import load_yaml
from smsc.keywords.problems import BadFile
from smsc.keywords.shape import Shape, validate

ENGLISH = "en"


class WordLists(Shape):
    """The words of one language, or those a short code adds, as people write them."""

    stop: tuple[str, ...] = ()
    stop_all: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Folded phrases (RT1) by meaning. `stop` includes those of `stop_all`; `all` follows a stop word."""

    stop: frozenset[str]
    stop_all: frozenset[str]
    all: frozenset[str]
    start: frozenset[str]
    help: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]

    def meaning(self, phrase: str) -> str | None:
        """Which list a folded phrase is in: "stop", "help", "start", "yes", "no", "all"; None for none."""
        names = ("stop", "help", "start", "yes", "no", "all")
        return next((name for name in names if phrase in getattr(self, name)), None)


class _WordsFile(Shape):
    languages: dict[str, WordLists]
    countries: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All languages, and which of them a country speaks."""

    languages: Mapping[str, WordLists]
    countries: Mapping[str, tuple[str, ...]]

    def languages_of(self, country: str) -> tuple[str, ...]:
        """The languages of a country's short codes, English among them; English alone for the unknown."""
        return tuple(dict.fromkeys((*self.countries.get(country, ()), ENGLISH)))

    def words(self, languages: Iterable[str], extra: WordLists | None = None) -> Words:
        """The reserved words of a code: English, its languages, and what it adds itself (RT3)."""
        lists = [self.languages[name] for name in {ENGLISH, *languages} if name in self.languages]
        if extra is not None:
            lists.append(extra)

        def folded(name: str) -> frozenset[str]:
            return frozenset(filter(None, (fold_phrase(w) for one in lists for w in getattr(one, name))))

        stop_all = folded("stop_all")
        return Words(
            stop=folded("stop") | stop_all,
            stop_all=stop_all,
            all=folded("all"),
            start=folded("start"),
            help=folded("help"),
            yes=folded("yes"),
            no=folded("no"),
        )


def load_dictionary(text: str, *, file: str = "words.yaml") -> Dictionary:
    """words.yaml as a Dictionary.  Raises: BadFile."""
    read, problems = validate(_WordsFile, load_yaml(text, file=file), file=file, rule="RT3")
    if read is None:
        raise BadFile(problems)
    return Dictionary(read.languages, read.countries)


@cache
def shipped_dictionary() -> Dictionary:
    """The word lists that come with the package."""
    text = resources.files("smsc.keywords").joinpath("words.yaml").read_text(encoding="utf-8")
    return load_dictionary(text)
