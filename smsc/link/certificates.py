"""When a TLS certificate ends."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _UTC_TIME, _EXPLICIT_VERSION = 0x30, 0x17, 0xA0


class BadCertificate(ValueError):
    """No certificate that can be read."""


def expires_at(pem: str) -> datetime:
    """The notAfter of the first certificate of a PEM file: the one that is shown, its issuers follow.

    Raises:  BadCertificate.
    Source:  RFC 5280 §4.1 (TBSCertificate, Validity).
    """
    block = _BLOCK.search(pem)
    if block is None:
        raise BadCertificate("no certificate in the file")
    try:
        certificate = next(_elements(ssl.PEM_cert_to_DER_cert(block.group())))[1]
        fields = _elements(next(_elements(certificate))[1])
        # version (optional), serialNumber, signature, issuer, validity
        before_validity = 4 if next(fields)[0] == _EXPLICIT_VERSION else 3
        for _ in range(before_validity - 1):
            next(fields)
        tag, validity = next(fields)
        if tag != _SEQUENCE:
            raise BadCertificate("no validity where it belongs")
        _, (kind, text) = _elements(validity)
    except (ValueError, IndexError, StopIteration) as error:
        raise BadCertificate(f"not a certificate: {error}") from error
    return _instant(kind, text.decode("ascii", "replace"))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The DER elements that follow each other in `data`, as (tag, contents)."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        yield tag, data[at : at + length]
        at += length


def _instant(kind: int, text: str) -> datetime:
    """UTCTime has two digits of the year, 50 to 99 meaning 19xx (RFC 5280 §4.1.2.5.1)."""
    if kind == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadCertificate(str(error)) from error
