"""PDUs are tables: the mandatory fields of every SMPP v3.4 PDU, in the order of the wire.

One table gives encode, decode, repr, the console's view and the test strategy (`codec.py` compiles them).
Lengths are octets and include the final NUL, as the specification counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from smsc.smpp.codes import Command

Fields: TypeAlias = dict[str, Any]
"""Field to value: str for CString, int for Integer, bytes for Octets, a tuple for submit_multi's lists."""


@dataclass(frozen=True, slots=True)
class CString:
    """A NUL-terminated text of at most `octets_max` octets, NUL included. `fixed`: that long or empty."""

    name: str
    octets_max: int
    fixed: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Integer:
    """An unsigned number of one octet."""

    name: str


@dataclass(frozen=True, slots=True)
class Octets:
    """Raw octets, counted by the one-octet field `length` before them."""

    name: str
    length: str
    octets_max: int


class SmeAddress(NamedTuple):
    """A destination of submit_multi (SMPP v3.4 §4.5.1.1)."""

    addr_ton: int
    addr_npi: int
    address: str


class DistributionList(NamedTuple):
    """A distribution list of submit_multi (SMPP v3.4 §4.5.1.2)."""

    name: str


class UnsuccessfulSme(NamedTuple):
    """A destination that submit_multi_resp refuses (SMPP v3.4 §4.5.2.1)."""

    addr_ton: int
    addr_npi: int
    address: str
    error_status_code: int


@dataclass(frozen=True, slots=True)
class Destinations:
    """One count octet, then that many SmeAddress or DistributionList, each after its dest_flag."""

    name: str
    count: str


@dataclass(frozen=True, slots=True)
class Unsuccessful:
    """One count octet, then that many UnsuccessfulSme."""

    name: str
    count: str


Field: TypeAlias = CString | Integer | Octets | Destinations | Unsuccessful


@dataclass(frozen=True, slots=True)
class Layout:
    """The mandatory body of one PDU.

    `required` counts the leading fields that a request must have to be understood; what is missing behind
    them reads as its default. `bodiless_error`: the specification sends no body with an error status.
    """

    command: Command
    fields: tuple[Field, ...]
    required: int
    bodiless_error: bool
    defaults: Mapping[str, Any]


def default(field: Field) -> Any:
    """What a field reads as when nobody set it: "", 0, b"" or ()."""
    match field:
        case CString():
            return ""
        case Integer():
            return 0
        case Octets():
            return b""
        case Destinations() | Unsuccessful():
            return ()


LAYOUTS: dict[Command, Layout] = {}


def layout(
    command: Command, *fields: Field, required: int | None = None, bodiless_error: bool = False
) -> Layout:
    """Make the table of `command` and enter it in LAYOUTS. Responses require nothing: what came is kept."""
    if required is None:
        required = 0 if command.is_response else len(fields)
    defaults = MappingProxyType({field.name: default(field) for field in fields})
    made = Layout(command, fields, required, bodiless_error, defaults)
    LAYOUTS[command] = made
    return made


def _address(prefix: str, name: str, *, octets_max: int = 21) -> tuple[Field, ...]:
    """TON, NPI and address: the three fields of every party."""
    return Integer(f"{prefix}_ton"), Integer(f"{prefix}_npi"), CString(name, octets_max)


_SOURCE = _address("source_addr", "source_addr")
_DESTINATION = _address("dest_addr", "destination_addr")
_BIND: tuple[Field, ...] = (
    CString("system_id", 16),
    CString("password", 9, secret=True),
    CString("system_type", 13),
    Integer("interface_version"),
    *_address("addr", "address_range", octets_max=41),
)
_MESSAGE: tuple[Field, ...] = (
    Integer("esm_class"),
    Integer("protocol_id"),
    Integer("priority_flag"),
    CString("schedule_delivery_time", 17, fixed=True),
    CString("validity_period", 17, fixed=True),
    Integer("registered_delivery"),
    Integer("replace_if_present_flag"),
    Integer("data_coding"),
    Integer("sm_default_msg_id"),
    Octets("short_message", length="sm_length", octets_max=254),
)
_MESSAGE_ID = CString("message_id", 65)

