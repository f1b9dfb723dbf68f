"""Both files and the profiles against each other: what `smsc check` says and `smsc serve` begins with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from smsc.charging.money import format_money
from smsc.config import BadConfig, Config, load_config
from smsc.keywords import (
    BadFile,
    BadKeywords,
    Problem,
    ProfileWords,
    Severity,
    Table,
    load_table,
    profile_texts,
)
from smsc.keywords.lines import line_at, load_yaml
from smsc.keywords.problems import did_you_mean
from smsc.messages import Campaign, Code
from smsc.optin import (
    BadProfiles,
    Book,
    Profiles,
    builtin_texts,
    load_profiles,
    make_book,
    missing_elements,
    profile_words,
    render,
)
from smsc.sms.coding import length
from smsc.sms.numbers import ShortCode

_MENDS = {
    "hotline": "give the merchant its hotline, or write it into the text",
    "company": "give the merchant its name, or write it into the text",
    "placeholders": "use the placeholders of the profile's texts, with their braces closed",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read, as far as it could be, and all that is wrong with it."""

    config: Config | None
    table: Table | None
    book: Book | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop a start."""
        return tuple(one for one in self.problems if one.severity is Severity.ERROR)


def check(
    config_text: str | None,
    keywords_text: str,
    *,
    environ: Mapping[str, str],
    profiles: Profiles | None = None,
    config_file: str = "smsc.yaml",
    keywords_file: str = "keywords.yaml",
) -> list[Problem]:
    """Everything wrong with the two files, warnings included, in the order of file and line."""
    checked = examine(
        config_text,
        keywords_text,
        environ=environ,
        profiles=profiles,
        config_file=config_file,
        keywords_file=keywords_file,
    )
    return list(checked.problems)


def examine(
    config_text: str | None,
    keywords_text: str,
    *,
    environ: Mapping[str, str],
    profiles: Profiles | None = None,
    config_file: str = "smsc.yaml",
    keywords_file: str = "keywords.yaml",
) -> Checked:
    """Read both files and check them together.

    Args:  config_text: None when there is no smsc.yaml: built-in defaults, and carriers are not checked.
           profiles: None for the shipped ones and those that keywords.yaml adds.
    """
    problems: list[Problem] = []
    config = table = book = None
    try:
        config = load_config(config_text or "", file=config_file, environ=environ)
    except BadConfig as error:
        problems += error.problems
    try:
        market = profiles or all_profiles(keywords_text, file=keywords_file)
        table = load_keywords(keywords_text, market, file=keywords_file, environ=environ)
        book = make_book(market, codes=_codes(table), merchants=table.merchants, campaigns=table.campaigns)
    except BadKeywords as error:
        problems += error.problems
    if table is not None and book is not None:
        problems += [*table.warnings, *wording_problems(book, table, file=keywords_file)]
        if config is not None and config_text is not None:
            problems += carrier_problems(config, table, file=keywords_file)
    return Checked(config, table, book, tuple(sorted(set(problems))))


def load_keywords(text: str, profiles: Profiles, *, file: str, environ: Mapping[str, str]) -> Table:
    """keywords.yaml under the words of these profiles.  Raises: BadKeywords."""
    words = {name: ProfileWords(**profile_words(profile)) for name, profile in profiles.newest.items()}
    return load_table(text, file=file, profile_words=words, environ=environ)


def all_profiles(keywords_text: str, *, file: str) -> Profiles:
    """The shipped profiles, and those of keywords.yaml: `name: {extends: ch-mo, version: 2, ...}`.

    An own profile is the one it extends with its keys laid over, mapping by mapping.
    Raises:  BadKeywords: an own profile extends nothing we have, or does not prove.
    """
    texts = builtin_texts()
    known = {str(tree["profile"]): tree for tree in map(_data, texts.values()) if "profile" in tree}
    problems: list[Problem] = []
    for name, value in profile_texts(keywords_text, file=file).items():
        own = dict(value) if isinstance(value, dict) else {}
        base = str(own.pop("extends", name))
        if base not in known:
            line = _line_of(keywords_text, name, file)
            what = f'profile {name} extends "{base}", which is none of the shipped ones'
            problems.append(Problem(file, line, "OI4", what, did_you_mean(base, known)))
            continue
        texts[f"{file} ({name})"] = json.dumps({**_laid_over(known[base], own), "profile": name})
    if problems:
        raise BadKeywords(problems)
    try:
        return load_profiles(texts)
    except BadProfiles as error:
        raise BadKeywords(
            Problem(one.file, one.line, "OI4", f"{one.rule}: {one.message}", "correct the profile")
            for one in error.problems
        ) from error


def _data(text: str) -> dict[str, object]:
    tree = yaml.load(text, Loader=yaml.BaseLoader)  # shipped with the package; uses aliases
    return tree if isinstance(tree, dict) else {}


def _laid_over(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _laid_over(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _line_of(text: str, name: str, file: str) -> int:
    try:
        return line_at(load_yaml(text, file=file), ("profiles", name))
    except BadFile:
        return 0


def _codes(table: Table) -> dict[ShortCode, Code]:
    return {code.number: code for code in table.codes.values()}


def wording_problems(book: Book, table: Table, *, file: str) -> Iterator[Problem]:
    """OI3: what a campaign's texts must say and do not; and texts that take more than one short message."""
    for campaign in table.campaigns.values():
        lacking = missing_elements(book, campaign)
        for kind, element in lacking:
            line = table.line(
                "campaigns", campaign.id, "templates" if kind in campaign.templates else "keyword"
            )
            message = f"{campaign.keyword}: the {kind} text lacks {element}"
            mend = _MENDS.get(element, f"say it in the template of {kind}, or give the campaign what it says")
            yield Problem(file, line, "OI3", message, mend)
        if not lacking:
            yield from _long_texts(book, table, campaign, file)


