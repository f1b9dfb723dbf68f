"""What is asked when a bind is made, and what its refusal means."""

from __future__ import annotations

from smsc.link.settings import BindSettings, Mode
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from smsc.smpp.session import INTERFACE_VERSION

LONG_REFUSED = frozenset(
    {CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID, CommandStatus.ESME_RBINDFAIL}
)
"""Statuses of a refused bind after which hammering locks the account."""

BIND_OF: dict[Mode, Command] = {
    "transceiver": Command.BIND_TRANSCEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
    "receiver": Command.BIND_RECEIVER,
}
MODE_OF: dict[Command, Mode] = {command: mode for mode, command in BIND_OF.items()}


def bind_pdu(settings: BindSettings) -> Pdu:
    """The bind request of these settings."""
    fields = {
        "system_id": settings.system_id,
        "password": settings.password,
        "system_type": settings.system_type,
        "interface_version": INTERFACE_VERSION,
        "addr_ton": settings.addr_ton,
        "addr_npi": settings.addr_npi,
        "address_range": settings.address_range,
    }
    return Pdu(BIND_OF[settings.mode], fields)
