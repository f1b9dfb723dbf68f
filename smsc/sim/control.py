"""What the control APIs of the simulators share: JSON in, JSON out, events as they happen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.sim.record import Record
from smsc.sim.web import either, event_stream

BODY_OCTETS_MAX = 64 * 1024
WAIT_S_MAX = 60.0


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body.  Raises: HTTPException: 415, 413 or 400 with what is wrong."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "send application/json")
    body = await request.body()
    if len(body) > BODY_OCTETS_MAX:
        raise HTTPException(413, f"more than {BODY_OCTETS_MAX} octets")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise HTTPException(400, f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "send a JSON object")
    return value


def text_in(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A text of the body.  Raises: HTTPException: 400, it is missing or no text."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise HTTPException(400, f"{name}: a text is wanted")
    return value


def number_in(request: Request, name: str, default: float) -> float:
    """A number of the query.  Raises: HTTPException: 400, it is none."""
    try:
        return float(request.query_params.get(name, default))
    except ValueError:
        raise HTTPException(400, f"{name}: a number is wanted") from None


def event_routes(events: Record[dict[str, Any]], closing: asyncio.Event) -> list[Route]:
    """GET /events: all events as server-sent events, from `after` or Last-Event-ID on."""

    async def stream(request: Request) -> Response:
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdigit() else int(number_in(request, "after", 0))
        return event_stream(events, after=after, closing=closing)

    return [Route("/events", stream)]


async def long_poll(
    request: Request,
    events: Record[dict[str, Any]],
    wanted: Callable[[dict[str, Any]], bool],
    *,
    closing: asyncio.Event,
) -> Response:
    """Events above `after` that are `wanted`; with none, wait for up to `wait` seconds of the query."""
    after = int(number_in(request, "after", 0))
    deadline = asyncio.get_running_loop().time() + min(number_in(request, "wait", 0), WAIT_S_MAX)
    while True:
        seen = events.last
        found = [entry | {"n": number} for number, entry in events.after(after) if wanted(entry)]
        left_s = deadline - asyncio.get_running_loop().time()
        if found or left_s <= 0 or closing.is_set():
            return JSONResponse({"messages": found, "next": seen})
        await either(events.grows(beyond=seen), closing, timeout=left_s)
