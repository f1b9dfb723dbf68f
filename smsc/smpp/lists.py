"""The two counted lists of submit_multi: destinations, and the ones its response refuses."""

from __future__ import annotations

from collections.abc import Sequence

from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.layout import DistributionList, SmeAddress, UnsuccessfulSme

SME_ADDRESS = 1
DISTRIBUTION_LIST = 2
"""dest_flag (SMPP v3.4 §5.2.25)."""


def read_destinations(
    frame: bytes, text: str, at: int
) -> tuple[tuple[SmeAddress | DistributionList, ...], int]:
    """The destinations that begin at `at` with their count, and where they end.

    `text` is `frame` in Latin-1. Raises: IndexError or ValueError: it ends early, or an unknown dest_flag.
    """
    found: list[SmeAddress | DistributionList] = []
    count, at = frame[at], at + 1
    for _ in range(count):
        flag = frame[at]
        start = at + (3 if flag == SME_ADDRESS else 1)
        end = text.index("\0", start)
        if flag == SME_ADDRESS:
            found.append(SmeAddress(frame[at + 1], frame[at + 2], text[start:end]))
        elif flag == DISTRIBUTION_LIST:
            found.append(DistributionList(text[start:end]))
        else:
            raise ValueError(f"dest_flag {flag}")
        at = end + 1
    return tuple(found), at


def read_unsuccessful(frame: bytes, text: str, at: int) -> tuple[tuple[UnsuccessfulSme, ...], int]:
    """The refused destinations that begin at `at` with their count, and where they end. Raises: as above."""
    found: list[UnsuccessfulSme] = []
    count, at = frame[at], at + 1
    for _ in range(count):
        end = text.index("\0", at + 2)
        status = frame[end + 1 : end + 5]
        if len(status) < 4:
            raise IndexError("error_status_code")
        found.append(
            UnsuccessfulSme(frame[at], frame[at + 1], text[at + 2 : end], int.from_bytes(status, "big"))
        )
        at = end + 5
    return tuple(found), at


def write_destinations(destinations: Sequence[SmeAddress | DistributionList]) -> bytes:
    """Count and entries. Raises: LocalProtocolError: more than 254, or an address that does not fit."""
    out = bytearray([_count(destinations)])
    for destination in destinations:
        match destination:
            case SmeAddress(ton, npi, address):
                out += bytes([SME_ADDRESS, ton, npi]) + _cstring(address)
            case DistributionList(name):
                out += bytes([DISTRIBUTION_LIST]) + _cstring(name)
    return bytes(out)


def write_unsuccessful(refused: Sequence[UnsuccessfulSme]) -> bytes:
    """Count and entries. Raises: as above."""
    out = bytearray([_count(refused)])
    for one in refused:
        out += bytes([one.addr_ton, one.addr_npi]) + _cstring(one.address)
        out += one.error_status_code.to_bytes(4, "big")
    return bytes(out)


def _count(entries: Sequence[object]) -> int:
    if len(entries) > 254:
        raise LocalProtocolError(f"{len(entries)} entries where 254 fit")
    return len(entries)


def _cstring(text: str) -> bytes:
    if len(text) > 20 or "\0" in text:
        raise LocalProtocolError(f"{text!r} does not fit in 20 octets and a NUL")
    return text.encode("latin-1") + b"\0"
