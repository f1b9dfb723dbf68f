"""Alphabets of short_message: text to octets and back.

GSM text is unpacked, one octet for each septet, as SMPP carries it. Encoding is strict; decoding never
raises, because no MO (it may be a STOP) is lost to an octet that does not decode.

Source: 3GPP TS 23.038 §6.2.1 (default alphabet) and §6.2.1.1 (extension table).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from smsc.sms.errors import UnsupportedText
from smsc.sms.packing import pack, unpack

ESCAPE = 0x1B
_UNDEFINED = "\ufffe"  # what codecs.charmap_* take for "no character here"

GSM_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ" + _UNDEFINED + "ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The 128 characters by septet; 0x1B is the escape to the extension table."""

GSM_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""Characters that cost two septets: the escape and this one."""

_GSM_DECODING = GSM_DEFAULT.replace(_UNDEFINED, chr(ESCAPE)) + _UNDEFINED * 128
_PAIR = re.compile(f"{chr(ESCAPE)}([{re.escape(''.join(GSM_DEFAULT[septet] for septet in GSM_EXTENSION))}])")
_PAIRED = {GSM_DEFAULT[septet]: character for septet, character in GSM_EXTENSION.items()}
_GSM_ENCODING: dict[int, bytes] = {
    ord(character): bytes((septet,))
    for septet, character in enumerate(GSM_DEFAULT)
    if character != _UNDEFINED
} | {ord(character): bytes((ESCAPE, septet)) for septet, character in GSM_EXTENSION.items()}

_NO_SEPTET = 0xFF
_LATIN1_TO_GSM = bytes(
    GSM_DEFAULT.index(chr(code)) if chr(code) in GSM_DEFAULT else _NO_SEPTET for code in range(256)
)


class Alphabet(StrEnum):
    """How the octets of a text are to be read."""

    GSM7 = "gsm7"
    GSM7_PACKED = "gsm7-packed"
    """Eight septets in seven octets, as on the air."""
    LATIN1 = "latin1"
    LATIN9 = "latin9"
    ASCII = "ascii"
    UCS2 = "ucs2"
    """UTF-16BE: surrogate pairs are in use everywhere though UCS-2 has none."""
    OCTETS = "octets"
    """8-bit data. Shown octet by octet as Latin-1, so that ASCII inside it still routes."""


_CODECS: dict[Alphabet, str] = {
    Alphabet.LATIN1: "latin-1",
    Alphabet.LATIN9: "iso8859-15",
    Alphabet.ASCII: "ascii",
    Alphabet.UCS2: "utf-16-be",
    Alphabet.OCTETS: "latin-1",
}


def encode(text: str, alphabet: Alphabet) -> bytes:
    """The octets of `text`, without any header.

    Raises:  UnsupportedText: a character the alphabet lacks (for UCS2: half of a surrogate pair).
    """
    try:
        if alphabet is Alphabet.GSM7:
            return _encode_gsm7(text)
        if alphabet is Alphabet.GSM7_PACKED:
            return pack(_encode_gsm7(text))
        return text.encode(_CODECS[alphabet])
    except UnicodeEncodeError as error:
        raise UnsupportedText(alphabet.value, text[error.start], error.start) from None


def try_gsm7(text: str) -> bytes | None:
    """The septets of `text`, one in an octet, or None when a character is not in the GSM alphabet."""
    try:
        return _encode_gsm7(text)
    except UnicodeEncodeError:
        return None


def _encode_gsm7(text: str) -> bytes:
    try:
        septets = text.encode("latin-1").translate(_LATIN1_TO_GSM)
    except UnicodeEncodeError:
        pass
    else:
        if _NO_SEPTET not in septets:
            return septets
    # Greek, an extension character, or none of the alphabet: the slower, complete table decides.
    return codecs.charmap_encode(text, "strict", _GSM_ENCODING)[0]


def decode(data: bytes, alphabet: Alphabet) -> tuple[str, bool]:
    """The text in `data` and whether it is damaged, that is, partly guessed or replaced."""
    if alphabet is Alphabet.GSM7:
        try:
            text = codecs.charmap_decode(data, "strict", _GSM_DECODING)[0]
        except UnicodeDecodeError:
            return decode_gsm7(data)
        if ESCAPE not in data:
            return text, False
        text = _PAIR.sub(lambda pair: _PAIRED[pair[1]], text)
        return decode_gsm7(data) if chr(ESCAPE) in text else (text, False)
    if alphabet is Alphabet.UCS2:
        return _decode_ucs2(data)
    if alphabet is Alphabet.GSM7_PACKED:
        return decode(unpack(data), Alphabet.GSM7)
    try:
        return data.decode(_CODECS[alphabet]), False
    except UnicodeDecodeError:
        # ASCII with the high bit set: Latin-1 is what such senders meant.
        return data.decode("latin-1"), True


def decode_gsm7(
    data: bytes, *, table: Sequence[str] = GSM_DEFAULT, extension: Mapping[int, str] = GSM_EXTENSION
) -> tuple[str, bool]:
    """Text with escapes or with octets that are no septets.

    TS 23.038 §6.2.1.1: an unknown extension character shows as the one at its place in the default table, a
    second escape as a space. Octets above 0x7F are read as Latin-1.
    """
    characters: list[str] = []
    damaged = escaped = False
    for octet in data:
        if escaped:
            escaped = False
            if (character := extension.get(octet)) is not None:
                characters.append(character)
                continue
            damaged = True
            if octet == ESCAPE:
                characters.append(" ")
                continue
        if octet == ESCAPE:
            escaped = True
        elif octet < 0x80:
            characters.append(table[octet])
        else:
            damaged = True
            characters.append(chr(octet))
    return "".join(characters), damaged or escaped


def _decode_ucs2(data: bytes) -> tuple[str, bool]:
    codec = "utf-16-be"
    if (
        data[:2] == b"\xff\xfe"
    ):  # no character, so it can only be the byte order mark of a little-endian sender
        data, codec = data[2:], "utf-16-le"
    try:
        return data.decode(codec), False
    except UnicodeDecodeError:
        return data[: len(data) & ~1].decode(codec, "replace"), True
