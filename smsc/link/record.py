"""A PDU that passed as plain values: what `smsc trace` streams and the flight recorder keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smsc.smpp.codec import encode
from smsc.smpp.codes import BINDS, Command, Role
from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.pdu import Pdu, view

if TYPE_CHECKING:
    from smsc.link.board import Way
    from smsc.link.link import Link

SECRET = BINDS | {Command.OUTBIND}


def as_record(link: Link, way: Way, pdu: Pdu, *, at: float) -> Mapping[str, object]:
    """A PDU with its bind, connection, time (`at`: seconds since 1970) and octets; passwords are never in it.

    `octets` are hexadecimal, written anew from what was understood; of a PDU that breaks the rules in a way that
    we do not write, the header alone.
    """
    return {
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds"),
        "bind": link.name,
        "carrier": link.carrier,
        "session": link.session_id,
        "peer": link.peer,
        "role": "mc" if link.role is Role.MC else "esme",
        "way": way,
        "command": pdu.command.name.lower(),
        "status": int(pdu.command_status),
        "sequence_number": pdu.sequence_number,
        "fields": view(pdu),
        "octets": _octets(pdu).hex(),
    }


def traces_of(number: str) -> tuple[str, ...]:
    """How a number shows in a record, as text and in octets; carriers leave the country's code out or put + before."""
    known = number[-8:] if number.isdigit() else number
    return known, known.encode().hex()


def _octets(pdu: Pdu) -> bytes:
    if pdu.command in SECRET:
        fields = {**pdu.fields, "password": "***"}
        pdu = Pdu(pdu.command, fields, tlvs=pdu.tlvs, sequence_number=pdu.sequence_number)
    try:
        return encode(pdu)
    except LocalProtocolError:
        words = (16, int(pdu.command), int(pdu.command_status), pdu.sequence_number)
        return b"".join(word.to_bytes(4, "big") for word in words)
