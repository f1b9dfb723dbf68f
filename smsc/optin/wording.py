"""Wording: the texts of a profile filled in for a campaign, and whether they say what they must (OI3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b

from smsc.messages import Campaign, Money
from smsc.optin.book import Book
from smsc.optin.profile import Pack, Profile
from smsc.optin.template import BadTemplate, Template, parse_template, template_of
from smsc.sms.coding import length

DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "ISK": 0,
    "CLP": 0,
    "VND": 0,
    "KWD": 3,
    "BHD": 3,
    "TND": 3,
    "JOD": 3,
    "OMR": 3,
}
"""ISO 4217 minor units that are not two digits."""

KEYWORDS_CHARACTERS_MAX = 60
"""Room for the list of a code's keywords in one short message."""


def render(
    book: Book, kind: str, campaign: Campaign, *, profile: Profile | None = None, **values: str
) -> str:
    """The text `kind` ("request", "goodbye", "help", ...) for `campaign`, in its language.

    The adult variant is taken where the campaign is adult and the pack has one; a campaign's own template
    wins. `values` fill or override placeholders. Never fails: a placeholder without a value stays as written.
    """
    profile = profile if profile is not None else book.newest(campaign.profile)
    if not values:
        known = book.rendered.get((kind, campaign.id))
        if known is not None and known[0] is campaign and known[1] is profile:
            return known[2]
    text = _rendered(book, kind, campaign, profile, values)
    if not values:
        book.rendered[kind, campaign.id] = (campaign, profile, text)
    return text


def _rendered(book: Book, kind: str, campaign: Campaign, profile: Profile, values: Mapping[str, str]) -> str:
    pack = profile.pack(campaign.language)
    template = _template(pack, kind, campaign)
    filled = _values(book, campaign, profile, pack)
    filled.update(values)
    return template.fill(filled)


def _template(pack: Pack, kind: str, campaign: Campaign) -> Template:
    adult = f"{kind}_adult"
    if campaign.templates:
        own = (campaign.templates.get(adult) if campaign.adult else None) or campaign.templates.get(kind)
        if own:
            return template_of(own)
    if campaign.adult and adult in pack.texts:
        return pack.texts[adult]
    found = pack.texts.get(kind)
    return found if found is not None else template_of("")


def render_code(profile: Profile, kind: str, language: str, **values: str) -> str:
    """The text `kind` for a short code as a whole: no campaign's values, only those given."""
    template = profile.pack(language).texts.get(kind)
    return template.fill(values) if template is not None else ""


def _values(book: Book, campaign: Campaign, profile: Profile, pack: Pack) -> dict[str, str]:
    merchant = book.merchants.get(campaign.merchant)
    return {
        "keyword": campaign.keyword,
        "price": amount(campaign.price) if campaign.price else "0.00",
        "currency": campaign.price.currency if campaign.price else profile.currency,
        "frequency": _frequency(campaign, pack),
        "short_code": campaign.short_code,
        "hotline": merchant.hotline if merchant else "",
        "company": merchant.name if merchant else "",
        "answer": answer(profile, campaign),
        "gprs": pack.gprs if campaign.gprs else "",
        "portal": book.code(campaign.short_code).portal,
    }


def _frequency(campaign: Campaign, pack: Pack) -> str:
    if campaign.frequency is None:
        varies = pack.texts.get("frequency_varies")
        return varies.fill({}) if varies is not None else ""
    count, per = campaign.frequency.messages, campaign.frequency.per
    return pack.frequency.fill({"count": str(count), "period": pack.periods[per.value]})


def answer(profile: Profile, campaign: Campaign) -> str:
    """The words that confirm: the profile's first pattern for this keyword ("START HOROSKOP")."""
    yes = profile.words["yes"]
    return yes[0].replace("{keyword}", campaign.keyword) if yes else ""


def named_answer(profile: Profile, campaign: Campaign) -> str:
    """The words that confirm this request and no other: the first pattern with the keyword (RT5)."""
    named = [one for one in profile.words["yes"] if "{keyword}" in one]
    return named[0].replace("{keyword}", campaign.keyword) if named else answer(profile, campaign)


def amount(money: Money) -> str:
    """Money as texts print it: "3.00"."""
    decimals = DECIMALS.get(money.currency, 2)
    if decimals == 0:
        return str(money.minor)
    whole, rest = divmod(money.minor, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}"


