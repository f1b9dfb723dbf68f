"""A store at the desk: what its call says, and the ways into the line, the store's rows and the configuration."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from smsc import keywords
from smsc.http.crmtext_xml import Refusal
from smsc.messages import Campaign, Merchant
from smsc.optin.stores import pool_of
from smsc.pipeline.calls import Answer, StoreCall
from smsc.pipeline.formats import PACIFIC
from smsc.pipeline.overlay import Overlay
from smsc.sms.numbers import Msisdn
from smsc.store import ApiKey, Reader

TEXT_CHARS_MAX = 1600
LINK_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Changes:
    """The ways into the configuration."""

    overlay: Overlay
    refused_url: Callable[[str], Awaitable[str]]
    """Why callbacks cannot go to a URL, "" when they can."""
    endpoint_changed: Callable[[str], Awaitable[object]]
    """A merchant has another URL: what is known of the old one is forgotten."""
    user_made: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Desk:
    """One call: the store that calls, and the ways into the line and the store's rows."""

    method: str
    given: Mapping[str, str]
    campaign: Campaign
    merchant: Merchant
    """The store's; `key` is its own or that of the account it belongs to."""
    key: ApiKey
    changes: Changes
    table: keywords.Table
    send: Callable[[StoreCall], Awaitable[Answer]]
    read: Callable[[Callable[[Reader], Element]], Awaitable[Element]]
    numbers: Callable[[int], Awaitable[list[Msisdn]]]
    now: datetime

    def number(self) -> Msisdn:
        """`phone_number`: ten digits, with or without the leading 1.  Raises: Refusal."""
        return Msisdn(f"1{self.digits('phone_number')}")

    def digits(self, name: str) -> str:
        """The ten digits of a US number among the parameters.  Raises: Refusal."""
        digits = re.sub(r"[^0-9]", "", self.given.get(name, ""))
        if len(digits) == 11 and digits.startswith("1"):
            digits = digits[1:]
        if len(digits) != 10:
            raise Refusal(f"{name} must have 10 digits")
        return digits

    def text(self) -> str:
        """`message`, and below it the link of `mmsurl`, for no picture goes over SMPP; 1600 characters.

        Raises: Refusal.
        """
        text, link = self.given.get("message", ""), self.given.get("mmsurl", "").strip()
        if link and (not re.fullmatch(r"https?://[!-~]+", link) or len(link) > LINK_CHARS_MAX):
            raise Refusal(f"mmsurl is no http address of at most {LINK_CHARS_MAX} characters")
        text = "\n".join(filter(None, (text.rstrip(), link))) if link else text
        if not text.strip():
            raise Refusal("message is empty")
        if len(text) > TEXT_CHARS_MAX:
            raise Refusal(f"message has more than {TEXT_CHARS_MAX} characters")
        return text

    def why_not_free(self, word: str) -> str:
        """Why a word cannot become a keyword of the store's marketing code; "" when it can."""
        code = self.campaign.short_code
        return keywords.why_not_free(self.table, code, word, merchant=self.merchant.id)

    def own_codes(self) -> tuple[str, ...]:
        """Communication codes that no other store has."""
        others = {
            c for one in self.table.campaigns.values() if one.id != self.campaign.id for c in pool_of(one)
        }
        return tuple(code for code in pool_of(self.campaign) if code not in others)

    def callback(self) -> str:
        """The URL of the store's web service."""
        return self.merchant.callback.url if self.merchant.callback is not None else ""

    def count(self, name: str, *, default: int) -> int:
        """A small number among the parameters.  Raises: Refusal."""
        text = self.given.get(name, "").strip()
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise Refusal(f"{name} is not a number")
        return int(text)

    def span(self) -> tuple[datetime, datetime]:
        """`startdate` to `enddate`, Pacific; a date alone is the whole day; the last 30 days by default."""
        begin = _moment(self.given, "startdate") or self.now - timedelta(days=30)
        end = _moment(self.given, "enddate", last=True) or self.now + timedelta(days=1)
        return begin, end


def _moment(given: Mapping[str, str], name: str, *, last: bool = False) -> datetime | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).astimezone(UTC)
        return moment + timedelta(days=1) if last and len(text) <= 10 else moment
    except (ValueError, OverflowError) as error:
        raise Refusal(f"{name} is not a date: write 2026-01-31 or 2026-01-31 12:00:00") from error
