"""Connections without a request in hand end at their deadlines and make room for others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http.connections import HEAD_OCTETS_MAX, Connection
from smsc.http.server import HttpServer

GUARD_S = 30
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


@asynccontextmanager
async def served(connection: type[Connection]) -> AsyncIterator[tuple[str, int]]:
    server = HttpServer(Starlette(routes=[Route("/", hello, methods=["GET", "POST"])]), connection=connection)
    yield await server.start("127.0.0.1:0")
    await server.stop()


async def until_it_ends(reader: asyncio.StreamReader) -> bytes:
    """All octets up to the end of the connection, orderly or not."""
    found = bytearray()
    async with asyncio.timeout(GUARD_S):
        try:
            while octets := await reader.read(65536):
                found += octets
        except ConnectionResetError:
            found += b" reset"
    return bytes(found)


class HastyHead(Connection):
    head_s = 0.2


class HastyIdle(Connection):
    idle_s = 0.2


class HastyRest(Connection):
    linger_s = 0.2


class Two(Connection):
    connections_max = 3
    """uvicorn refuses from that number on."""


@pytest.mark.parametrize(
    ("connection", "sent", "status"),
    [
        (HastyHead, b"", b""),
        (HastyHead, b"GET / HTTP/1.1\r\nX: y", b""),
        (HastyIdle, ASK, b"HTTP/1.1 200"),
        (HastyIdle, ASK + b"GET / HT", b"HTTP/1.1 200"),
        (HastyRest, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na", b"HTTP/1.1 200"),
    ],
)
async def test_a_connection_without_a_request_in_hand_ends_at_its_deadline(
    connection: type[Connection], sent: bytes, status: bytes
) -> None:
    async with served(connection) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(sent)
        said = await until_it_ends(reader)
        assert said.startswith(status) and bool(said.removesuffix(b" reset")) == bool(status)
        writer.close()


async def test_a_request_is_answered_whole_behind_another_and_after_the_rest_of_a_body() -> None:
    async with served(Connection) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(ASK + ASK)
        for _ in range(2):
            assert b"200" in await asyncio.wait_for(reader.readuntil(b"hello"), GUARD_S)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
        assert b"200" in await asyncio.wait_for(reader.readuntil(b"hello"), GUARD_S)
        writer.write(b"bcdefghi" + ASK)
        assert b"200" in await asyncio.wait_for(reader.readuntil(b"hello"), GUARD_S)
        writer.close()


async def test_a_head_without_an_end_is_refused() -> None:
    async with served(Connection) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"y" * 16 * HEAD_OCTETS_MAX)
        said = await until_it_ends(reader)
        assert said.startswith(b"HTTP/1.1 431") or said == b" reset"
        writer.close()


async def test_the_connection_that_waits_longest_makes_room() -> None:
    async with served(Two) as (host, port):
        idle = [await asyncio.open_connection(host, port) for _ in range(3)]
        assert await until_it_ends(idle[0][0]) in (b"", b" reset")
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(ASK)
        assert b"200" in await asyncio.wait_for(reader.readuntil(b"hello"), GUARD_S)
        assert await until_it_ends(idle[1][0]) in (b"", b" reset")
        for _, one in [*idle, (reader, writer)]:
            one.close()
