"""The ASGI application: the routes of the rooms, and what operations ask of every server."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from smsc.http.bodies import Bodies
from smsc.http.problems import problem
from smsc.ops.health import Health
from smsc.ops.metrics import CONTENT_TYPE, Metrics


def _page(name: str) -> str:
    return resources.files("smsc.http").joinpath("templates", name).read_text(encoding="utf-8")


CODES = {404: "unknown_path", 405: "wrong_method", 500: "internal"}


async def _not_served(request: Request, error: Exception) -> Response:
    """404, 405 and 500 as problems, as a page for browsers: nothing of the request is echoed."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    if "text/html" in request.headers.get("accept", ""):
        answer: Response = HTMLResponse(_page("trouble.html").replace("{title}", title), status_code=status)
    else:
        answer = problem(status, title=title, code=CODES.get(status, ""))
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    if status == 405:  # a path may have several routes: name the methods of all
        routes = [
            r
            for r in request.app.routes
            if isinstance(r, Route) and r.matches(request.scope)[0] is not Match.NONE
        ]
        answer.headers["Allow"] = ", ".join(sorted({m for route in routes for m in route.methods or ()}))
    return answer


def build_app(routes: Sequence[BaseRoute], *, health: Health, metrics: Metrics) -> Starlette:
    """One application of `routes`, with /healthz, /readyz, /metrics, and /console where no route serves it.

    /healthz says that the process serves, binds up or not; /readyz is 503 with the reasons while it
    should get no work.
    """

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(request: Request) -> Response:
        ready = health.ready
        return JSONResponse({"ready": ready, "troubles": health.troubles}, status_code=200 if ready else 503)

    async def scrape(request: Request) -> Response:
        return Response(await metrics.scraped(), headers={"Content-Type": CONTENT_TYPE})

    async def front(request: Request) -> Response:
        return RedirectResponse("/console")

    async def console(request: Request) -> Response:
        return HTMLResponse(_page("console.html"))

    own = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", scrape),
        Route("/", front),
        Route("/console", console),
    ]
    return Starlette(
        routes=[*routes, *own],
        exception_handlers=dict.fromkeys((404, 405, 500), _not_served),
        middleware=[Middleware(Bodies)],
    )
