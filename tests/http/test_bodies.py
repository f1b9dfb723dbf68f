"""Bodies that wait take a bounded room together (D4), by what came of them, and have a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http.bodies import BODIES_OCTETS_MAX, BODY_S, Bodies
from smsc.http.server import HttpServer

ROOM = 64 * 1024


def app_of(
    endpoint: Callable[[Request], Awaitable[Response]],
    *,
    octets_max: int = BODIES_OCTETS_MAX,
    body_s: float = BODY_S,
) -> Starlette:
    route = Route("/", endpoint, methods=["GET", "POST"])
    return Starlette(routes=[route], middleware=[Middleware(Bodies, octets_max=octets_max, body_s=body_s)])


async def test_D4_a_body_too_many_is_asked_to_come_again_and_room_comes_back() -> None:
    held, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        await request.body()
        held.set()
        await go_on.wait()
        return PlainTextResponse("done")

    app = app_of(slow, octets_max=ROOM)
    body = b"x" * ROOM
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://smsc") as client:
        first = asyncio.create_task(client.post("/", content=body))
        await held.wait()
        refused = await client.post("/", content=b"x")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        bodiless = asyncio.create_task(client.get("/"))
        go_on.set()
        assert ((await first).status_code, (await bodiless).status_code) == (200, 200)
        assert (await client.post("/", content=body)).status_code == 200


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def test_D4_bodies_that_do_not_come_take_no_room_and_end_at_their_deadline() -> None:
    here = asyncio.Event()

    async def octet_and_no_more() -> AsyncIterator[bytes]:
        yield b"x"
        here.set()
        await asyncio.Event().wait()

    app = app_of(length, octets_max=ROOM, body_s=0.5)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://smsc") as client:
        announced = {"Content-Length": "1048576"}
        idle = asyncio.create_task(client.post("/", content=octet_and_no_more(), headers=announced))
        await here.wait()
        assert (await client.post("/", content=b"x" * (ROOM - 1))).text == str(ROOM - 1)
        ended = await asyncio.wait_for(idle, 30)
        assert (ended.status_code, ended.json()["code"], ended.headers["Connection"]) == (
            408,
            "too_slow",
            "close",
        )
        assert (await client.post("/", content=b"x" * ROOM)).status_code == 200


async def test_a_client_that_goes_amid_its_body_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    left, here = asyncio.Event(), asyncio.Event()

    async def reads(request: Request) -> Response:
        here.set()
        try:
            return PlainTextResponse(str(len(await request.body())))
        finally:
            left.set()

    caplog.set_level(logging.WARNING)
    server = HttpServer(app_of(reads))
    host, port = await server.start("127.0.0.1:0")
    _, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nmessage=GEHEIM")
    await asyncio.wait_for(here.wait(), 30)
    writer.close()
    await asyncio.wait_for(left.wait(), 30)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"http://{host}:{port}/", content=b"abc")).text == "3"
    await server.stop()
    assert caplog.records == []
