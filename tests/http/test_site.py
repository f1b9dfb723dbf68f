"""What operations ask of every server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http.problems import problem
from smsc.http.server import HttpServer, split_address
from smsc.http.site import build_app
from smsc.ops.health import Health
from smsc.ops.metrics import Metrics

if TYPE_CHECKING:
    from tests.http.conftest import Stage


async def test_alive_and_ready_are_two_things(stage: Stage) -> None:
    stage.health.trouble("store", "database is locked")
    assert (await stage.client.get("/healthz")).status_code == 200
    ready = await stage.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["troubles"]["store"] == "database is locked"
    stage.health.cleared("store")
    stage.health.cleared("node")
    assert (await stage.client.get("/readyz")).status_code == 200


async def test_prometheus_is_served(stage: Stage) -> None:
    answer = await stage.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "smsc_batch_size" in answer.text


async def test_the_front_leads_to_the_console(stage: Stage) -> None:
    front = await stage.client.get("/")
    assert (front.status_code, front.headers["location"]) == (307, "/console")
    assert "smsc binds" in (await stage.client.get("/console")).text


async def test_a_route_of_ours_comes_before_the_front() -> None:
    async def handset(request: Request) -> Response:
        return PlainTextResponse("handset")

    import httpx

    app = build_app([Route("/", handset)], health=Health(), metrics=Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://smsc") as client:
        assert (await client.get("/")).text == "handset"


async def test_a_browser_gets_a_page_for_what_is_not_served(stage: Stage) -> None:
    answer = await stage.client.get("/nowhere?ekey=geheim", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in answer.text and "geheim" not in answer.text


async def test_an_error_of_ours_is_a_problem_too() -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("geheim")

    import httpx

    app = build_app([Route("/broken", broken)], health=Health(), metrics=Metrics())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://smsc") as client:
        answer = await client.get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "geheim" not in answer.text


async def test_what_is_not_served_is_a_problem_that_echoes_nothing(stage: Stage) -> None:
    answer = await stage.client.get("/nowhere?ekey=geheim")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "geheim" not in answer.text
    refused = await stage.client.delete("/gateway")
    assert (refused.status_code, refused.json()["status"]) == (405, 405)
    assert "GET" in refused.headers["allow"]


def test_a_problem_has_the_members_of_its_standard() -> None:
    answer = problem(403, title="Forbidden", detail="the number is blocked", code="blocked")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert b'"code":"blocked"' in answer.body


async def test_a_taken_port_is_an_OSError() -> None:
    app = build_app([], health=Health(), metrics=Metrics())
    first, second = HttpServer(app), HttpServer(app)
    host, port = await first.start("127.0.0.1:0")
    with pytest.raises(OSError, match="in use"):
        await second.start(f"{host}:{port}")
    await second.stop()
    await first.stop()


async def test_a_request_that_runs_is_answered_while_the_server_stops() -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        begun.set()
        await finish.wait()
        return PlainTextResponse("done")

    import httpx

    server = HttpServer(build_app([Route("/slow", slow)], health=Health(), metrics=Metrics()))
    host, port = await server.start("127.0.0.1:0")
    async with httpx.AsyncClient(trust_env=False) as client:
        asked = asyncio.create_task(client.get(f"http://{host}:{port}/slow"))
        await begun.wait()
        stopping = asyncio.create_task(server.stop())
        finish.set()
        assert (await asked).text == "done"
        await stopping


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:0", ("::1", 0)),
        (":8080", ("0.0.0.0", 8080)),
    ],
)
def test_addresses_are_read(text: str, parsed: tuple[str, int]) -> None:
    assert split_address(text) == parsed


@pytest.mark.parametrize("text", ["8080", "host", "host:http", "host:70000"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        split_address(text)
