"""The SSRF guard: what a callback may reach, judged where the connection is made."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import httpx
import pytest

from smsc.pipeline.guard import guarded_client, permitted, refused_url


class Door:
    """A server on loopback that answers OK and counts who came."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    yield door
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "192.0.0.192",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "fec0::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not permitted(ipaddress.ip_address(address), allow=())


@pytest.mark.parametrize("address", ["8.8.8.8", "193.5.1.1", "2a00:1450:400a:800::200e", "::ffff:8.8.8.8"])
def test_public_addresses_pass(address: str) -> None:
    assert permitted(ipaddress.ip_address(address), allow=())


def test_the_operator_lets_a_range_through() -> None:
    allow = (
        ip_network("127.0.0.0/8"),
        ip_network("fd00::/8"),
    )
    assert permitted(ipaddress.ip_address("127.0.0.1"), allow=allow)
    assert permitted(ipaddress.ip_address("::ffff:127.0.0.1"), allow=allow)
    assert permitted(ipaddress.ip_address("fd00::1"), allow=allow)
    assert not permitted(ipaddress.ip_address("10.0.0.1"), allow=allow)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
async def test_loopback_is_refused_before_a_connection_is_made(door: Door, host: str) -> None:
    async with guarded_client() as client:
        with pytest.raises(httpx.ConnectError, match=r"not public"):
            await client.post(f"http://{host}:{door.port}/sms")
    assert door.connections == 0


async def test_loopback_is_reached_where_it_is_allowed(door: Door) -> None:
    async with guarded_client(allow=(ip_network("127.0.0.0/8"),)) as client:
        answer = await client.post(f"http://localhost:{door.port}/sms", data={"a": "b"})
    assert answer.text == "OK"


async def test_a_name_that_is_rebound_is_judged_anew_and_once_for_each_connection(door: Door) -> None:
    answers = [["127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers.pop(0)

    async with guarded_client(allow=(ip_network("127.0.0.1/32"),), resolve=rebinding) as client:
        await client.post(f"http://merchant.example:{door.port}/sms")
        answers[:] = [["127.0.0.2"], ["127.0.0.1"]]  # a second look-up would find the allowed address
        with pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.2"):
            await client.post(f"http://merchant.example:{door.port}/sms")
    assert door.connections == 1
    assert asked == ["merchant.example", "merchant.example"]


async def test_a_private_address_among_public_ones_is_not_tried(door: Door) -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["10.9.8.7", "127.0.0.1"]

    async with guarded_client(allow=(ip_network("127.0.0.0/8"),), resolve=mixed) as client:
        answer = await client.post(f"http://merchant.example:{door.port}/sms", timeout=5)
    assert answer.status_code == 200


async def test_redirects_and_local_sockets_are_not_followed() -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, guarded_client(allow=(ip_network("127.0.0.0/8"),)) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/sms")
    assert answer.status_code == 302


async def test_a_host_that_does_not_resolve_is_a_connect_error() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    async with guarded_client(resolve=nothing) as client:
        with pytest.raises(httpx.ConnectError, match="does not resolve"):
            await client.post("http://nowhere.example/")


async def test_no_answer_in_time_is_a_timeout() -> None:
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, guarded_client(allow=(ip_network("127.0.0.0/8"),)) as client:
        with pytest.raises(httpx.TimeoutException):
            await client.post(f"http://127.0.0.1:{port}/", timeout=0.05)
        await gone.wait()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://merchant.example/sms", ""),
        ("http://127.0.0.1:9000/sms", ""),
        ("http://169.254.169.254/latest", "not public"),
        ("http://inside.example/", "not public"),
        ("http://nowhere.example/", "does not resolve"),
        ("ftp://merchant.example/", "no http address"),
        ("https://user:pw@merchant.example/", "a user or password"),
        ("http://[::1", "no address"),
        ("http:///sms", "no http address"),
        ("http://merchant.example:99999/", "no address"),
    ],
)
async def test_why_callbacks_cannot_go_to_a_url_is_told_before_any_does(url: str, why: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        if host == "nowhere.example":
            raise OSError("no such name")
        return {"merchant.example": ["93.184.215.14"], "inside.example": ["10.0.0.7"]}.get(host, [host])

    said = await refused_url(url, allow=(ip_network("127.0.0.0/8"),), resolve=resolve)
    assert why in said and bool(said) == bool(why)
