"""Both files and the profiles against each other: what `smsc check` says and `smsc serve` begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smsc.app.age import age_problems
from smsc.app.check_files import file_problems
from smsc.app.own_profiles import all_profiles
from smsc.charging.money import format_money
from smsc.config import BadConfig, Config, load_config
from smsc.keywords import (
    BadKeywords,
    Problem,
    ProfileWords,
    Severity,
    Table,
    load_table,
)
from smsc.keywords.lines import load_yaml
from smsc.keywords.overlay import Change
from smsc.keywords.problems import did_you_mean
from smsc.messages import Campaign, Code
from smsc.optin import (
    Book,
    Profile,
    Profiles,
    make_book,
    missing_elements,
    profile_words,
    render,
)
from smsc.optin.stores import pool_of
from smsc.sms.coding import length
from smsc.sms.numbers import ShortCode

_MENDS = {
    "yes": "name the word that accepts, as words.yes has it",
    "no": "name the word that declines, as words.no has it",
    "help": "name HELP in the text",
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
    overlay: Sequence[Change] = (),
) -> Checked:
    """Read both files and check them together.

    Args:  config_text: None when there is no smsc.yaml: built-in defaults, and carriers are not checked.
           profiles: None for the shipped ones and those that keywords.yaml adds.
           overlay: what accounts have changed by API.
    """
    problems: list[Problem] = []
    config = table = book = None
    try:
        config = load_config(config_text or "", file=config_file, environ=environ)
        tree = load_yaml(config_text or "", file=config_file)
        problems += file_problems(config, tree, file=config_file, environ=environ)
    except BadConfig as error:
        problems += error.problems
    try:
        market = profiles or all_profiles(keywords_text, file=keywords_file)
        table = load_keywords(keywords_text, market, file=keywords_file, environ=environ, overlay=overlay)
        book = make_book(market, codes=_codes(table), merchants=table.merchants, campaigns=table.campaigns)
    except BadKeywords as error:
        problems += error.problems
    if table is not None and book is not None:
        carriers = config if config_text is not None else None
        problems += [*table.warnings, *cross_problems(book, table, carriers, file=keywords_file)]
    return Checked(config, table, book, tuple(sorted(set(problems))))


def cross_problems(book: Book, table: Table, config: Config | None, *, file: str) -> list[Problem]:
    """What is wrong with campaigns beside their profiles, and, where `config` is given, beside their carriers."""
    problems = [*wording_problems(book, table, file=file), *store_problems(book, table, file=file)]
    problems += reply_problems(table, file=file)
    problems += [*profile_problems(book, table, file=file), *age_problems(book, table, file=file)]
    if config is not None:
        problems += carrier_problems(config, table, file=file)
    return problems


def load_keywords(
    text: str,
    profiles: Profiles,
    *,
    file: str,
    environ: Mapping[str, str],
    overlay: Sequence[Change] = (),
) -> Table:
    """keywords.yaml under the words of these profiles.  Raises: BadKeywords."""
    words = {name: ProfileWords(**profile_words(profile)) for name, profile in profiles.newest.items()}
    return load_table(text, file=file, profile_words=words, environ=environ, overlay=overlay)


def _codes(table: Table) -> dict[ShortCode, Code]:
    return {code.number: code for code in table.codes.values()}


def profile_problems(book: Book, table: Table, *, file: str) -> Iterator[Problem]:
    """Campaigns that their profile does not let go live: a draft, another currency, a language it does not speak; and
    one sub_key for two (S3).
    """
    keys: dict[tuple[str, str], str] = {}
    for campaign in table.campaigns.values():
        profile = book.newest(campaign.profile)
        line = table.line("campaigns", campaign.id, "profile")
        if profile.draft and campaign.extra.get("published", True):
            message = f"{campaign.keyword}: profile {profile.name} is a draft: {'; '.join(profile.open)}"
            mend = (
                "settle this in a profile of your own that extends it, with certainty: A or B, sources and draft: no; "
                "or set published: false"
            )
            yield Problem(file, line, "OI4", message, mend)
        yield from _unfit(campaign, profile, table, file)
        if profile.flow.rule(profile.flow.start, "web") is None:
            continue
        key = (campaign.merchant, str(campaign.extra.get("sub_key", campaign.keyword)).casefold())
        if (other := keys.setdefault(key, campaign.keyword)) != campaign.keyword:
            message = f"{campaign.keyword}: its sub_key already means {other}"
            line = table.line("campaigns", campaign.id, "sub_key")
            yield Problem(
                file, line, "S3", message, "give each web campaign of a merchant a sub_key of its own"
            )


def _unfit(campaign: Campaign, profile: Profile, table: Table, file: str) -> Iterator[Problem]:
    """A language or a currency that the profile does not have."""
    if campaign.language not in profile.packs:
        spoken = ", ".join(profile.languages)
        message = f"{campaign.keyword}: profile {profile.name} speaks {spoken}, not {campaign.language}"
        mend = (
            f"take one of these languages, or write all texts under profiles.NAME.texts.{campaign.language}"
        )
        line = table.line("campaigns", campaign.id, "language")
        yield Problem(file, line, "OI3", message, mend)
    price = campaign.price
    if price is not None and price.minor and price.currency != profile.currency:
        message = (
            f"{campaign.keyword}: profile {profile.name} is for {profile.currency}, not {price.currency}"
        )
        mend = f"give the price in {profile.currency}, or take a profile of that currency"
        line = table.line("campaigns", campaign.id, "currency")
        yield Problem(file, line, "MT4", message, mend)


def wording_problems(book: Book, table: Table, *, file: str) -> Iterator[Problem]:
    """OI3: what a campaign's texts must say and do not; and texts that take more than one short message."""
    for campaign in table.campaigns.values():
        lacking = missing_elements(book, campaign)
        for kind, element in lacking:
            line = _line_of_text(table, campaign, kind)
            message = f"{campaign.keyword}: the {kind} text lacks {element}"
            mend = _MENDS.get(element, f"say it in the template of {kind}, or give the campaign what it says")
            yield Problem(file, line, "OI3", message, mend)
        if not lacking:
            yield from _long_texts(book, table, campaign, file)