def digest(text: str) -> str:
    """Digest of a text as shown, kept as evidence: 16 octets of BLAKE2b in hex."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def listed(items: list[str]) -> str:
    """As many of `items` as one short message has room for, "..." for the rest."""
    out = ""
    for item in items:
        longer = f"{out}, {item}" if out else item
        if len(longer) > KEYWORDS_CHARACTERS_MAX and out:
            return f"{out}, ..."
        out = longer
    return out


def has_element(book: Book, element: str, text: str, campaign: Campaign, *, profile: Profile) -> bool:
    """Whether `text` shows a required element (OI3). What does not concern the campaign counts as shown."""
    folded = text.casefold()
    merchant = book.merchants.get(campaign.merchant)
    match element:
        case "price":
            return campaign.price is not None and _shows_price(folded, campaign.price)
        case "frequency":
            count = campaign.frequency.messages if campaign.frequency else None
            return count is not None and re.search(rf"(?<![\d.,]){count}(?![.,]?\d)", folded) is not None
        case "answer":
            return answer(profile, campaign).casefold() in folded
        case "hotline":
            digits = re.sub(r"\D", "", merchant.hotline if merchant else "")
            return bool(digits) and digits in re.sub(r"\D", "", folded)
        case "company":
            return merchant is not None and bool(merchant.name) and merchant.name.casefold() in folded
        case "portal":
            portal = book.code(campaign.short_code).portal
            return bool(portal) and portal.casefold() in folded
        case "yes" | "no":
            patterns = profile.words["yes"] if element == "yes" else profile.words["no"]
            return any(_stands(word, text) for word in patterns if "{" not in word)
        case "help":
            return any(_stands(mark, text) for mark in profile.marks.get(element, ()))
        case "gprs" if not campaign.gprs:
            return True
        case "adult" if not campaign.adult:
            return True
        case _:
            return any(mark.casefold() in folded for mark in profile.marks.get(element, ()))


def _stands(word: str, text: str) -> bool:
    """Whether a text names a word to send: whole, and in the capitals in which it is to be seen as one."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _shows_price(folded: str, price: Money) -> bool:
    plain = amount(price)
    shown = {plain, plain.replace(".", ",")}
    if plain.endswith(".00"):
        shown |= {plain[:-2] + "-", plain[:-2] + "–"}
    number = any(re.search(rf"(?<![\d.,]){re.escape(form)}(?!\d)", folded) for form in shown)
    return number and (price.currency.casefold() in folded or (price.currency == "CHF" and "fr" in folded))


def missing_in(book: Book, kind: str, text: str, campaign: Campaign, *, profile: Profile) -> list[str]:
    """The required elements of `kind` that `text` lacks."""
    required = profile.required.get(kind, ())
    return [e for e in required if not has_element(book, e, text, campaign, profile=profile)]


def missing_elements(book: Book, campaign: Campaign) -> list[tuple[str, str]]:
    """What the campaign's rendered texts lack: (kind, element) pairs; empty when all is said (OI3).

    Only kinds that the server words are judged; a merchant's own texts are judged as they come. A placeholder
    that nobody fills, or broken braces, in a template of the campaign is reported as element "placeholders".
    """
    profile = book.newest(campaign.profile)
    pack = profile.pack(campaign.language)
    broken = [kind for kind, text in campaign.templates.items() if _broken(text)]
    lacking = [(kind, "placeholders") for kind in broken]
    for kind in profile.required:
        if kind in broken or (kind not in pack.texts and kind not in campaign.templates):
            continue
        text = render(book, kind, campaign, profile=profile)
        lacking += [(kind, e) for e in missing_in(book, kind, text, campaign, profile=profile)]
    return lacking


def _broken(text: str) -> bool:
    try:
        parse_template(text)
    except BadTemplate:
        return True
    return False


def with_stop_hint(
    book: Book, text: str, campaign: Campaign, *, profile: Profile, is_text: bool = True
) -> tuple[str, str]:
    """(content, free message after it or ""): billed content ends with the opt-out instruction (MT3).

    A text that has it is left alone. The hint is appended where the whole stays one short message; where it
    does not, or the profile says so, or the content is octets (`is_text` False), it goes as a message of its own,
    free of charge.
    """
    if profile.stop_hint == "none" or has_element(book, "stop", text, campaign, profile=profile):
        return text, ""
    if is_text and profile.stop_hint == "append":
        joint = "" if not text or text.endswith((" ", "\n")) else " "
        longer = f"{text}{joint}{render(book, 'stop_hint', campaign, profile=profile)}"
        if length(longer).parts == 1:
            return longer, ""
    return text, render(book, "stop_hint_separate", campaign, profile=profile)
