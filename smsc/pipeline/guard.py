"""The SSRF guard: callbacks reach public addresses, and the ranges that the operator allows.

The check stands where the connection is made: a name is resolved, every address is judged, and the connection
goes to a judged address, so that a name that resolves differently a moment later (DNS rebinding) gains
nothing. TLS still verifies the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1: the last 32 bits are an IPv4 address
UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 §2.4: all global unicast assigned so far
RESOLVE_S = 3.0
"""How long `refused_url` waits for a name to resolve."""
NEVER = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # RFC 6890 §2.2.2; a cloud keeps its metadata there
    ipaddress.IPv4Network("168.63.129.16/32"),  # a cloud's host agent on a public address
)


class Forbidden(httpcore.ConnectError):
    """The guard lets nothing through to this host."""


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, Teredo, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def permitted(address: Address, *, allow: Sequence[Network]) -> bool:
    """Whether a callback may go to `address`: public unicast, or within `allow`."""
    inner = _inner(address)
    if any(inner.version == network.version and inner in network for network in allow):
        return True
    if inner.is_multicast or inner.is_reserved or not inner.is_global:
        return False
    if isinstance(inner, ipaddress.IPv6Address):
        return inner in UNICAST
    return not any(inner in network for network in NEVER)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of `host`, by the system's resolver.

    Raises: OSError where there are none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only. At most `addresses_max` of a name's are tried."""

    addresses_max = 4

    def __init__(self, *, allow: Sequence[Network], resolve: Resolve = resolve) -> None:
        self._allow = tuple(allow)
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the host's permitted addresses, tried in the resolver's order.

        Raises: Forbidden when no address may be reached; httpcore.ConnectError, ConnectTimeout.
        """
        addresses = await self.judged(host, port, timeout)
        failure: httpcore.ConnectError | None = None
        for address in addresses[: self.addresses_max]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or Forbidden(f"{host} resolves to no address")

    async def judged(self, host: str, port: int, timeout: float | None) -> list[str]:
        """The host's addresses that may be reached.  Raises: Forbidden, httpcore.ConnectError, ConnectTimeout."""
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} did not resolve in {timeout} s") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve: {error}") from error
        fine = [text for text in found if permitted(ipaddress.ip_address(text), allow=self._allow)]
        if not fine:
            raise Forbidden(
                f"{host} is at {', '.join(found) or 'no address'}: not public and not in callbacks.allow"
            )
        return fine

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a callback is not for a local socket."""
        raise Forbidden(f"unix socket {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait between httpcore's own retries (unused: the callback queue retries)."""
        await self._inner.sleep(seconds)


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """httpcore's errors as httpx's, so that the caller knows one family."""
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except httpcore.NetworkError as error:
        raise httpx.NetworkError(str(error), request=request) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx(self._request):
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        with _as_httpx(self._request):
            await self._stream.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport over a pool whose connections pass the guard. Needs no proxy, follows nothing.

    `connections_max` bounds the idle connections; those in use are as many as the caller's posts.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        connections_max: int = 64,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=connections_max,
            keepalive_expiry=20.0,
            network_backend=GuardedBackend(allow=allow, resolve=resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange.

        Raises: httpx.TransportError and its kin; httpx.ConnectError names what the guard refused.
        """
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx(request):
            got = await self._pool.handle_async_request(sent)
        return httpx.Response(
            status_code=got.status,
            headers=got.headers,
            stream=_Body(got.stream, request),
            extensions=got.extensions,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._pool.aclose()


def guarded_client(
    *, allow: Sequence[Network] = (), connections_max: int = 64, resolve: Resolve = resolve
) -> httpx.AsyncClient:
    """The HTTP client for callbacks: guarded, pooled, no proxies from the environment, no redirects."""
    transport = GuardedTransport(allow=allow, connections_max=connections_max, resolve=resolve)
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


async def refused_url(url: str, *, allow: Sequence[Network], resolve: Resolve = resolve) -> str:
    """Why the guard would let no callback through to `url` now; "" when it would."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "no address"
    if parts.scheme not in ("http", "https") or not host:
        return "no http address"
    if "@" in parts.netloc:
        return "it has a user or password in it"
    try:
        await GuardedBackend(allow=allow, resolve=resolve).judged(host, port, RESOLVE_S)
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        return str(error)
    return ""
