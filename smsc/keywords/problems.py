"""What is wrong with a file that people wrote: where, which rule, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An ERROR stops `check` and `serve`; a WARNING is only said."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `line` counts from 1; 0 where there is no line (an environment variable, a whole file).

    A negative line is a row of the overlay: what an account has changed beside the file.
    """

    file: str
    line: int
    rule: str
    message: str
    mend: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line > 0 else self.file
        place += f", overlay row {-self.line}" if self.line < 0 else ""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {self.rule} {warning}{self.message}; mend: {self.mend}"


class BadFile(ValueError):
    """A file cannot be used; `problems` says all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class BadKeywords(BadFile):
    """keywords.yaml cannot be used."""


def did_you_mean(word: str, known: Iterable[str], *, instead: str = "") -> str:
    """How to mend a name nobody knows: the nearest known one, else `instead`, else the whole list."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word.casefold(), [name.casefold() for name in names], n=1, cutoff=0.6)
    if near:
        return f'did you mean "{next(name for name in names if name.casefold() == near[0])}"?'
    return instead or (f"use one of {', '.join(names)}" if names else "remove it")
