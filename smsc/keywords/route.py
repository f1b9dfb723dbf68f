"""Text to route: what a subscriber meant, in the order of RT2. Pure, total, a few dict lookups."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass

from smsc.keywords.emoji import KEYCAP, is_emoji
from smsc.keywords.fold import fold, rest_after
from smsc.keywords.routes import (
    Ambiguous,
    BareStart,
    Confirm,
    Decline,
    FreeText,
    Help,
    Keyword,
    Responder,
    Review,
    Route,
    Stop,
    Unknown,
)
from smsc.keywords.table import Answer, CodeTable, Table

EXTRA_MAX = 2
"""Words that may follow a stop, help or confirm word; RT3a: "up to three words are a bare STOP"."""


@dataclass(slots=True)
class _Said:
    code: CodeTable
    text: str
    words: list[str]
    """Without the emojis that mean nothing on this code."""
    places: list[int]
    """Of each of `words`, the number of the text's words up to its end; behind them the number of all."""
    pending: tuple[str, ...]
    active: tuple[str, ...]

    @property
    def live(self) -> tuple[str, ...]:
        """All of both, each once: an opt-in that is asked whether it goes on is in both."""
        return tuple(dict.fromkeys(self.active + self.pending))

    def after(self, words: int) -> str:
        """What follows the first `words` of `words`, as it stands in the text: an argument (RT6)."""
        spoken = self.places[words - 1]
        return rest_after(self.text, spoken) if self.places[-1] > spoken else ""


def route(
    table: Table, short_code: str, text: str, *, pending: Collection[str] = (), active: Collection[str] = ()
) -> Route:
    """What `text` to `short_code` means.

    `pending` and `active` are the campaign ids of the number's open requests and current subscriptions,
    oldest first; one that is asked whether it goes on is in both. Those that do not concern this code are left
    aside; free text goes to the latest active one.
    Total: any text gives one route, and STOP is a stop on any code.
    """
    code = table.compiled.get(short_code, table.stranger)
    here = code.campaigns
    said = _Said(
        code,
        text,
        *_meant(code, fold(text)),
        tuple([one for one in pending if one in here]) if pending else (),
        tuple([one for one in active if one in here]) if active else (),
    )
    found: Route | None = None
    if code.hints.isdisjoint(said.words):
        found = (_mistyped_stop(said) if code.typos else None) or _answer(said) or _keyword(said)
    else:
        found = _stop(said) or _help(said) or _answer(said) or _start(said) or _keyword(said)
    return found or (FreeText(said.active[-1]) if said.active else Unknown())


def _meant(code: CodeTable, words: list[str]) -> tuple[list[str], list[int]]:
    """The words and their places. Emojis nobody configured are decoration; a keycap is then the digit in it."""
    every = [*range(1, len(words) + 1), len(words)]
    if not any(map(is_emoji, words)):
        return words, every
    kept = [
        (word.removesuffix(KEYCAP) if word not in code.emojis else word, n)
        for n, word in enumerate(words, 1)
        if word in code.emojis or not is_emoji(word) or word[0].isdigit()
    ]
    return [word for word, _ in kept], [*(n for _, n in kept), len(words)]


def _stop(said: _Said) -> Route | None:
    """RT3, RT3a, RT5a, RT5b."""
    code = said.code
    if code.stop_hints.isdisjoint(said.words):
        return _mistyped_stop(said)
    words = _unadorned(code, said.words)
    if n := _leading(words, code.words.stop, code.phrase_max):
        named, everything, noise = _named(code, words[n:])
        everything = everything or " ".join(words[:n]) in code.words.stop_all
        if not noise or sum(not is_emoji(word) for word in words[n:]) <= EXTRA_MAX:
            return Stop((), True) if everything else Stop(named)
        return Review(named or said.live)
    if n := _trailing(words, code.words.stop, code.phrase_max):
        named, everything, noise = _named(code, words[:-n])
        if not noise:  # RT3: KEYWORD STOP
            everything = everything or " ".join(words[-n:]) in code.words.stop_all
            return Stop((), True) if everything else Stop(named)
    longest = code.phrase_max
    inside = (i for i, word in enumerate(words) if word in code.stop_hints)
    if any(_leading(words[i : i + longest], code.words.stop, longest) for i in inside):
        return Review(_named(code, words)[0] or said.live)
    return None


def _unadorned(code: CodeTable, words: list[str]) -> list[str]:
    """Without the emojis at either end that name no campaign: they take no stop away."""
    first, end = 0, len(words)
    while first < end and is_emoji(words[first]) and not _leading(words[first:], code.names, code.phrase_max):
        first += 1
    while (
        end > first and is_emoji(words[end - 1]) and not _trailing(words[:end], code.names, code.phrase_max)
    ):
        end -= 1
    return words[first:end]


