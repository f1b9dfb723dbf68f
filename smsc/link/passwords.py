"""Comparing passwords."""

from __future__ import annotations

from hmac import compare_digest


def same_secret(given: str, known: str) -> bool:
    """Whether they are equal, in a time that does not tell how far they agree."""
    return compare_digest(given.encode(), known.encode())
