"""Consents given elsewhere: what a row must prove before it may make a number active (OO7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from smsc.keywords import Table, route
from smsc.keywords.routes import Decline, Review, Stop
from smsc.optin.decision import Reason
from smsc.pipeline.requests import ImportAsk

ADDED = frozenset({"file"})
"""Evidence that `smsc consent import` adds of itself: it says where a row was read, and proves nothing."""

REFUSED = {
    Reason.BLOCKED: ("msisdn", "the number is blocked for the campaign or has left it", "leave it out"),
    Reason.ALREADY_DONE: (
        "msisdn",
        "the number has been asked here and has yet to answer",
        "wait for its answer",
    ),
}
"""What the engine refuses: the field, why, and the mend."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: where, why, and what to do."""

    field: str
    why: str
    mend: str

    def __str__(self) -> str:
        return f"{self.field}: {self.why} (OO7); mend: {self.mend}"


def fault_of(table: Table, ask: ImportAsk, now: datetime) -> Fault | None:
    """Why the row is no evidence of a consent; None when it is."""
    campaign = table.campaigns.get(ask.campaign)
    if campaign is None:
        return Fault("campaign", f"there is no campaign {ask.campaign!r}", "give its id, like 543/HOROSKOP")
    if ask.at >= now:
        return Fault("at", "the time of the consent has yet to come", "give when it was given")
    if not ask.seen:
        return Fault("seen", "the text that was shown is missing", "give what the subscriber agreed to")
    if (web := _web_fault(ask)) is not None:
        return web
    if not ask.answered and "sub_url" not in ask.evidence:
        mend = "give what the subscriber answered or did, or sub_url and sub_ip of the page"
        return Fault("answered", "nothing says that the subscriber agreed", mend)
    if not any(value.strip() for name, value in ask.evidence.items() if name not in ADDED):
        return Fault("evidence", "there is none", "give sub_url and sub_ip, or the form, call or paper")
    said = (
        route(table, str(campaign.short_code), ask.answered, pending=(campaign.id,)) if ask.answered else None
    )
    if isinstance(said, Stop | Review | Decline):
        return Fault("answered", f"{ask.answered!r} is no consent but a refusal", "leave the number out")
    return None


def _web_fault(ask: ImportAsk) -> Fault | None:
    """The page and the address of a consent given on the web: both or neither, and real ones."""
    url, address = ask.evidence.get("sub_url", ""), ask.evidence.get("sub_ip", "")
    if not url and not address:
        return None
    if not _is_page(url):
        return Fault("sub_url", f"{url!r} is no address of a page", "give the whole http or https URL")
    if not _is_address(address):
        return Fault("sub_ip", f"{address!r} is no IP address", "give the one that the page was called from")
    return None


def _is_page(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