def _long_texts(book: Book, table: Table, campaign: Campaign, file: str) -> Iterator[Problem]:
    for kind in ("request", "goodbye", "help"):
        size = length(render(book, kind, campaign))
        if size.parts > 1:
            line = table.line("campaigns", campaign.id, "keyword")
            message = (
                f"{campaign.keyword}: the {kind} text takes {size.parts} short messages ({size.alphabet})"
            )
            mend = "shorten it, or accept that the free text costs more to send"
            yield Problem(file, line, "MT5", message, mend, Severity.WARNING)


def carrier_problems(config: Config, table: Table, *, file: str) -> Iterator[Problem]:
    """MT8, CH1: every code has carriers that exist, and each of them can bill what its campaigns cost."""
    for number, code in table.codes.items():
        line = table.line("short_codes", number, "carriers")
        for name in code.carriers:
            if name not in config.carriers:
                message = f'{number}: unknown carrier "{name}"'
                yield Problem(file, line, "MT8", message, did_you_mean(name, config.carriers))
    for campaign in table.campaigns.values():
        code = table.codes[campaign.short_code]
        if not code.carriers:
            line = table.line("short_codes", code.number)
            message = f"{campaign.keyword}: no carrier serves {code.number}"
            yield Problem(file, line, "MT8", message, f"give {code.number} carriers: [...] of smsc.yaml")
        yield from _tariff_problems(config, table, campaign, code, file)


def _tariff_problems(
    config: Config, table: Table, campaign: Campaign, code: Code, file: str
) -> Iterator[Problem]:
    price = campaign.price
    if price is None or not price.minor:
        return
    for name in code.carriers:
        carrier = config.carriers.get(name)
        if carrier is not None and price not in carrier.tariffs:
            line = table.line("campaigns", campaign.id, "price")
            written = f"{price.currency} {format_money(price)}"
            message = f"{campaign.keyword}: carrier {name} has no tariff for {written}"
            mend = f'add "{written}": {{...}} to its tariffs, or change the price'
            yield Problem(file, line, "CH1", message, mend)