def _line_of_text(table: Table, campaign: Campaign, kind: str) -> int:
    """Where a text is written: in the campaign's templates, in its own profile, else where the campaign begins."""
    kinds = (f"{kind}_adult", kind) if campaign.adult else (kind,)
    if any(one in campaign.templates for one in kinds):
        return table.line("campaigns", campaign.id, "templates")
    own = (("profiles", campaign.profile, "texts", campaign.language, one) for one in kinds)
    found = next((table.lines[path] for path in own if path in table.lines), 0)
    return found or table.line("campaigns", campaign.id, "keyword")


def _long_texts(book: Book, table: Table, campaign: Campaign, file: str) -> Iterator[Problem]:
    for kind in ("request", "goodbye", "help"):
        size = length(render(book, kind, campaign))
        if size.parts > 1:
            line = _line_of_text(table, campaign, kind)
            message = (
                f"{campaign.keyword}: the {kind} text takes {size.parts} short messages ({size.alphabet})"
            )
            mend = "shorten it, or accept that the free text costs more to send"
            yield Problem(file, line, "MT5", message, mend, Severity.WARNING)


def reply_problems(table: Table, *, file: str) -> Iterator[Problem]:
    """MT5: a code's own replies that take more than one short message."""
    for number, code in table.codes.items():
        for key, text in (("help_reply", code.help_reply), ("unknown_reply", code.unknown_reply)):
            if text and (size := length(text)).parts > 1:
                line = table.line("short_codes", number, key)
                message = f"{number}: the {key} takes {size.parts} short messages ({size.alphabet})"
                mend = "shorten it, or accept that the free text costs more to send"
                yield Problem(file, line, "MT5", message, mend, Severity.WARNING)


def store_problems(book: Book, table: Table, *, file: str) -> Iterator[Problem]:
    """S1: a store is joined on a marketing code and has communication codes that its carriers serve."""
    for campaign in table.campaigns.values():
        if campaign.profile not in book.profiles or not book.profiles[campaign.profile].flow.binds:
            continue
        word, line = campaign.keyword, table.line("campaigns", campaign.id, "pool")
        if not (pool := pool_of(campaign)):
            what = f"{word}: profile {campaign.profile} talks on communication codes and has none"
            yield Problem(
                file, line, "S1", what, 'add pool: ["77007", ...] or the merchant\'s communication_codes'
            )
        code = table.codes[campaign.short_code]
        if code.role != "marketing":
            what = f"{word}: stores are joined on a marketing code, and {code.number} is a {code.role} code"
            yield Problem(file, line, "S1", what, f"give {code.number} role: marketing")
        for number in pool:
            if number in table.codes and (unserved := set(code.carriers) - set(table.codes[number].carriers)):
                what = (
                    f"{word}: {', '.join(sorted(unserved))} serves {code.number} but not {number} of its pool"
                )
                yield Problem(file, line, "S1", what, f"give {number} the carriers of {code.number}")


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
