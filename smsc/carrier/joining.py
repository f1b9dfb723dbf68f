"""Parts of a concatenated MO -> the one message they are (RT8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smsc.carrier.body import UDHI, read_body
from smsc.carrier.profile import CarrierProfile
from smsc.carrier.reading import DAMAGED
from smsc.messages import Mo
from smsc.sms.segments import Segment, join_leniently

INCOMPLETE = "incomplete"
"""Flag: routed at the deadline without all its parts."""


def join_mo(profile: CarrierProfile, parts: Sequence[Mo]) -> Mo:
    """One Mo of what is there, flagged when a part is missing. Octets are joined before they are decoded.

    It is the part with the lowest number, with the whole text and all octets (without their headers), and no
    `part`; it arrived when the last part did.

    Args:    parts: at least one, all of one (source, short code, reference, total), in any order.
    """
    ordered = sorted(parts, key=_number)
    segments = [_segment(profile, mo) for mo in ordered]
    text, damaged = join_leniently(segments)
    first = ordered[0]
    present = {segment.number: segment.data for segment in reversed(segments)}
    flags = {flag for mo in parts for flag in mo.flags if flag != DAMAGED}
    if damaged:
        flags.add(DAMAGED)
    if first.part is not None and len(present) < first.part.total:
        flags.add(INCOMPLETE)
    return replace(
        first,
        text=text,
        raw=b"".join(present[number] for number in sorted(present)),
        esm_class=first.esm_class & ~UDHI,
        received_at=max(mo.received_at for mo in parts),
        part=None,
        flags=tuple(sorted(flags)),
    )


def _number(mo: Mo) -> int:
    return 1 if mo.part is None else mo.part.number


def _segment(profile: CarrierProfile, mo: Mo) -> Segment:
    body = read_body(profile, mo.raw, esm_class=mo.esm_class, data_coding=mo.data_coding)
    total = 1 if mo.part is None else mo.part.total
    return Segment(body.data, body.alphabet, total=total, number=_number(mo), shift=body.shift)
