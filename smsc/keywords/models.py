"""The shape of keywords.yaml: which keys there are, and what one value may be."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from smsc.keywords.amounts import seconds
from smsc.keywords.shape import Shape, fault
from smsc.keywords.words import WordLists
from smsc.messages import Period

KEYWORD_MAX = 40
TEXT_MAX = 1600


def _number(text: str) -> str:
    if not re.fullmatch(r"[0-9]{2,15}", text, re.ASCII):
        raise fault("a short code has 2 to 15 digits", 'write only its digits, in quotes: "543"')
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text, re.ASCII):
        raise fault("a country has two capital letters (ISO 3166)", "write CH, SI, US, ...")
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text, re.ASCII):
        raise fault("a language has two small letters (ISO 639)", "write de, fr, sl, ...")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text, re.ASCII):
        raise fault("a name has up to 64 letters, digits, dots, dashes", "choose another name")
    return text


def _msisdn(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{6,14}", text, re.ASCII):
        raise fault(
            "not an international number", 'write digits with the country code, no "+": "14155550123"'
        )
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or re.search(r"[\s\x00-\x20]", text):
        raise fault("not an http address", 'write it like "https://merchant.example/sms"')
    if "@" in parts.netloc:  # lists and logs show addresses
        raise fault("a user or password in an address", "leave them out: `secret` signs what is told")
    return text


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text, re.ASCII):
        raise fault("not a time of day", 'write it like "21:00"')
    return text


Number = Annotated[str, AfterValidator(_number)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Name = Annotated[str, AfterValidator(_name)]
MsisdnText = Annotated[str, AfterValidator(_msisdn)]
Url = Annotated[str, AfterValidator(_url)]
ClockTime = Annotated[str, AfterValidator(_clock)]
Seconds = Annotated[float, BeforeValidator(seconds), WithJsonSchema({"type": ["string", "number"]})]
KeywordText = Annotated[str, Field(min_length=1, max_length=KEYWORD_MAX)]
Template = Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
KindName = Literal["request", "confirm", "welcome", "content", "goodbye", "help", "info", "otp"]


WaitName = Literal["confirm", "welcome", "goodbye"]


class ShortCodeEntry(Shape):
    country: Country
    role: Literal["premium", "marketing", "communication"] = "premium"
    carriers: tuple[Name, ...] = ()
    languages: tuple[Language, ...] = ()
    stop_scope: Literal["all", "last_active", "menu", "portal"] = "all"
    unknown_reply: str = Field(default="", max_length=TEXT_MAX)
    help_reply: str = Field(default="", max_length=TEXT_MAX)
    portal: Url | None = None
    """The portal as texts on this code name it (S4)."""
    words: WordLists = WordLists()
    """Words of this code beside those of its languages (RT3)."""


class CallbackEntry(Shape):
    url: Url
    format: Literal["messagecloud", "crmtext", "json", "cloudevents"] = "messagecloud"
    interim: bool = False
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    secret: SecretStr = SecretStr("")
    previous_secret: SecretStr = SecretStr("")
    """Signs beside `secret` until the merchant has the new one."""
    expect: str = Field(default="", max_length=100)
    """Body that takes a callback ("OK", "ACK/Jasmin"); "any": any 2xx; nothing: as the format says."""


class MerchantEntry(Shape):
    name: str = Field(min_length=1, max_length=200)
    hotline: str = Field(default="", max_length=60)
    callback: CallbackEntry | None = None
    communication_codes: tuple[Number, ...] = ()
    account: Name | None = None
    """The merchant it is a sub-account of, whose keys open its stores too (S1)."""


class FrequencyEntry(Shape):
    messages: int = Field(ge=1, le=10_000)
    per: Period


class QuietHours(Shape):
    """Local time of the subscriber in which no content leaves (MT7)."""

    begin: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")


class Responder(Shape):
    """Two texts of a responder keyword, by the subscriber's status."""

    active: Template
    other: Template


class CampaignEntry(Shape):
    keyword: KeywordText
    aliases: tuple[KeywordText, ...] = ()
    short_code: Number
    merchant: Name
    profile: Name
    language: Language
    price: str | None = None
    currency: str | None = None
    frequency: FrequencyEntry | None = None
    deadlines: dict[WaitName, Seconds] = Field(default_factory=dict)
    templates: dict[KindName, Any] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": {}}
    )
    adult: bool = False
    age_check: str | None = Field(default=None, min_length=1, max_length=200)
    """How the merchant verifies the age, where the profile asks for that (OI4)."""
    gprs: bool = False
    validity: Seconds | None = None
    pool: tuple[Number, ...] = ()
    double_opt_in: bool | None = None
    duplicate_guard: bool = True
    """A text that went to a number is not sent to it again within 12 hours (S1)."""
    responders: dict[KeywordText, Responder] = Field(default_factory=dict)
    sub_key: str | None = Field(default=None, min_length=1, max_length=64)
    published: bool = True
    test_phones: tuple[MsisdnText, ...] = ()
    networks: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    transliterate: bool = False
    version: int = Field(default=1, ge=1)


class KeywordsFile(Shape):
    """keywords.yaml."""

    short_codes: dict[Number, ShortCodeEntry]
    merchants: dict[Name, MerchantEntry] = Field(default_factory=dict)
    campaigns: tuple[CampaignEntry, ...] = ()
    profiles: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Own profiles that extend the shipped ones; optin reads them."""


def keywords_schema() -> dict[str, Any]:
    """JSON Schema of keywords.yaml."""
    schema = KeywordsFile.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "keywords.yaml", **schema}
