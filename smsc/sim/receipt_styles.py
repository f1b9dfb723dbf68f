"""The dialects in which carriers write delivery receipts: labels, dates, ids, what is left out, how it is packed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu

UCS2 = 8


def _as_it_is(pdu: Pdu) -> Pdu:
    return pdu


@dataclass(frozen=True, slots=True)
class ReceiptStyle:
    """One dialect. `rewrite` changes the text of appendix B, `wrap` the PDU that carries it."""

    meaning: str
    rewrite: Callable[[str], str] = str
    wrap: Callable[[Pdu], Pdu] = _as_it_is
    text: bool = True
    tlvs: bool | None = False
    """With receipted_message_id and message_state; None: as the carrier does anyway."""


def _upper_labels(text: str) -> str:
    return re.sub(r"\b(id|sub|dlvrd|submit date|done date|stat|err|text):", lambda m: m[0].upper(), text)


def _underscored(text: str) -> str:
    return text.replace("submit date:", "submit_date:").replace("done date:", "done_date:")


def _seconds(text: str) -> str:
    return re.sub(r"date:([0-9]{10})", r"date:\g<1>07", text)


def _century(text: str) -> str:
    return re.sub(r"date:([0-9]{10})", r"date:20\g<1>07", text)


def _without(*labels: str) -> Callable[[str], str]:
    pattern = re.compile(rf"({'|'.join(labels)}):[^ ]* ?")
    return lambda text: pattern.sub("", text)


def _bare(text: str) -> str:
    """Only id and stat."""
    return " ".join(re.findall(r"(?:id|stat):[^ ]*", text)[:2])


def _hex_id(text: str) -> str:
    return re.sub(r"id:([0-9]+)", lambda m: f"id:{int(m[1]):X}", text, count=1)


def _ucs2(pdu: Pdu) -> Pdu:
    pdu.fields["short_message"] = pdu.octets("short_message").decode("ascii").encode("utf-16-be")
    pdu.fields["data_coding"] = UCS2
    return pdu


def _payload(pdu: Pdu) -> Pdu:
    pdu.tlvs[Tag.MESSAGE_PAYLOAD] = pdu.octets("short_message")
    pdu.fields["short_message"] = b""
    return pdu


def _data_sm(pdu: Pdu) -> Pdu:
    fields = {name: value for name, value in pdu.fields.items() if name != "short_message"}
    tlvs = pdu.tlvs | {int(Tag.MESSAGE_PAYLOAD): pdu.octets("short_message")}
    return Pdu(Command.DATA_SM, fields, tlvs=tlvs)


def _unflagged(pdu: Pdu) -> Pdu:
    pdu.fields["esm_class"] = 0
    return pdu


STYLES: Mapping[str, ReceiptStyle] = {
    "standard": ReceiptStyle("as appendix B of SMPP v3.4 writes it", tlvs=None),
    "upper_labels": ReceiptStyle("labels in capitals: ID:, STAT:", _upper_labels),
    "underscores": ReceiptStyle("submit_date: and done_date:", _underscored),
    "seconds": ReceiptStyle("dates of 12 digits, with seconds", _seconds),
    "century": ReceiptStyle("dates of 14 digits, with century and seconds", _century),
    "no_dates": ReceiptStyle("no dates", _without("submit date", "done date")),
    "no_counts": ReceiptStyle("neither sub, dlvrd nor err", _without("sub", "dlvrd", "err")),
    "bare": ReceiptStyle("only id and stat", _bare),
    "hex_id": ReceiptStyle("the id in hexadecimal, decimal in the answer", _hex_id),
    "tlv_only": ReceiptStyle("no text, receipted_message_id and message_state", text=False, tlvs=True),
    "unflagged": ReceiptStyle("TLVs without text, and esm_class 0", wrap=_unflagged, text=False, tlvs=True),
    "ucs2": ReceiptStyle("text in UCS-2", wrap=_ucs2),
    "payload": ReceiptStyle("text in message_payload", wrap=_payload),
    "data_sm": ReceiptStyle("as data_sm", wrap=_data_sm),
}
"""Every dialect by its name, as `ReceiptForm.style` and the control API take it."""
