"""The text of a delivery receipt, in the form of appendix B and in the forms that carriers make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from smsc.smpp.codes import MessageState

STAT_WORDS: Mapping[MessageState, str] = {
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.UNKNOWN: "UNKNOWN",
    MessageState.REJECTED: "REJECTD",
}
"""SMPP v3.4 §5.2.28 and appendix B."""

_STATES: Mapping[str, MessageState] = {
    **{word: state for state, word in STAT_WORDS.items()},
    **{state.name: state for state in MessageState},
    "FAILED": MessageState.UNDELIVERABLE,
    "BUFFERD": MessageState.ENROUTE,
    "BUFFERED": MessageState.ENROUTE,
    "ACKED": MessageState.ACCEPTED,  # interim: a charge is proved by DELIVRD alone
    "0": MessageState.DELIVERED,
}

_LABEL = re.compile(
    r"(?<![^\s,;|])(id|sub|dlvrd|submit[ _]*date|done[ _]*date|stat|err|text)\s*:", re.IGNORECASE
)
_SEPARATORS = " \t\r\n,;|\0"
_EXACT = re.compile(
    r"id:([^\s,;|:\0]+) sub:([0-9]+) dlvrd:([0-9]+) submit date:([0-9]+) done date:([0-9]+)"
    r" stat:([A-Za-z]+) err:([0-9A-Za-z]+) [Tt]ext:(.*)",
    re.DOTALL,
)
"""Appendix B to the letter, as most carriers write it: read in one go."""


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """What a receipt's text says. A missing field is ""; dates are naive, for nobody states their zone.

    `state` None: `stat` is missing or a word of the carrier's own.
    """

    message_id: str
    state: MessageState | None
    stat: str = ""
    err: str = ""
    """As written: three digits, one, or letters."""
    submitted: datetime | None = None
    done: datetime | None = None
    sub: str = ""
    dlvrd: str = ""
    text: str = ""


def parse_receipt(text: str) -> ReceiptText | None:
    """Read a receipt whatever the order and case of its labels; None: it has neither id nor stat.

    All behind `text:` is the message's own text, in which a label means nothing.
    Source: SMPP v3.4 appendix B.
    """
    if (exact := _EXACT.fullmatch(text)) is not None:
        message_id, sub, dlvrd, submitted, done, stat, err, rest = exact.groups()
        return ReceiptText(
            message_id,
            _STATES.get(stat) or _STATES.get(stat.upper()),
            stat,
            err,
            read_date(submitted),
            read_date(done),
            sub,
            dlvrd,
            rest.strip("\0"),
        )
    return parse_labels(text)


def parse_labels(text: str) -> ReceiptText | None:
    """As `parse_receipt`, by finding the labels one by one."""
    fields: dict[str, str] = {}
    label, start = "", 0
    for match in _LABEL.finditer(text):
        if label:
            fields.setdefault(label, text[start : match.start()].strip(_SEPARATORS))
        label, start = match[1].lower().replace(" ", "").replace("_", ""), match.end()
        if label == "text":
            break
    if label:
        fields.setdefault(label, text[start:].strip("\0" if label == "text" else _SEPARATORS))
    if "id" not in fields and "stat" not in fields:
        return None
    stat = _word(fields, "stat")
    return ReceiptText(
        message_id=_word(fields, "id"),
        state=_STATES.get(stat.upper()),
        stat=stat,
        err=_word(fields, "err"),
        submitted=read_date(_word(fields, "submitdate")),
        done=read_date(_word(fields, "donedate")),
        sub=_word(fields, "sub"),
        dlvrd=_word(fields, "dlvrd"),
        text=fields.get("text", ""),
    )


def _word(fields: Mapping[str, str], label: str) -> str:
    """The first word of a field: what follows it belongs to a label that we do not know."""
    return next(iter(fields.get(label, "").split()), "")


@lru_cache(maxsize=1024)  # dates are to the minute: most receipts of a minute say the same two
def read_date(digits: str) -> datetime | None:
    """YYMMDDhhmm, with seconds, or with the century; None: empty, all zeros, or no date."""
    if not digits.isascii() or not digits.isdecimal():
        return None
    centuries = {10: (2,), 12: (2, 4), 14: (4,)}
    for year_digits in centuries.get(len(digits), ()):
        year = int(digits[:year_digits]) + (2000 if year_digits == 2 else 0)
        month, day, hour, minute, *seconds = (
            int(digits[at : at + 2]) for at in range(year_digits, len(digits), 2)
        )
        try:
            return datetime(year, month, day, hour, minute, seconds[0] if seconds else 0)
        except ValueError:
            continue
    return None


def format_receipt(
    message_id: str,
    state: MessageState,
    *,
    submitted: datetime,
    done: datetime,
    err: str = "000",
    text: str = "",
    parts: int = 1,
) -> str:
    """The form of appendix B: dates to the minute, the first 20 characters of the text.

    Args:    parts: how many short messages the MT was; all of them count as delivered, or none.
    Source:  SMPP v3.4 appendix B.
    """
    delivered = parts if state is MessageState.DELIVERED else 0
    return (
        f"id:{message_id} sub:{parts:03d} dlvrd:{delivered:03d} submit date:{submitted:%y%m%d%H%M}"
        f" done date:{done:%y%m%d%H%M} stat:{STAT_WORDS[state]} err:{err} text:{text[:20]}"
    )
