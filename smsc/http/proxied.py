"""Behind reverse proxies: whose request it is, by X-Forwarded-For as far as proxies of ours have written it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
HOPS_MAX = 20


class Proxied:
    """An application whose callers are told apart by their own addresses. Nobody but `proxies` is believed."""

    def __init__(self, app: ASGIApp, *, proxies: Sequence[Network]) -> None:
        self._app, self._proxies = app, tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, with the caller's address in place of the proxy's."""
        peer = scope.get("client")
        if self._proxies and scope["type"] == "http" and peer:
            said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
            address = caller(peer[0], said.decode("latin-1"), proxies=self._proxies)
            scope = {**scope, "client": (address, peer[1])}
        await self._app(scope, receive, send)


def caller(peer: str, forwarded: str, *, proxies: Sequence[Network]) -> str:
    """The last address of the way that is no proxy of ours; whatever stands before it may be made up."""
    way = [*forwarded.split(",")[-HOPS_MAX:], peer] if forwarded else [peer]
    found = peer
    for text in reversed(way):
        address = _address(text)
        if address is None:
            return found
        found = str(address)
        if not any(address.version == network.version and address in network for network in proxies):
            return found
    return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Also "203.0.113.7:4711", "[2001:db8::1]:4711" and IPv4 in IPv6."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
