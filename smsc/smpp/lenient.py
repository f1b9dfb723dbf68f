"""What the compiled codec refuses, looked at again: read it all the same, or say whose fault it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsc.smpp.codes import CommandStatus
from smsc.smpp.errors import LocalProtocolError, RemoteProtocolError
from smsc.smpp.layout import CString, Destinations, Fields, Integer, Layout, Octets, Unsuccessful
from smsc.smpp.lists import read_destinations, read_unsuccessful

HEADER_OCTETS = 16


class Unreadable(Exception):
    """A body that cannot be understood; `answer` is the status that says why."""

    def __init__(self, message: str, answer: CommandStatus) -> None:
        super().__init__(message)
        self.answer = answer

    def as_remote(self, command_id: int, sequence_number: int) -> RemoteProtocolError:
        """The error for the session: not fatal, the header was readable."""
        return RemoteProtocolError(
            str(self), answer=self.answer, sequence_number=sequence_number, command_id=command_id
        )


def walk(layout: Layout, frame: bytes, text: str) -> tuple[Fields, int]:
    """Read a body field by field, forgiving a missing final NUL and missing fields behind `layout.required`.

    Returns the fields that are there, and where the optional parameters begin.
    Raises: Unreadable: a field that a request needs is missing or broken. A response never raises.
    """
    fields: Fields = {}
    at = HEADER_OCTETS
    for number, field in enumerate(layout.fields):
        if at >= len(frame):
            if number >= layout.required:
                break
            raise Unreadable(f"no {field.name} in {layout.command.name}", CommandStatus.ESME_RINVCMDLEN)
        match field:
            case CString(name):
                end = text.find("\0", at)
                fields[name] = text[at:] if end < 0 else text[at:end]
                at = len(frame) if end < 0 else end + 1
            case Integer(name):
                fields[name] = frame[at]
                at += 1
            case Octets(name, length):
                end = at + 1 + frame[at]
                if end > len(frame):
                    raise Unreadable(f"{length} {frame[at]} overruns the PDU", CommandStatus.ESME_RINVMSGLEN)
                fields[name] = frame[at + 1 : end]
                at = end
            case Destinations(name):
                try:
                    fields[name], at = read_destinations(frame, text, at)
                except (IndexError, ValueError) as error:
                    raise Unreadable(f"{name}: {error}", CommandStatus.ESME_RINVDESTFLAG) from error
            case Unsuccessful(name):
                try:
                    fields[name], at = read_unsuccessful(frame, text, at)
                except (IndexError, ValueError):
                    return fields, len(frame)
    return fields, at


def explain(layout: Layout, fields: Mapping[str, Any]) -> LocalProtocolError:
    """Why `fields` do not make a body of `layout`: the first field at fault, never a secret's value."""
    known = {field.name for field in layout.fields}
    command = layout.command.name
    for name in fields:
        if name not in known:
            return LocalProtocolError(f"{command} has no field {name}")
    for field in layout.fields:
        fault = _fault(field, fields.get(field.name, layout.defaults[field.name]))
        if fault:
            return LocalProtocolError(f"{command}.{field.name}: {fault}")
    return LocalProtocolError(f"{command} cannot be encoded")


def _fault(field: object, value: object) -> str:
    match field, value:
        case CString(), str():
            return _text_fault(field, value)
        case Integer(), int():
            return "" if 0 <= value <= 255 else f"{value} is not in 0..255"
        case Octets(), bytes() | bytearray():
            return "" if len(value) <= field.octets_max else f"{len(value)} octets, {field.octets_max} fit"
        case ((Destinations() | Unsuccessful()), _):
            return "an entry does not fit"
        case _:
            return f"{type(value).__name__} is the wrong type"


def _text_fault(field: CString, value: str) -> str:
    if "\0" in value:
        return "holds a NUL"
    if field.fixed and len(value) not in (0, field.octets_max - 1):
        return f"{len(value)} characters, must be {field.octets_max - 1} or none"
    if len(value) >= field.octets_max:
        return f"{len(value)} characters, {field.octets_max - 1} fit"
    return "" if all(character <= "\xff" for character in value) else "holds a character outside Latin-1"
