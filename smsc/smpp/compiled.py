"""Layouts turned into straight-line Python, once at import: the hot path walks no table.

For each layout two functions are written as source and compiled. Both take the common case only; what does
not fit raises a plain error, and `lenient` then says what is wrong or how it can be read all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smsc.smpp.layout import CString, Destinations, Fields, Integer, Layout, Octets, Unsuccessful
from smsc.smpp.lists import read_destinations, read_unsuccessful, write_destinations, write_unsuccessful

Decoder = Callable[[bytes, str], tuple[Fields, int]]
"""(frame, the frame in Latin-1) to (fields, where the optional parameters begin); IndexError, ValueError."""
Encoder = Callable[[Fields], bytes]
"""Fields to the mandatory body; KeyError, TypeError, ValueError, LocalProtocolError."""

_READERS = {Destinations: "read_destinations", Unsuccessful: "read_unsuccessful"}
_WRITERS = {Destinations: "write_destinations", Unsuccessful: "write_unsuccessful"}


def compile_decoder(layout: Layout) -> Decoder:
    """The function that reads the mandatory body of `layout` from octet 16 of a whole frame."""
    lines = ["def decode(frame, text):"]
    base, offset = "", 16

    def at(extra: int = 0) -> str:
        total = offset + extra
        return f"{base} + {total}" if base else str(total)

    for number, field in enumerate(layout.fields):
        match field:
            case CString(name):
                lines += [
                    f"    e{number} = text.index('\\0', {at()})",
                    f"    {name} = text[{at()}:e{number}]",
                ]
                base, offset = f"e{number}", 1
            case Integer(name):
                lines.append(f"    {name} = frame[{at()}]")
                offset += 1
            case Octets(name):
                lines += [
                    f"    e{number} = {at(1)} + frame[{at()}]",
                    f"    if e{number} > len(frame): raise IndexError",
                    f"    {name} = frame[{at(1)}:e{number}]",
                ]
                base, offset = f"e{number}", 0
            case Destinations(name) | Unsuccessful(name):
                lines.append(f"    {name}, e{number} = {_READERS[type(field)]}(frame, text, {at()})")
                base, offset = f"e{number}", 0
    pairs = ", ".join(f"'{field.name}': {field.name}" for field in layout.fields)
    lines.append(f"    return {{{pairs}}}, {at()}")
    made: Decoder = _compile(
        lines,
        "decode",
        layout,
        {"read_destinations": read_destinations, "read_unsuccessful": read_unsuccessful},
    )
    return made


def compile_encoder(layout: Layout) -> Encoder:
    """The function that writes the mandatory body of `layout`, and refuses what does not fit in it."""
    lines = [
        "def encode(fields):",
        f"    if len(fields) != {len(layout.fields)}:",
        "        fields = {**DEFAULTS, **fields}",
        f"        if len(fields) != {len(layout.fields)}: raise KeyError",
        *(f"    {field.name} = fields['{field.name}']" for field in layout.fields),
    ]
    if checks := _checks(layout):
        lines.append(f"    if {' or '.join(checks)}: raise ValueError")
    lines.append(f"    return {' + '.join(_chunks(layout)) or repr(b'')}")
    made: Encoder = _compile(
        lines,
        "encode",
        layout,
        {"write_destinations": write_destinations, "write_unsuccessful": write_unsuccessful},
    )
    return made


def _checks(layout: Layout) -> list[str]:
    """Expressions that are true of a value that must not be sent."""
    checks: list[str] = []
    for field in layout.fields:
        match field:
            case CString(name, octets_max, True):
                checks += [f"len({name}) not in (0, {octets_max - 1})", f"'\\0' in {name}"]
            case CString(name, octets_max):
                checks += [f"len({name}) > {octets_max - 1}", f"'\\0' in {name}"]
            case Octets(name, octets_max=octets_max):
                checks.append(f"len({name}) > {octets_max}")
            case _:
                pass
    if integers := [field.name for field in layout.fields if isinstance(field, Integer)]:
        # One test for all: an OR is negative when one is, above 255 when one is, and a TypeError for a text.
        checks.append(f"not 0 <= {' | '.join(integers)} <= 255")
    return checks


def _chunks(layout: Layout) -> list[str]:
    """Expressions whose sum is the body. Texts and numbers between two blobs are one formatting."""
    chunks: list[str] = []
    template, values = "", list[str]()
    for field in layout.fields:
        match field:
            case CString(name):
                template, values = template + "%s\\0", [*values, name]
            case Integer(name):
                template, values = template + "%c", [*values, name]
            case Octets(name):
                chunks += [_text_chunk(template + "%c", [*values, f"len({name})"]), name]
                template, values = "", []
            case Destinations(name) | Unsuccessful(name):
                chunks += [_text_chunk(template, values), f"{_WRITERS[type(field)]}({name})"]
                template, values = "", []
    return [*chunks, _text_chunk(template, values)] if values else chunks


def _text_chunk(template: str, values: list[str]) -> str:
    return f"('{template}' % ({', '.join(values)},)).encode('latin-1')"


def _compile(lines: list[str], function: str, layout: Layout, names: dict[str, Any]) -> Any:
    space: dict[str, Any] = {"DEFAULTS": dict(layout.defaults), **names}
    exec(compile("\n".join(lines), f"<{function} {layout.command.name.lower()}>", "exec"), space)
    return space[function]
