"""Which form of message ids each carrier uses, learned from the receipts that matched (RP3)."""

from __future__ import annotations

from collections import Counter

from smsc.carrier.receipt_keys import Form

MATCHES_MIN = 5
"""Matches before a form is believed."""
SHARE_MIN = 0.95


class ReceiptForms:
    """Counts of one node. Nothing is lost with them: until a form is believed every form is tried."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Form]] = {}

    def note(self, carrier: str, form: Form) -> None:
        """A receipt matched by this form and by no other."""
        self._counts.setdefault(carrier, Counter())[form] += 1

    def believed(self, carrier: str) -> Form | None:
        """The form nearly all matches had; None while there are too few, or they differ."""
        counts = self._counts.get(carrier)
        if counts is None:
            return None
        (form, count), *_ = counts.most_common(1)
        total = counts.total()
        return form if total >= MATCHES_MIN and count >= SHARE_MIN * total else None

    def told(self, carrier: str) -> str:
        """What was learned, for people: "same 100% of 12", "same 67% of 3 (not yet believed)"; "" of nothing."""
        counts = self._counts.get(carrier)
        if counts is None:
            return ""
        (form, count), *_ = counts.most_common(1)
        doubt = "" if self.believed(carrier) else " (not yet believed)"
        return f"{form} {100 * count // counts.total()}% of {counts.total()}{doubt}"

    def shares(self, carrier: str) -> dict[Form, float]:
        """The confidence in each form seen: its part of all matches, 0 to 1."""
        counts = self._counts.get(carrier, Counter())
        return {form: count / counts.total() for form, count in counts.items()}
