"""What makes two MOs equal (D1a)."""

from __future__ import annotations

from hashlib import blake2b

from smsc.messages import Mo


def fingerprint(mo: Mo) -> bytes:
    """16 octets over carrier, source, destination, esm_class, data_coding, octets and the carrier's MO id.

    The place of a part counts too: with SAR it stands outside the octets, and two parts may say the same.
    """
    part = mo.part
    place = "" if part is None else f"{part.reference}/{part.total}/{part.number}"
    head = "\0".join(
        (
            mo.carrier,
            mo.source,
            mo.short_code,
            f"{mo.esm_class} {mo.data_coding} {place} {len(mo.carrier_mo_id)}",
            mo.carrier_mo_id,
            "",
        )
    )
    return blake2b(head.encode("utf-8", "surrogatepass") + mo.raw, digest_size=16).digest()
