"""Delivery receipts: TLVs where the carrier sends them, else the text (RP3)."""

from __future__ import annotations

from datetime import UTC, datetime

from smsc.carrier.parties import read_party, read_short_code
from smsc.carrier.profile import CarrierProfile
from smsc.messages import Receipt, ReceiptState
from smsc.smpp.codes import EsmClass, MessageState, Tag
from smsc.smpp.pdu import Pdu
from smsc.smpp.receipt import ReceiptText, parse_receipt
from smsc.smpp.tlvs import read_number, read_text
from smsc.sms.alphabets import Alphabet, decode
from smsc.sms.coding import alphabet_of

_TYPE_MASK = int(EsmClass.TYPE_MASK)
_FROM_CARRIER = int(EsmClass.RECEIPT | EsmClass.INTERMEDIATE)

_STATES = {
    MessageState.ENROUTE: ReceiptState.ENROUTE,
    MessageState.DELIVERED: ReceiptState.DELIVERED,
    MessageState.EXPIRED: ReceiptState.EXPIRED,
    MessageState.DELETED: ReceiptState.DELETED,
    MessageState.UNDELIVERABLE: ReceiptState.UNDELIVERABLE,
    MessageState.ACCEPTED: ReceiptState.ACCEPTED,
    MessageState.UNKNOWN: ReceiptState.UNKNOWN,
    MessageState.REJECTED: ReceiptState.REJECTED,
}
_BY_NUMBER: dict[int, ReceiptState] = {int(state): ours for state, ours in _STATES.items()}


def state_of(message_state: int) -> ReceiptState | None:
    """Our word for a message_state (SMPP v3.4 §5.2.28); None for a number that is none."""
    return _BY_NUMBER.get(message_state)


def is_receipt(pdu: Pdu) -> bool:
    """Whether esm_class says so, or the two TLVs of a receipt are there though esm_class does not."""
    if pdu.fields.get("esm_class", 0) & _TYPE_MASK:
        return True
    tlvs = pdu.tlvs
    return bool(tlvs) and Tag.RECEIPTED_MESSAGE_ID in tlvs and Tag.MESSAGE_STATE in tlvs


def read_receipt(
    profile: CarrierProfile, pdu: Pdu, *, raw: bytes, bind: str, now: datetime
) -> Receipt | None:
    """The receipt in `pdu`, whose text is `raw`. The PDU's source is the handset the MT went to.

    None: it is an acknowledgement by a handset that says nothing of a receipt (esm_class 0x08, 0x10, 0x18);
    its text is a message.
    """
    fields, tlvs = pdu.fields, pdu.tlvs
    alphabet = alphabet_of(
        fields.get("data_coding", 0), profile.default_alphabet, overrides=profile.data_codings
    )
    said = parse_receipt(decode(raw, alphabet)[0])
    if said is None and raw:
        said = _said_anyhow(raw)
    esm_class = fields.get("esm_class", 0)
    id_tlv = tlvs.get(Tag.RECEIPTED_MESSAGE_ID)
    if said is None and id_tlv is None and not esm_class & _FROM_CARRIER:
        return None
    message_id = read_text(id_tlv).strip() if id_tlv else ""
    reference = tlvs.get(Tag.USER_MESSAGE_REFERENCE)
    source, _ = read_party(fields.get("source_addr", ""), fields.get("source_addr_ton", 0), profile.country)
    return Receipt(
        carrier=profile.name,
        bind=bind,
        message_id=message_id or (said.message_id if said else ""),
        state=_state(tlvs.get(Tag.MESSAGE_STATE), said, intermediate=bool(esm_class & EsmClass.INTERMEDIATE)),
        received_at=now,
        msisdn=source,
        short_code=read_short_code(fields.get("destination_addr", "")),
        error=_error(tlvs.get(Tag.NETWORK_ERROR_CODE), said),
        done_at=_done_at(profile, said),
        reference=read_number(reference) if reference else None,
        raw=raw,
    )


def _said_anyhow(raw: bytes) -> ReceiptText | None:
    """The text where data_coding lies: ASCII under a national alphabet, or UCS-2 that says it is not."""
    said = parse_receipt(raw.decode("latin-1"))
    if said is None and b"\0" in raw:
        said = parse_receipt(decode(raw, Alphabet.UCS2)[0])
    return said


def _state(tlv: bytes | None, said: ReceiptText | None, *, intermediate: bool) -> ReceiptState:
    """TLV before text. A carrier's own word is UNKNOWN; no word at all teaches nothing, so it is interim.

    An intermediate notification (SMPP v3.4 §5.2.12) ends nothing unless it says delivered.
    """
    state = _BY_NUMBER.get(read_number(tlv)) if tlv else None
    if state is None and said is not None and said.state is not None:
        state = _STATES[said.state]
    if state is None:
        state = ReceiptState.UNKNOWN if said is not None and said.stat else ReceiptState.ENROUTE
    if intermediate and state is not ReceiptState.DELIVERED:
        return ReceiptState.ENROUTE
    return state


def _error(tlv: bytes | None, said: ReceiptText | None) -> str:
    """As the text writes it, else network_error_code: network type, then two octets (SMPP v3.4 §5.3.2.31)."""
    if said is not None and said.err:
        return said.err
    return f"{read_number(tlv[1:3]):03d}" if tlv and len(tlv) >= 3 else ""


def _done_at(profile: CarrierProfile, said: ReceiptText | None) -> datetime | None:
    if said is None or said.done is None:
        return None
    try:
        return said.done.replace(tzinfo=profile.receipt_zone).astimezone(UTC)
    except OverflowError:  # year 1 or 9999 at the edge of what datetime can say
        return None
