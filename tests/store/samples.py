"""Rows as tests need them: everything has a value, little has to be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from smsc.messages import Kind, Mo, Money, Mt, MtState, Notice, NoticeKind, Receipt, ReceiptState
from smsc.optin.decision import SetTimer
from smsc.optin.events import TimerKind
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import CallbackRow, MtRow, ReceiptRow, StoredMo, TimerRow

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ANNA = Msisdn("41791234567")
BEA = Msisdn("41797654321")
ALIAS = Msisdn("#288abc")
CODE = ShortCode("543")
HELVETIA = "helvetia"
HOROSKOP = "543/HOROSKOP"
CHF_3 = Money(300, "CHF")


def seconds(n: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=n)


def mo(number: int, text: str = "HOROSKOP", **changes: Any) -> Mo:
    """An MO of Anna's."""
    known: dict[str, Any] = {"carrier": HELVETIA, "bind": "helvetia-1", "source": ANNA, "short_code": CODE}
    known |= {"received_at": NOON, "raw": text.encode("utf-8", "replace")}
    return Mo(id=number, text=text, **(known | changes))


def stored(of: Mo, **changes: Any) -> StoredMo:
    """Its row."""
    known: dict[str, Any] = {"fingerprint": b"\x00\xfeprint", "session": "s-1"}
    return StoredMo(mo=of, **(known | changes))


def mt(number: int, state: MtState = MtState.QUEUED, **changes: Any) -> MtRow:
    """An outbox row for Anna; keys of Mt and of MtRow may be mixed."""
    inner: dict[str, Any] = {
        "kind": Kind.INFO,
        "msisdn": ANNA,
        "short_code": CODE,
        "carrier": HELVETIA,
        "text": "Guten Tag",
        "reference": number & 0xFFFF,
        "merchant": "astro",
        "campaign": HOROSKOP,
    }
    outer: dict[str, Any] = {"priority": 0, "created_at": NOON, "not_before": NOON}
    for key, value in changes.items():
        (inner if key in Mt.__dataclass_fields__ else outer)[key] = value
    return MtRow(mt=Mt(id=number, **inner), state=state, **outer)


def receipt(number: int, message_id: str, **changes: Any) -> ReceiptRow:
    """A receipt that waits for its MT."""
    known: dict[str, Any] = {"message_id": message_id.lower(), "state": ReceiptState.DELIVERED}
    known |= {"received_at": NOON, "msisdn": ANNA, "short_code": CODE, "reference": 7, "raw": b"id:..."}
    known |= {"error": "000", "done_at": NOON}
    return ReceiptRow(number, Receipt(HELVETIA, "helvetia-1", **(known | changes)), message_id, mt=None)


def callback(number: int, **changes: Any) -> CallbackRow:
    """A callback to astro about Anna, made and due at noon."""
    notice: dict[str, Any] = {"key": f"mo:{number}", "kind": NoticeKind.MO, "merchant": "astro"}
    notice |= {"msisdn": ANNA, "short_code": CODE, "at": NOON, "id": str(number), "text": "HOROSKOP"}
    row: dict[str, Any] = {"created_at": NOON, "next_at": NOON}
    for key, value in changes.items():
        (notice if key in Notice.__dataclass_fields__ else row)[key] = value
    return CallbackRow(id=number, notice=Notice(**notice), **row)


def timer(key: str, due: datetime, **changes: Any) -> TimerRow:
    """A timer of Anna's."""
    return TimerRow(ANNA, SetTimer(key, TimerKind.CONFIRM, due, HOROSKOP, **changes))
