"""Address ranges."""

from __future__ import annotations

from ipaddress import ip_address, ip_network


def is_in(host: str, ranges: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the ranges; IPv4 written as IPv6 counts as IPv4."""
    address = ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(allowed, strict=False) for allowed in ranges)
