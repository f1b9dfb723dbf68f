"""Reports on single MTs, as clients of the drop-in doors ask for them (Kannel's dlr-url, Jasmin's dlr-url)."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote_plus

from smsc.carrier import ACKNOWLEDGED
from smsc.messages import Mt, Notice, NoticeKind
from smsc.pipeline.batch import Batch
from smsc.pipeline.formats import JASMIN, KANNEL
from smsc.store import CallbackRow, DlrRow, MtRow

DELIVERED, FAILED, TAKEN, REFUSED = 1, 2, 8, 16
"""Kannel's dlr-mask: what a report says."""
BY_CARRIER, AT_THE_END = 1, 2
"""Jasmin's dlr-level."""
DOOR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Ids that these doors give; reports of all others need no look-up."""
JASMIN_WORDS = {
    "DELIVERED": "DELIVRD",
    "VALIDITY_EXPIRED": "EXPIRED",
    "REJECTED": "REJECTD",
    "UNKNOWN": "UNKNOWN",
}


def asked(batch: Batch, row: MtRow) -> DlrRow | None:
    """What the sender of an MT wants to hear, None for MTs of other doors."""
    return batch.tx.dlr(row.mt.id) if DOOR_ID.fullmatch(row.full_id) else None


def kind_of(row: MtRow, word: str) -> int:
    """What a report says, in the bits of dlr-mask."""
    if word == ACKNOWLEDGED:
        return TAKEN
    if word == "DELIVERED":
        return DELIVERED
    return REFUSED if row.status else FAILED


def tell(batch: Batch, row: MtRow, word: str, *, wanted: DlrRow, reason_id: str) -> None:
    """Make the callback, where this report is one that was asked for."""
    kind = kind_of(row, word)
    by_carrier = kind in (TAKEN, REFUSED)
    if wanted.style == KANNEL and not wanted.mask & kind:
        return
    if wanted.style == JASMIN and not wanted.level & (BY_CARRIER if by_carrier else AT_THE_END):
        return
    if wanted.style == KANNEL:
        details = {"dlr_url": filled(wanted.url, row.mt, kind, answer=word, id_=row.full_id, now=batch.now)}
    else:
        fields = jasmin_fields(row, word, by_carrier=by_carrier, reason_id=reason_id, now=batch.now)
        details = {"dlr_url": wanted.url, "dlr_method": wanted.method}
        details |= {f"={name}": value for name, value in fields.items()}
    notice = Notice(
        key=f"dlr:{row.mt.id}:{word}",
        kind=NoticeKind.REPORT,
        merchant=row.mt.merchant,
        msisdn=row.mt.msisdn,
        short_code=row.mt.short_code,
        at=batch.now,
        id=row.full_id,
        message_id=row.full_id,
        report=word,
        reason_id=reason_id,
        details=details | {"dlr": wanted.style},
    )
    batch.writes.callbacks.append(
        CallbackRow(id=batch.ids.next(), notice=notice, created_at=batch.now, next_at=batch.now)
    )


def filled(url: str, mt: Mt, kind: int, *, answer: str, id_: str, now: datetime) -> str:
    """Kannel's escape codes of a dlr-url, each URL-encoded; unknown ones stand as they are.

    Source: Kannel user guide, "Parameters (Escape Codes)": %d %p %P %q %Q %t %T %A %I %i %%.
    """
    values = {
        "d": str(kind),
        "p": str(mt.msisdn),
        "q": str(mt.msisdn),
        "P": str(mt.short_code),
        "Q": str(mt.short_code),
        "t": now.strftime("%Y-%m-%d %H:%M"),
        "T": str(int(now.timestamp())),
        "A": answer,
        "I": id_,
        "i": mt.carrier,
    }
    return re.sub("%([dpPqQtTAIi])", lambda m: quote_plus(values[m[1]]), url)


def jasmin_fields(
    row: MtRow, word: str, *, by_carrier: bool, reason_id: str, now: datetime
) -> dict[str, str]:
    """The parameters of Jasmin's callback: level 1 the carrier's answer, level 2 the end of the message.

    Source: Jasmin HTTP API, "HTTP APIs, receiving DLR".
    """
    if by_carrier:
        status = "ESME_ROK" if word == ACKNOWLEDGED else f"0x{row.status:08X}"
        return {"id": row.full_id, "message_status": status, "level": "1", "connector": row.mt.carrier}
    done = now.strftime("%y%m%d%H%M")
    return {
        "id": row.full_id,
        "id_smsc": row.message_id,
        "message_status": JASMIN_WORDS.get(word, "UNDELIV"),
        "level": "2",
        "connector": row.mt.carrier,
        "subdate": (row.submitted_at or row.created_at).strftime("%y%m%d%H%M"),
        "donedate": done,
        "sub": "001",
        "dlvrd": "001" if word == "DELIVERED" else "000",
        "err": reason_id or "000",
        "text": "",
    }
