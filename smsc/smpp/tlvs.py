"""Optional parameters of SMPP v3.4: what each tag holds. Values travel as octets; their types stand here."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from smsc.smpp.codes import Tag
from smsc.smpp.errors import LocalProtocolError


class TlvKind(Enum):
    """How the octets of a value are to be read."""

    INTEGER = "integer"
    CSTRING = "cstring"
    OCTETS = "octets"


class TlvType(NamedTuple):
    """Kind and length of a value, in octets (a C-string's NUL included)."""

    kind: TlvKind
    octets_min: int
    octets_max: int


def _integer(octets: int) -> TlvType:
    return TlvType(TlvKind.INTEGER, octets, octets)


def _octets(octets_min: int, octets_max: int) -> TlvType:
    return TlvType(TlvKind.OCTETS, octets_min, octets_max)


def _cstring(octets_max: int) -> TlvType:
    return TlvType(TlvKind.CSTRING, 1, octets_max)


TLV_TYPES: dict[int, TlvType] = {
    Tag.DEST_ADDR_SUBUNIT: _integer(1),
    Tag.DEST_NETWORK_TYPE: _integer(1),
    Tag.DEST_BEARER_TYPE: _integer(1),
    Tag.DEST_TELEMATICS_ID: _integer(2),
    Tag.SOURCE_ADDR_SUBUNIT: _integer(1),
    Tag.SOURCE_NETWORK_TYPE: _integer(1),
    Tag.SOURCE_BEARER_TYPE: _integer(1),
    Tag.SOURCE_TELEMATICS_ID: _integer(1),
    Tag.QOS_TIME_TO_LIVE: _integer(4),
    Tag.PAYLOAD_TYPE: _integer(1),
    Tag.ADDITIONAL_STATUS_INFO_TEXT: _cstring(256),
    Tag.RECEIPTED_MESSAGE_ID: _cstring(65),
    Tag.MS_MSG_WAIT_FACILITIES: _integer(1),
    Tag.PRIVACY_INDICATOR: _integer(1),
    Tag.SOURCE_SUBADDRESS: _octets(2, 23),
    Tag.DEST_SUBADDRESS: _octets(2, 23),
    Tag.USER_MESSAGE_REFERENCE: _integer(2),
    Tag.USER_RESPONSE_CODE: _integer(1),
    Tag.SOURCE_PORT: _integer(2),
    Tag.DESTINATION_PORT: _integer(2),
    Tag.SAR_MSG_REF_NUM: _integer(2),
    Tag.LANGUAGE_INDICATOR: _integer(1),
    Tag.SAR_TOTAL_SEGMENTS: _integer(1),
    Tag.SAR_SEGMENT_SEQNUM: _integer(1),
    Tag.SC_INTERFACE_VERSION: _integer(1),
    Tag.CALLBACK_NUM_PRES_IND: _integer(1),
    Tag.CALLBACK_NUM_ATAG: _octets(0, 65),
    Tag.NUMBER_OF_MESSAGES: _integer(1),
    Tag.CALLBACK_NUM: _octets(4, 19),
    Tag.DPF_RESULT: _integer(1),
    Tag.SET_DPF: _integer(1),
    Tag.MS_AVAILABILITY_STATUS: _integer(1),
    Tag.NETWORK_ERROR_CODE: _octets(3, 3),
    Tag.MESSAGE_PAYLOAD: _octets(0, 0xFFFF),
    Tag.DELIVERY_FAILURE_REASON: _integer(1),
    Tag.MORE_MESSAGES_TO_SEND: _integer(1),
    Tag.MESSAGE_STATE: _integer(1),
    Tag.USSD_SERVICE_OP: _octets(1, 1),
    Tag.DISPLAY_TIME: _integer(1),
    Tag.SMS_SIGNAL: _integer(2),
    Tag.MS_VALIDITY: _integer(1),
    Tag.ALERT_ON_MESSAGE_DELIVERY: _octets(0, 0),
    Tag.ITS_REPLY_TYPE: _integer(1),
    Tag.ITS_SESSION_INFO: _octets(2, 2),
}
"""SMPP v3.4 §5.3.2. A tag that is not here is a vendor's: what it holds is for the carrier profile to say."""


def tlv_value(tag: int, value: int | str | bytes) -> bytes:
    """The octets of a standard parameter: numbers at their width, texts with their NUL, octets as they are.

    Raises: LocalProtocolError: a number or text that does not fit, or for a vendor's tag, which has no type.
    """
    if isinstance(value, bytes):
        return value
    kind = TLV_TYPES.get(tag)
    if kind is None:
        raise LocalProtocolError(f"TLV 0x{tag:04X} is a vendor's: give its value as octets")
    try:
        if isinstance(value, int):
            return value.to_bytes(kind.octets_max if kind.kind is TlvKind.INTEGER else kind.octets_min, "big")
        text = value.encode("latin-1")
    except (OverflowError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"TLV 0x{tag:04X} cannot hold {value!r}: {error}") from error
    return text + b"\0" if kind.kind is TlvKind.CSTRING else text


def read_number(value: bytes) -> int:
    """A big-endian number of whatever width the peer chose; empty reads as 0."""
    return int.from_bytes(value, "big")


def read_text(value: bytes) -> str:
    """A text up to its first NUL, in Latin-1; peers forget the NUL or add several."""
    return value.partition(b"\0")[0].decode("latin-1")
