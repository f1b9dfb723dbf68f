"""Times in the tables: whole microseconds since 1970-01-01 UTC, so that both databases order and compare them alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since the epoch of an aware datetime. Raises TypeError for a naive one."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def micros_or_none(at: datetime | None) -> int | None:
    """As `micros`; None stays None."""
    return None if at is None else micros(at)


def instant(at: int) -> datetime:
    """The aware UTC datetime of so many microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=at)


def instant_or_none(at: int | None) -> datetime | None:
    """As `instant`; None stays None."""
    return None if at is None else EPOCH + timedelta(microseconds=at)


def storable(text: str) -> str:
    """`text` as both databases can keep it: NUL and lone surrogates become U+FFFD.

    PostgreSQL refuses U+0000 in text, and neither takes half a surrogate pair. The octets as they came are kept
    elsewhere (`mo.raw`, `receipt.raw`).
    """
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else str(text)
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
