"""Entries of keywords.yaml to the shared values, with the checks that need a second entry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pydantic_core import PydanticCustomError

from smsc.keywords.amounts import price
from smsc.keywords.fold import fold
from smsc.keywords.lines import Keys, line_at
from smsc.keywords.models import CampaignEntry, KeywordsFile, MerchantEntry, ShortCodeEntry
from smsc.keywords.problems import Problem, did_you_mean
from smsc.keywords.words import Dictionary
from smsc.messages import CallbackTarget, Campaign, Code, Frequency, Merchant, Money
from smsc.sms.numbers import ShortCode


@dataclass(slots=True)
class Built:
    """One loading under way: the file's tree, and what was found wrong so far."""

    file: str
    tree: Keys
    problems: list[Problem]
    places: dict[str, int] = field(default_factory=dict)
    """Campaign id to its index in the file."""

    def refuse(self, path: tuple[object, ...], rule: str, message: str, mend: str) -> None:
        """Note a problem at `path` of the tree."""
        self.problems.append(Problem(self.file, line_at(self.tree, path), rule, message, mend))


def build_code(built: Built, number: str, entry: ShortCodeEntry, dictionary: Dictionary) -> Code:
    """The short code, with the languages of its country where it names none."""
    for language in entry.languages:
        if language not in dictionary.languages and not entry.words.stop:
            mend = (
                f"add words: {{stop: [...], start: [...], help: [...]}} in {language} to {number}, "
                f"or take of {', '.join(sorted(dictionary.languages))}"
            )
            path = ("short_codes", number, "languages")
            built.refuse(path, "RT3", f'no word lists for language "{language}" of {number}', mend)
    return Code(
        number=ShortCode(number),
        country=entry.country,
        role=entry.role,
        carriers=entry.carriers,
        languages=entry.languages or dictionary.languages_of(entry.country),
        stop_scope=entry.stop_scope,
        unknown_reply=entry.unknown_reply,
        help_reply=entry.help_reply,
        portal=entry.portal or "",
    )


def build_merchant(built: Built, name: str, entry: MerchantEntry, read: KeywordsFile) -> Merchant:
    """The merchant; its communication codes are checked here and used by its campaigns."""
    _check_pool(built, ("merchants", name, "communication_codes"), entry.communication_codes, read)
    target = None
    if (callback := entry.callback) is not None:
        target = CallbackTarget(
            url=callback.url,
            format=callback.format,
            interim=callback.interim,
            timeout_s=callback.timeout_s,
            secret=callback.secret.get_secret_value(),
            previous_secret=callback.previous_secret.get_secret_value(),
            expect=callback.expect,
        )
    if entry.account is not None and entry.account not in read.merchants:
        what = f'{name}: unknown merchant "{entry.account}"'
        built.refuse(("merchants", name, "account"), "S1", what, did_you_mean(entry.account, read.merchants))
    return Merchant(
        id=name, name=entry.name, hotline=entry.hotline, callback=target, account=entry.account or ""
    )


def build_campaign(
    built: Built, index: int, read: KeywordsFile, *, known_profiles: Collection[str]
) -> Campaign | None:
    """The campaign at `index`; None when its code is unknown, so that it has no place."""
    entry, path = read.campaigns[index], ("campaigns", index)
    keyword = " ".join(entry.keyword.split())
    _check_names(built, path, entry, read, known_profiles)
    _check_pool(built, (*path, "pool"), entry.pool, read)
    cost = _price(built, path, entry, read)
    templates = _templates(built, path, entry)
    if entry.short_code not in read.short_codes:
        return None
    merchant = read.merchants.get(entry.merchant)
    often = entry.frequency
    pool = entry.pool or (merchant.communication_codes if merchant else ())
    return Campaign(
        id=f"{entry.short_code}/{keyword.upper()}",
        keyword=keyword,
        short_code=ShortCode(entry.short_code),
        merchant=entry.merchant,
        profile=entry.profile,
        language=entry.language,
        aliases=tuple(" ".join(alias.split()) for alias in entry.aliases),
        price=cost,
        frequency=Frequency(often.messages, often.per) if often else None,
        adult=entry.adult,
        gprs=entry.gprs,
        validity_s=None if entry.validity is None else int(entry.validity),
        templates=templates,
        deadlines={str(name): wait for name, wait in entry.deadlines.items()},
        extra=_extra(entry, pool),
    )