# SMPP v3.4 §4.1: bind. A bind is understood by its first four fields; some peers end there.
layout(Command.BIND_TRANSMITTER, *_BIND, required=4)  # §4.1.1
layout(Command.BIND_TRANSMITTER_RESP, CString("system_id", 16), bodiless_error=True)  # §4.1.2
layout(Command.BIND_RECEIVER, *_BIND, required=4)  # §4.1.3
layout(Command.BIND_RECEIVER_RESP, CString("system_id", 16), bodiless_error=True)  # §4.1.4
layout(Command.BIND_TRANSCEIVER, *_BIND, required=4)  # §4.1.5
layout(Command.BIND_TRANSCEIVER_RESP, CString("system_id", 16), bodiless_error=True)  # §4.1.6
layout(Command.OUTBIND, CString("system_id", 16), CString("password", 9, secret=True), required=1)  # §4.1.7

layout(Command.UNBIND)  # SMPP v3.4 §4.2.1
layout(Command.UNBIND_RESP)  # SMPP v3.4 §4.2.2
layout(Command.GENERIC_NACK)  # SMPP v3.4 §4.3.1
layout(Command.ENQUIRE_LINK)  # SMPP v3.4 §4.11.1
layout(Command.ENQUIRE_LINK_RESP)  # SMPP v3.4 §4.11.2

layout(Command.SUBMIT_SM, CString("service_type", 6), *_SOURCE, *_DESTINATION, *_MESSAGE)  # SMPP v3.4 §4.4.1
layout(Command.SUBMIT_SM_RESP, _MESSAGE_ID, bodiless_error=True)  # SMPP v3.4 §4.4.2
layout(Command.DELIVER_SM, CString("service_type", 6), *_SOURCE, *_DESTINATION, *_MESSAGE)  # SMPP v3.4 §4.6.1
layout(Command.DELIVER_SM_RESP, _MESSAGE_ID)  # SMPP v3.4 §4.6.2

layout(  # SMPP v3.4 §4.5.1
    Command.SUBMIT_MULTI,
    CString("service_type", 6),
    *_SOURCE,
    Destinations("dest_address", count="number_of_dests"),
    *_MESSAGE,
)
layout(  # SMPP v3.4 §4.5.2
    Command.SUBMIT_MULTI_RESP, _MESSAGE_ID, Unsuccessful("unsuccess_sme", count="no_unsuccess")
)

layout(  # SMPP v3.4 §4.7.1: addresses of up to 65 octets, the text in message_payload
    Command.DATA_SM,
    CString("service_type", 6),
    *_address("source_addr", "source_addr", octets_max=65),
    *_address("dest_addr", "destination_addr", octets_max=65),
    Integer("esm_class"),
    Integer("registered_delivery"),
    Integer("data_coding"),
)
layout(Command.DATA_SM_RESP, _MESSAGE_ID)  # SMPP v3.4 §4.7.2

layout(Command.QUERY_SM, _MESSAGE_ID, *_SOURCE)  # SMPP v3.4 §4.8.1
layout(  # SMPP v3.4 §4.8.2
    Command.QUERY_SM_RESP,
    _MESSAGE_ID,
    CString("final_date", 17, fixed=True),
    Integer("message_state"),
    Integer("error_code"),
)
layout(
    Command.CANCEL_SM, CString("service_type", 6), _MESSAGE_ID, *_SOURCE, *_DESTINATION
)  # SMPP v3.4 §4.9.1
layout(Command.CANCEL_SM_RESP)  # SMPP v3.4 §4.9.2
layout(  # SMPP v3.4 §4.10.1
    Command.REPLACE_SM,
    _MESSAGE_ID,
    *_SOURCE,
    CString("schedule_delivery_time", 17, fixed=True),
    CString("validity_period", 17, fixed=True),
    Integer("registered_delivery"),
    Integer("sm_default_msg_id"),
    Octets("short_message", length="sm_length", octets_max=254),
)
layout(Command.REPLACE_SM_RESP)  # SMPP v3.4 §4.10.2
layout(  # SMPP v3.4 §4.12.1
    Command.ALERT_NOTIFICATION,
    *_address("source_addr", "source_addr", octets_max=65),
    *_address("esme_addr", "esme_addr", octets_max=65),
)
