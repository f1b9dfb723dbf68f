"""Errors in the log: where they were raised and what they are; never what a variable held or a row contains."""

from __future__ import annotations

import re
import traceback

from structlog.typing import ExcInfo

FRAMES_MAX = 40
WORDS_MAX = 200
CHAIN_MAX = 8
"""Errors that one error brings along: causes, and members of groups."""
DIGITS = re.compile(r"\d{8,}")


def plain(exc_info: ExcInfo) -> str:
    """The traceback without locals, causes first, with the words of each error made fit for a log."""
    left = CHAIN_MAX
    errors: list[BaseException] = []
    waiting: list[BaseException] = [exc_info[1]]
    while waiting and left:
        error = waiting.pop()
        errors.append(error)
        waiting += [one for one in _brought(error) if one not in errors]
        left -= 1
    return "\n".join(_lines(error) for error in reversed(errors))


def words_of(error: BaseException) -> str:
    """What an error says, less what it may quote: first line only, digits masked, bounded.

    A database says in its further lines which row it refuses, a validator which input.
    """
    said = (
        error.args[0] if isinstance(error, KeyError) and error.args else error
    )  # it says its repr, in one line
    first, *_ = str(said).splitlines() or [""]
    return DIGITS.sub(lambda run: f"{run[0][:4]}****", first)[:WORDS_MAX]


def _brought(error: BaseException) -> list[BaseException]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [*members, *([] if before is None else [before])]


def _lines(error: BaseException) -> str:
    kind, words = type(error), words_of(error)
    frames = "".join(traceback.format_tb(error.__traceback__, -FRAMES_MAX))
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"Traceback (most recent call last):\n{frames}{name}{f': {words}' if words else ''}"
