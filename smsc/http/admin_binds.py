"""The part of the admin socket about binds: turn one, watch its PDUs, count what waits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from smsc.http.problems import problem
from smsc.link import BindBoard, BindControl, UnknownBind, Verb
from smsc.link.trace import Trace

Queues = Callable[[], Awaitable[Mapping[str, object]]]
"""What waits in the store, by name."""


def bind_routes(control: BindControl, board: BindBoard, *, queues: Queues) -> list[Route]:
    """POST /binds/NAME/VERB, GET /trace?bind=NAME&msisdn=N (JSON lines without end), GET /queues."""

    async def act(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            verb = Verb(request.path_params["verb"])
            await control.act(name, verb)
        except ValueError:
            return problem(404, title="no such verb", detail=f"one of {', '.join(Verb)}", code="unknown_verb")
        except UnknownBind:
            return _unknown(control)
        return JSONResponse({"bind": name, "done": verb.value})

    async def trace(request: Request) -> Response:
        name = request.query_params.get("bind", "*")
        if name != "*" and name not in control.names:
            return _unknown(control)
        watch = Trace(name, msisdn=request.query_params.get("msisdn", ""))
        return StreamingResponse(_lines(watch, board, name), media_type="application/x-ndjson")

    async def waiting(request: Request) -> Response:
        return Response(json.dumps(await queues(), default=str), media_type="application/json")

    return [
        Route("/binds/{name}/{verb}", act, methods=["POST"]),
        Route("/trace", trace),
        Route("/queues", waiting),
    ]


def _unknown(control: BindControl) -> Response:
    return problem(
        404, title="no such bind", detail=f"one of {', '.join(control.names)}", code="unknown_bind"
    )


async def _lines(watch: Trace, board: BindBoard, name: str) -> AsyncIterator[str]:
    async with watch.open(board) as records:
        yield json.dumps({"tracing": name}) + "\n"
        async for record in records:
            yield json.dumps(record) + "\n"
