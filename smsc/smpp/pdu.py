"""One PDU as a value: command, fields by name, optional parameters by tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smsc.smpp.codes import TAGS, Command, status_name
from smsc.smpp.layout import LAYOUTS, CString, Fields
from smsc.smpp.tlvs import TLV_TYPES, TlvKind, read_number, read_text

PDU_HELD = 1000
"""Octets that the objects of a PDU with an empty text take."""
TLV_HELD = 72
"""Octets that each optional parameter takes beside its value."""


class Pdu:
    """A PDU. Mandatory fields that are not set read, and are sent, as their layout's default.

    C-strings are str (Latin-1), short_message is bytes, numbers are int. `tlvs` holds the raw value of each
    optional parameter by tag, unknown and vendor ones included; a tag that comes again goes to `repeated`.
    """

    __slots__ = ("command", "command_status", "fields", "repeated", "sequence_number", "tlvs")

    def __init__(
        self,
        command: Command,
        fields: Fields | None = None,
        *,
        tlvs: dict[int, bytes] | None = None,
        command_status: int = 0,
        sequence_number: int = 0,
        repeated: list[tuple[int, bytes]] | None = None,
    ) -> None:
        self.command = command
        self.fields: Fields = {} if fields is None else fields
        self.tlvs: dict[int, bytes] = {} if tlvs is None else tlvs
        self.command_status = command_status
        self.sequence_number = sequence_number
        self.repeated: list[tuple[int, bytes]] = [] if repeated is None else repeated

    def __getitem__(self, name: str) -> Any:
        """A mandatory field, or its default. Raises: KeyError: the layout has no such field."""
        try:
            return self.fields[name]
        except KeyError:
            return LAYOUTS[self.command].defaults[name]

    def number(self, name: str) -> int:
        """A mandatory Integer field."""
        return int(self[name])

    def text(self, name: str) -> str:
        """A mandatory C-string field."""
        return str(self[name])

    def octets(self, name: str) -> bytes:
        """A mandatory Octets field."""
        return bytes(self[name])

    def tlv_number(self, tag: int) -> int | None:
        """An optional parameter as a big-endian number; None: absent."""
        value = self.tlvs.get(tag)
        return None if value is None else read_number(value)

    def tlv_text(self, tag: int) -> str | None:
        """An optional parameter as Latin-1 text up to its NUL; None: absent."""
        value = self.tlvs.get(tag)
        return None if value is None else read_text(value)

    def all_tlvs(self) -> Iterator[tuple[int, bytes]]:
        """Every optional parameter, the repeated ones last."""
        yield from self.tlvs.items()
        yield from self.repeated

    @property
    def octets_held(self) -> int:
        """About how much memory it takes: its objects, and what a peer may fill without limit. Measured, not exact."""
        octets = len(self.fields.get("short_message", b""))
        tlvs = self.tlvs
        if tlvs:
            octets += sum(map(len, tlvs.values())) + TLV_HELD * len(tlvs)
            for _, value in self.repeated:
                octets += len(value) + TLV_HELD
        return PDU_HELD + octets

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pdu):
            return NotImplemented
        defaults = LAYOUTS[self.command].defaults
        return (
            self.command == other.command
            and self.command_status == other.command_status
            and self.sequence_number == other.sequence_number
            and {**defaults, **self.fields} == {**defaults, **other.fields}
            and self.tlvs == other.tlvs
            and self.repeated == other.repeated
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """For logs and failures: secrets left out, subscriber numbers masked, texts counted and not shown."""
        parts = [self.command.name.lower(), f"seq={self.sequence_number}"]
        if self.command_status or self.command.is_response:
            parts.append(status_name(self.command_status))
        for field in LAYOUTS[self.command].fields:
            value = self[field.name]
            if value:
                secret = isinstance(field, CString) and field.secret
                parts.append(f"{field.name}={'***' if secret else _discreet(value)}")
        for tag, octets in self.all_tlvs():
            parts.append(f"{tag_name(tag)}=<{len(octets)} octets>")
        return f"<{' '.join(parts)}>"


def tag_name(tag: int) -> str:
    """ "message_state", or "0x1401" for a vendor's."""
    known = TAGS.get(tag)
    return f"0x{tag:04X}" if known is None else known.name.lower()


def _discreet(value: object) -> str:
    match value:
        case bytes():
            return f"<{len(value)} octets>"
        case tuple():
            return f"<{len(value)}>"
        case str() if len(value) > 7 and value.lstrip("+").isdigit():
            return f"{value[:4]}{'*' * (len(value) - 7)}{value[-3:]}"
        case _:
            return repr(value)


def view(pdu: Pdu) -> list[tuple[str, str]]:
    """Every field and parameter of a PDU as (name, value), in wire order, for the console and `smsc trace`.

    Passwords are left out; numbers and texts are shown whole.
    """
    rows = [
        ("command_id", f"0x{pdu.command:08X} {pdu.command.name.lower()}"),
        ("command_status", status_name(pdu.command_status)),
        ("sequence_number", str(pdu.sequence_number)),
    ]
    for field in LAYOUTS[pdu.command].fields:
        value = pdu[field.name]
        if isinstance(field, CString) and field.secret:
            value = "***" if value else ""
        rows.append((field.name, value.hex(" ") if isinstance(value, bytes) else str(value)))
    rows.extend((tag_name(tag), _shown(tag, octets)) for tag, octets in pdu.all_tlvs())
    return rows


def _shown(tag: int, octets: bytes) -> str:
    known = TLV_TYPES.get(tag)
    if known is not None and known.kind is TlvKind.INTEGER:
        return str(read_number(octets))
    if known is not None and known.kind is TlvKind.CSTRING:
        return read_text(octets)
    return octets.hex(" ")
