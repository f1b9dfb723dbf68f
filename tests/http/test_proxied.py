"""Per-address limits count the caller's own address: behind proxies of ours, and one for each /64 of IPv6."""

from __future__ import annotations

from ipaddress import ip_network

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from smsc.http.failures import Failures, place_of
from smsc.http.proxied import Network, Proxied, caller

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours says so
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # what stands before may be made up
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "[2001:db8::5]:4711", "2001:db8::5"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
    ],
)
def test_the_caller_is_the_last_that_is_no_proxy(peer: str, forwarded: str, address: str) -> None:
    assert caller(peer, forwarded, proxies=OURS) == address


@pytest.mark.parametrize(("proxies", "address"), [(OURS, "198.51.100.1"), ((), "10.0.0.1")])
async def test_only_configured_proxies_are_believed(proxies: tuple[Network, ...], address: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        assert request.client is not None
        await PlainTextResponse(request.client.host)(scope, receive, send)

    transport = httpx.ASGITransport(Proxied(app, proxies=proxies), client=("10.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/", headers={"X-Forwarded-For": "198.51.100.1"})
    assert answer.text == address


def test_addresses_of_one_64_are_one_place() -> None:
    failures = Failures(failures_max=2, now=lambda: 0.0)
    failures.count("2001:db8:0:1::1")
    failures.count("2001:db8:0:1:ffff::2")
    assert failures.barred("2001:db8:0:1::3") and not failures.barred("2001:db8:0:2::1")
    assert place_of("::ffff:198.51.100.1") == place_of("198.51.100.1") == "198.51.100.1"
    assert len(failures) == 1
