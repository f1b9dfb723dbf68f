"""Bodies that wait take a bounded room together (D4)."""

from __future__ import annotations

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http.bodies import BODY_READ_MAX, Bodies


async def test_D4_a_body_too_many_is_asked_to_come_again_and_room_comes_back() -> None:
    held, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        await request.body()
        held.set()
        await go_on.wait()
        return PlainTextResponse("done")

    app = Bodies(Starlette(routes=[Route("/", slow, methods=["GET", "POST"])]), octets_max=BODY_READ_MAX)
    body = b"x" * BODY_READ_MAX
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://smsc") as client:
        first = asyncio.create_task(client.post("/", content=body))
        await held.wait()
        refused = await client.post("/", content=b"x")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        bodiless = asyncio.create_task(client.get("/"))
        go_on.set()
        assert ((await first).status_code, (await bodiless).status_code) == (200, 200)
        assert (await client.post("/", content=body)).status_code == 200