def _mistyped_stop(said: _Said) -> Route | None:
    """RT5a: "TSOP" and "STPO HOROSKOP" are stops, unless the word means something here."""
    code = said.code
    if not code.typos or not said.words:
        return None
    first = said.words[0]
    if code.words.meaning(first) or first in code.names or first in code.bare_answers:
        return None
    if not any(one_slip(first, stop) for stop in code.typos):
        return None
    named, everything, noise = _named(code, said.words[1:])
    return None if noise else Stop(() if everything else named, everything)


def _help(said: _Said) -> Route | None:
    code, words = said.code, said.words
    if n := _leading(words, code.words.help, code.phrase_max):
        named, _, noise = _named(code, words[n:])
        if not noise or len(words) - n <= EXTRA_MAX:
            return Help(named[0] if named else _only_concerned(said))
        return None
    if n := _trailing(words, code.words.help, code.phrase_max):
        named, _, noise = _named(code, words[:-n])
        return Help(named[0]) if named and not noise else None
    return None


def _only_concerned(said: _Said) -> str | None:
    concerned = {*said.active, *said.pending} or said.code.campaigns
    return next(iter(concerned)) if len(concerned) == 1 else None


def _answer(said: _Said) -> Route | None:
    """RT5: an answer to a pending request; one that names its campaign comes before a bare one."""
    if not said.pending:
        return None
    code, words = said.code, said.words
    for n in range(min(len(words), code.phrase_max), 0, -1):
        phrase = " ".join(words[:n])
        if (named := _fitting(code.named_answers.get(phrase), len(words) - n)) is not None:
            for campaign in said.pending:
                if campaign in named.yes:
                    return Confirm(campaign)
                if campaign in named.no:
                    return Decline(campaign)
        if (bare := _fitting(code.bare_answers.get(phrase), len(words) - n)) is not None:
            if not any(one in bare.yes or one in bare.no for one in said.pending):
                continue
            if len(said.pending) > 1:
                return Ambiguous(said.pending)
            only = said.pending[0]
            return Confirm(only) if only in bare.yes else Decline(only)
    return None


def _fitting(answer: Answer | None, extra: int) -> Answer | None:
    """RT5a: short confirm words match the whole message only; longer ones bear a polite word or two."""
    return answer if answer is not None and extra <= (0 if answer.whole else EXTRA_MAX) else None


def _start(said: _Said) -> Route | None:
    """RT4. START is the start word of `words`; what the profile's patterns say came before."""
    code, words = said.code, said.words
    n = _leading(words, code.words.start, code.phrase_max)
    if not n:
        return None
    if n == len(words):
        meanings = {code.bare_start.get(campaign, "explain") for campaign in said.pending}
        if meanings == {"confirm"}:
            return Confirm(said.pending[0]) if len(said.pending) == 1 else Ambiguous(said.pending)
        return BareStart(said.pending)
    m = _leading(words[n:], code.names, code.phrase_max)
    if m:
        campaign = code.names[" ".join(words[n : n + m])]
        if campaign in said.pending and len(words) - n - m <= EXTRA_MAX:
            return Confirm(campaign)
        return Keyword(campaign, said.after(n + m))
    return Unknown() if len(words) - n <= EXTRA_MAX else None


def _keyword(said: _Said) -> Route | None:
    """RT2, RT6: longest keyword first."""
    n = _leading(said.words, said.code.keywords, said.code.phrase_max)
    m = _leading(said.words, said.code.responders, said.code.phrase_max) if said.code.responders else 0
    if m > n:
        return Responder(*said.code.responders[" ".join(said.words[:m])])
    if not n:
        return None
    return Keyword(said.code.keywords[" ".join(said.words[:n])], said.after(n))


def _leading(words: list[str], phrases: Container[str], longest: int) -> int:
    """How many first words make a phrase of `phrases`, the longest first; 0 for none."""
    for n in range(min(len(words), longest), 0, -1):
        if " ".join(words[:n]) in phrases:
            return n
    return 0


def _trailing(words: list[str], phrases: Container[str], longest: int) -> int:
    for n in range(min(len(words) - 1, longest), 0, -1):
        if " ".join(words[-n:]) in phrases:
            return n
    return 0


def _named(code: CodeTable, words: list[str]) -> tuple[tuple[str, ...], bool, bool]:
    """Campaigns named in `words`, whether "all" is said, and whether anything else is."""
    named: dict[str, None] = {}
    everything = noise = False
    i = 0
    while i < len(words):
        n = _leading(words[i : i + code.phrase_max], code.names, code.phrase_max)
        if n:
            named[code.names[" ".join(words[i : i + n])]] = None
        elif words[i] in code.words.all:
            everything = True
        elif words[i] not in code.words.stop and not is_emoji(words[i]):
            noise = True
        i += n or 1
    return tuple(named), everything, noise


def one_slip(word: str, stop: str) -> bool:
    """Whether `word` is `stop` with one letter missing, added, changed, or two neighbours swapped."""
    if abs(len(word) - len(stop)) > 1 or word == stop:
        return word == stop
    start = 0
    while start < min(len(word), len(stop)) and word[start] == stop[start]:
        start += 1
    a, b = word[start:], stop[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
