"""Texts with placeholders: cut once, filled in often, never failing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

PLACEHOLDERS = frozenset(
    {
        "keyword",
        "price",
        "currency",
        "frequency",
        "short_code",
        "hotline",
        "company",
        "answer",
        "answers",
        "keywords",
        "gprs",
        "count",
        "period",
        "portal",
        "code",
        "opt_ins",
        "total",
        "messages",
    }
)
"""Everything a text may name. `answer` is the confirm phrase, `gprs` the data-cost warning or nothing,
`total` what the opt-in has cost so far, `messages` how many billed ones came."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text cut at its placeholders: (literal, placeholder after it or None)."""

    text: str
    parts: tuple[tuple[str, str | None], ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders it uses."""
        return frozenset(name for _, name in self.parts if name is not None)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with `values` in place; a placeholder without a value stays as it is written."""
        if all(name is None for _, name in self.parts):
            return "".join(literal for literal, _ in self.parts)
        try:
            return self.text.format_map(values)
        except KeyError:
            return self.text.format_map(_Lenient(values))


class _Lenient(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


class BadTemplate(ValueError):
    """A text with broken braces or a placeholder nobody fills."""


def parse_template(text: str) -> Template:
    """Cut `text`. Only bare names of PLACEHOLDERS are placeholders: no indexes, conversions or formats.

    Raises:  BadTemplate: broken braces, or a name that is not in PLACEHOLDERS.
    """
    parts: list[tuple[str, str | None]] = []
    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            if name is not None and (name not in PLACEHOLDERS or spec or conversion):
                raise BadTemplate(f"{{{name}}} is not a placeholder")
            parts.append((literal, name))
    except ValueError as error:
        raise BadTemplate(str(error)) from error
    return Template(text, tuple(parts))


@lru_cache(maxsize=4096)
def template_of(text: str) -> Template:
    """`parse_template` for texts of campaigns: a bad one stands literally, for `smsc check` has said so
    before.
    """
    try:
        return parse_template(text)
    except BadTemplate:
        return Template(text, ((text, None),))
