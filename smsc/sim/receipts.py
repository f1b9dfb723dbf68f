"""Delivery receipts as a carrier writes them, and the message ids that carriers print in two bases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smsc.sim.message import read_segment
from smsc.sim.receipt_styles import STYLES
from smsc.smpp.codes import Command, EsmClass, MessageState, Tag
from smsc.smpp.pdu import Pdu
from smsc.smpp.receipt import STAT_WORDS, format_receipt
from smsc.smpp.tlvs import tlv_value
from smsc.sms.alphabets import Alphabet, decode

STATES = {word: state for state, word in STAT_WORDS.items()}


class IdStyle(StrEnum):
    """How a message id is written in submit_sm_resp and in the receipt."""

    DECIMAL = "decimal"
    HEX = "hex"
    HEX_TO_DECIMAL = "hex-to-decimal"
    DECIMAL_TO_HEX = "decimal-to-hex"

    def in_response(self, number: int) -> str:
        """The id as submit_sm_resp bears it."""
        return f"{number:X}" if self in (IdStyle.HEX, IdStyle.HEX_TO_DECIMAL) else f"{number:010d}"

    def in_receipt(self, number: int) -> str:
        """The id as the receipt bears it."""
        return f"{number:X}" if self in (IdStyle.HEX, IdStyle.DECIMAL_TO_HEX) else f"{number:010d}"


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """What this carrier's receipts look like."""

    tlvs: bool = True
    """With receipted_message_id and message_state."""
    text: bool = True
    """With the text of appendix B."""
    echo_reference: bool = True
    """With the user_message_reference of the submit_sm."""
    style: str = "standard"
    """One of `smsc.sim.receipt_styles.STYLES`."""


def write_receipt(
    submit: Pdu,
    message_id: str,
    stat: str,
    *,
    command: Command,
    form: ReceiptForm,
    submitted: datetime,
    done: datetime,
    alphabet: Alphabet,
) -> Pdu:
    """The receipt `stat` ("DELIVRD", "UNDELIV", ...) for an MT, from its handset to its short code."""
    state = STATES[stat]
    said, _ = decode(read_segment(submit, alphabet).data, alphabet)
    style = STYLES[form.style]
    text = format_receipt(
        message_id,
        state,
        submitted=submitted,
        done=done,
        err="000" if state is MessageState.DELIVERED else "001",
        text=said.encode("ascii", "replace").decode("ascii"),
    )
    with_text, with_tlvs = form.text and style.text, form.tlvs if style.tlvs is None else style.tlvs
    receipt = Pdu(
        command,
        {
            "source_addr_ton": submit.number("dest_addr_ton"),
            "source_addr_npi": submit.number("dest_addr_npi"),
            "source_addr": submit.text("destination_addr"),
            "dest_addr_ton": submit.number("source_addr_ton"),
            "dest_addr_npi": submit.number("source_addr_npi"),
            "destination_addr": submit.text("source_addr"),
            "esm_class": int(EsmClass.RECEIPT),
            "short_message": style.rewrite(text).encode("ascii") if with_text else b"",
        },
        tlvs=_tlvs(submit, message_id, state, form, with_state=with_tlvs),
    )
    return style.wrap(receipt)


def _tlvs(
    submit: Pdu, message_id: str, state: MessageState, form: ReceiptForm, *, with_state: bool
) -> dict[int, bytes]:
    tlvs: dict[int, bytes] = {}
    if with_state:
        tlvs[Tag.RECEIPTED_MESSAGE_ID] = tlv_value(Tag.RECEIPTED_MESSAGE_ID, message_id)
        tlvs[Tag.MESSAGE_STATE] = tlv_value(Tag.MESSAGE_STATE, int(state))
    reference = submit.tlvs.get(Tag.USER_MESSAGE_REFERENCE)
    if form.echo_reference and reference is not None:
        tlvs[Tag.USER_MESSAGE_REFERENCE] = reference
    return tlvs
