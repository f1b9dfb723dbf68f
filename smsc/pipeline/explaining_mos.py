"""What an MO was taken for and why: answered, held back, under review, parked, absorbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from smsc.optin.decision import Reason
from smsc.pipeline.knowing import Ground, Known
from smsc.store import StoredMo

WORDS: Mapping[str, str] = {
    Reason.DONE: "it was carried out",
    Reason.NO_RULE: "nothing answers this in the state the number was in",
    Reason.NO_REGISTRATION: "the number has no such opt-in",
    Reason.LIMITED: "an automatic reply was held back by its limit or the loop guard",
    Reason.REPEATED: "it had already had its effect",
    Reason.OPTED_OUT: "the number has said STOP",
    Reason.BLOCKED: "the number is blocked for it",
    Reason.UNPUBLISHED: "the campaign is not published and the number is no test phone",
    Reason.UNSUPPORTED_NETWORK: "no supported network serves the number",
}
UNKNOWN_REPLY_S = 3600.0
"""RT7: at most one unknown reply an hour."""


def mo_ground(known: Known, row: StoredMo) -> Ground:
    """What decided about an MO."""
    if row.error:
        return Ground("D4", f"it was parked and acked, alarm mo_parked was raised: {row.error}")
    special = ROUTES.get(row.route)
    if special is not None:
        return special(known, row)
    if row.reason == Reason.LIMITED:
        return _held_back(known, row)
    return Ground(row.rule, WORDS.get(row.reason, row.reason.replace("_", " ")))


def _redelivery(known: Known, row: StoredMo) -> Ground:
    first = known.reader.mo(row.redelivery_of or 0)
    records: list[dict[str, object]] = []
    if first is not None:
        records.append(
            {
                "record": "mo",
                "id": str(first.mo.id),
                "at": first.mo.received_at.isoformat(),
                "taken_for": first.route,
            }
        )
    words = f"the carrier sent MO {row.redelivery_of} again, whose answer may not have arrived; it had its effect then"
    return Ground("D1a", words, records)


def _repeat(known: Known, row: StoredMo) -> Ground:
    return Ground("RT8", f"the network sent the part twice; the first was MO {row.redelivery_of}")


def _part(known: Known, row: StoredMo) -> Ground:
    part = row.mo.part
    which = "" if part is None else f" {part.number} of {part.total}"
    words = f"it is part{which} of a longer message, which was routed when its parts were joined"
    return Ground("RT8", words)


def _no_code(known: Known, row: StoredMo) -> Ground:
    return Ground(
        "RT1", f"it came for {row.mo.short_code}, which is no code of ours; alarm unknown_code was raised"
    )


def _unknown(known: Known, row: StoredMo) -> Ground:
    lost = "it is no keyword of the code, no answer to a request, and the number has no opt-in to tell it to"
    if row.reason == Reason.LIMITED:
        held = _held_back(known, row)
        return Ground("RT7", f"{lost}; {held.because}", held.records)
    if row.reason == Reason.NO_RULE:
        return Ground("RT7", f"{lost}; the code has no unknown_reply")
    return Ground("RT7", f"{lost}; it got the code's unknown reply")


def _review(known: Known, row: StoredMo) -> Ground:
    found = known.reader.review(row.mo.id)
    state = "open" if found is None else found.state
    by = f" by {found.decided_by}" if found is not None and found.decided_by else ""
    words = f"a stop word stands in a longer text, so a person decides whether it is a STOP: {state}{by}"
    return Ground("RT5b", words)


def _held_back(known: Known, row: StoredMo) -> Ground:
    """Which limit kept the reply back."""
    if not row.mo.may_answer:
        return Ground("RT7", "its sender is a name or a short code, which never gets an automatic reply")
    since = row.mo.received_at - timedelta(seconds=UNKNOWN_REPLY_S)
    earlier = [
        m
        for m in known.timeline.mos
        if m.mo.id != row.mo.id
        and since <= m.mo.received_at <= row.mo.received_at
        and (m.route, m.mo.short_code, m.reason) == (row.route, row.mo.short_code, Reason.DONE)
    ]
    if earlier:
        last = earlier[-1].mo
        record: dict[str, object] = {"record": "mo", "id": str(last.id), "at": last.received_at.isoformat()}
        words = f"the reply was held back: MO {last.id} had it at {last.received_at.isoformat()}"
        return Ground(row.rule, words, [record])
    return Ground(row.rule, "the reply was held back by its limit or by the loop guard on automatic replies")


ROUTES: Mapping[str, Callable[[Known, StoredMo], Ground]] = {
    "redelivery": _redelivery,
    "repeat": _repeat,
    "part": _part,
    "no_code": _no_code,
    "unknown": _unknown,
    "review": _review,
}
"""Routes that lead to no campaign, or not at once."""