def _check_names(
    built: Built,
    path: tuple[object, ...],
    entry: CampaignEntry,
    read: KeywordsFile,
    known_profiles: Collection[str],
) -> None:
    known: tuple[tuple[str, str, Collection[str], str], ...] = (
        ("short_code", entry.short_code, read.short_codes, "RT1"),
        ("merchant", entry.merchant, read.merchants, "RP1"),
        ("profile", entry.profile, known_profiles, "OI4"),
    )
    for key, value, names, rule in known:
        if value not in names:
            what = f'{entry.keyword}: unknown {key.replace("_", " ")} "{value}"'
            built.refuse((*path, key), rule, what, did_you_mean(value, names))
    for key, texts in (("keyword", (entry.keyword,)), ("aliases", entry.aliases)):
        if not all(map(fold, texts)):
            what = f"{entry.keyword}: no letter, no digit and no emoji, so no text can match it"
            built.refuse((*path, key), "RT1", what, "use a word that a handset can type")


def _check_pool(built: Built, path: tuple[object, ...], pool: tuple[str, ...], read: KeywordsFile) -> None:
    for number in pool:
        code = read.short_codes.get(number)
        if code is None:
            built.refuse(
                path, "RT1", f'unknown short code "{number}"', did_you_mean(number, read.short_codes)
            )
        elif code.role != "communication":
            what = f"{number} is a {code.role} code; conversation needs a communication code"
            built.refuse(path, "RT1", what, f'give {number} "role: communication" or name another code')


def _price(built: Built, path: tuple[object, ...], entry: CampaignEntry, read: KeywordsFile) -> Money | None:
    """The price per billed message; None for a campaign without one."""
    code = read.short_codes.get(entry.short_code)
    premium = code is not None and code.role == "premium"
    if entry.price is None or entry.currency is None:
        mend = 'add price: "3.00" and currency: CHF (price: "0.00" for a free one)'
        if entry.price is not None:
            built.refuse((*path, "price"), "CH1", f"{entry.keyword}: a price without its currency", mend)
        elif entry.currency is not None:
            built.refuse((*path, "currency"), "CH1", f"{entry.keyword}: a currency without a price", mend)
        elif premium:
            what = f"{entry.keyword}: no price, though {entry.short_code} is a premium code"
            built.refuse(path, "OI3", what, mend)
        return None
    try:
        cost = price(entry.price, entry.currency)
    except PydanticCustomError as error:
        context = error.context or {}
        built.refuse((*path, "price"), "CH1", f"{entry.keyword}: {context['message']}", str(context["mend"]))
        return None
    if cost.minor and code is not None and not premium:
        what = f"{entry.keyword}: {entry.short_code} is a {code.role} code and cannot bill"
        built.refuse((*path, "price"), "CH1", what, 'use a code with "role: premium" or remove the price')
    if cost.minor and entry.frequency is None:
        what = f"{entry.keyword}: a price without the number of messages it buys"
        built.refuse((*path, "price"), "OI3", what, "add frequency: {messages: 5, per: week}")
    return cost


def _templates(built: Built, path: tuple[object, ...], entry: CampaignEntry) -> Mapping[str, str]:
    """Own texts by kind: one text, or one per language of which the campaign's is taken."""
    texts: dict[str, str] = {}
    for kind, value in entry.templates.items():
        here = (*path, "templates", kind)
        text = value.get(entry.language) if isinstance(value, dict) else value
        if isinstance(text, str) and text:
            texts[kind] = text
        elif isinstance(value, dict):
            what = f'{entry.keyword}: template "{kind}" has no text in "{entry.language}"'
            built.refuse(here, "OI3", what, f"add {entry.language}: ...")
        else:
            what = f'{entry.keyword}: template "{kind}" is no text'
            built.refuse(here, "OI3", what, f'write {kind}: "..." or {kind}: {{{entry.language}: "..."}}')
    return texts


def _extra(entry: CampaignEntry, pool: tuple[str, ...]) -> dict[str, object]:
    """The further keys that were given, as values: what is not there keeps its profile's default."""
    extra: dict[str, object] = {"version": entry.version, "published": entry.published}
    if pool:
        extra["pool"] = pool
    if entry.double_opt_in is not None:
        extra["double_opt_in"] = entry.double_opt_in
    if not entry.duplicate_guard:
        extra["duplicate_guard"] = False
    if entry.responders:
        extra["responders"] = {word: (one.active, one.other) for word, one in entry.responders.items()}
    if entry.quiet_hours is not None:
        extra["quiet_hours"] = (entry.quiet_hours.begin, entry.quiet_hours.end)
    for key in ("sub_key", "test_phones", "networks", "transliterate", "age_check"):
        if value := getattr(entry, key):
            extra[key] = value
    return extra
