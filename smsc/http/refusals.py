"""Refused calls get an id under which `explain` tells why: in a header, or in the problem of the native API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from smsc.pipeline.calls import Busy
from smsc.pipeline.requests import Ask, RefusalAsk, Reply
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store.errors import StoreUnavailable

HEADER = "X-Refusal-Id"
"""Of answers whose bodies other people's clients read."""

Asking = Callable[[Msisdn, Ask], Awaitable[Reply]]


async def kept(ask: Asking | None, refusal: RefusalAsk, *, number: str) -> int | None:
    """Keep what a door refused by itself; its id, None where it could not be kept: the answer stays what it is.

    number: as it was given, readable or not. Without a merchant (no valid key) nothing is kept.
    """
    if ask is None or not refusal.merchant:
        return None
    try:
        msisdn = parse_msisdn(number)
    except BadMsisdn:
        msisdn = Msisdn("")
    try:
        return (await ask(msisdn, refusal)).refusal
    except (Busy, StoreUnavailable):
        return None


def header_of(refusal: int | None) -> dict[str, str]:
    """The header that names a refusal; nothing without one."""
    return {} if refusal is None else {HEADER: str(refusal)}
