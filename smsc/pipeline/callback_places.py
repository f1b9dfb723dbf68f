"""How much is posted at once: places for all, for each merchant, and further ones for STOP notices (RP1a)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from smsc.sms.numbers import Msisdn
from smsc.store import Tx
from smsc.store.rows import CallbackRow


@dataclass(frozen=True, slots=True)
class CallbackLimits:
    """How much is posted at once, and how long an answer may bid us wait."""

    in_flight_max: int = 64
    per_merchant_max: int = 8
    urgent_max: int = 32
    """Further places that only STOP notices take (RP1a)."""
    urgent_per_merchant_max: int = 8
    octets_max: int = 4 * 1024 * 1024
    """Of the bodies on their way, estimated; the next waits, though one always goes."""
    answer_octets_max: int = 4096
    retry_after_s_max: float = 3600.0
    store_pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Room:
    """What is on its way, as the claim needs it: a copy, for the store's thread."""

    places: int
    urgent_places: int
    in_flight: tuple[int, ...]
    busy: tuple[tuple[str, Msisdn], ...]
    full: tuple[str, ...]
    urgent_full: tuple[str, ...]
    node: int | None

    def claim(self, tx: Tx, now: datetime) -> list[CallbackRow]:
        """What may be posted now, STOP notices first; they go past full merchants and taken places."""
        rows: list[CallbackRow] = []
        if self.urgent_places and (self.full or not self.places):
            found = tx.claim_callbacks(
                now,
                limit=self.urgent_places,
                busy=self.busy,
                merchants_off=self.urgent_full,
                in_flight=self.in_flight,
                node=self.node,
            )
            rows = [row for row in found if row.notice.urgent]
        if self.places:
            known = {row.id for row in rows}
            found = tx.claim_callbacks(
                now,
                limit=self.places,
                busy=self.busy,
                merchants_off=self.full,
                in_flight=(*self.in_flight, *known),
                node=self.node,
            )
            rows += [row for row in found if row.id not in known]
        return rows


def body_octets(row: CallbackRow) -> int:
    """About how much its post takes: the text, and a body in which a character may be written by six."""
    return 1000 + 8 * len(row.notice.text)


def room(
    flying: Collection[CallbackRow],
    limits: CallbackLimits,
    *,
    resting: Mapping[str, datetime],
    off: Collection[str],
    now: datetime,
    node: int | None,
) -> Room:
    """What is free beside what is `flying`; who rests is asked by one callback at a time, who is `off` by none."""
    ordinary = Counter(row.notice.merchant for row in flying if not row.notice.urgent)
    urgent = Counter(row.notice.merchant for row in flying if row.notice.urgent)
    full = {name for name, count in ordinary.items() if count >= limits.per_merchant_max}
    full |= {name for name, at in resting.items() if at > now or ordinary[name]}
    urgent_full = {name for name, count in urgent.items() if count >= limits.urgent_per_merchant_max}
    return Room(
        places=max(0, limits.in_flight_max - ordinary.total()),
        urgent_places=max(0, limits.urgent_max - urgent.total()),
        in_flight=tuple(row.id for row in flying),
        busy=tuple((row.notice.merchant, row.notice.msisdn) for row in flying if not row.notice.urgent),
        full=tuple(full.union(off)),
        urgent_full=tuple(urgent_full.union(off)),
        node=node,
    )
