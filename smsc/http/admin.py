"""The admin socket: what `smsc binds` and its kin ask of the server on this machine.

A unix socket beside the database, which only the server's own user may open; no key is needed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from smsc.http.problems import problem
from smsc.ops.health import Health

Rows = Callable[[], Iterable[Mapping[str, object]]]
"""One mapping for each bind: carrier, bind, state, since, system_id, mode, peer, window, used, ..."""
Reload = Callable[[], Awaitable[str]]
"""Load keywords anew and say what was loaded. Raises: ValueError: what is wrong, the old ones stay."""


def socket_path(database: str) -> Path:
    """Where the admin socket of a server on `database` (a URL) is: beside a SQLite file, else here."""
    scheme, _, rest = database.partition("://")
    name = unquote(rest.removeprefix("/").split("?")[0])
    if scheme.startswith("sqlite") and name and name != ":memory:":
        return Path(name + ".admin")
    return Path("smsc.admin")


def build_admin(*, rows: Rows, reload: Reload, health: Health, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The application behind the socket: GET /binds, POST /reload, GET /health, and `routes`."""

    async def binds(request: Request) -> Response:
        body = json.dumps({"binds": [dict(row) for row in rows()]}, default=str)
        return Response(body, media_type="application/json")

    async def load(request: Request) -> Response:
        try:
            return JSONResponse({"loaded": await reload()})
        except (ValueError, OSError) as error:
            return problem(422, title="keywords not loaded", detail=str(error), code="bad_keywords")

    async def state(request: Request) -> Response:
        return JSONResponse({"ready": health.ready, "troubles": health.troubles})

    return Starlette(
        routes=[
            Route("/binds", binds),
            Route("/reload", load, methods=["POST"]),
            Route("/health", state),
            *routes,
        ]
    )
