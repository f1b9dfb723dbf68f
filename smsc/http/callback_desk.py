"""What operators ask of callbacks over the admin socket: list, attempts, replay, enable an endpoint."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.http.bearer import Refused, read_object, text_of
from smsc.http.problems import problem
from smsc.pipeline.callbacks import Callbacks
from smsc.store import CallbackRow, EndpointRow, Reader, Store

PAGE = 100
STATES = ("due", "delivered", "parked", "replay")
IDS_MAX = 1000


class CallbackDesk:
    """The routes, without keys: whoever opens the socket is the operator."""

    def __init__(self, store: Store, callbacks: Callbacks) -> None:
        self._store, self._callbacks = store, callbacks

    def routes(self) -> list[Route]:
        """What to hang into the admin application."""
        return [
            Route("/callbacks", self._list, methods=["GET"]),
            Route("/callbacks/replay", self._replay, methods=["POST"]),
            Route("/callbacks/enable", self._enable, methods=["POST"]),
            Route("/callbacks/{id:id}", self._one, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        given = request.query_params
        merchant, state, after = given.get("merchant", ""), given.get("state", ""), given.get("after", "0")
        if (state and state not in STATES) or not after.isascii() or not after.isdigit() or len(after) > 18:
            return problem(
                422, title=f"state is one of {', '.join(STATES)}; after is an id", code="bad_value"
            )

        def work(reader: Reader) -> tuple[list[CallbackRow], list[EndpointRow]]:
            rows = reader.callbacks(merchant, state=state, after=int(after), limit=PAGE)
            return rows, reader.disabled_endpoints()

        rows, disabled = await self._store.read(work)
        resting = self._callbacks.resting()
        endpoints = [
            {"merchant": e.merchant, "state": "disabled", "since": e.disabled_at.isoformat(), "url": e.url}
            for e in disabled
        ] + [
            {"merchant": m, "state": "resting", "until": at.isoformat()} for m, at in sorted(resting.items())
        ]
        return JSONResponse({"callbacks": [shown(row) for row in rows], "endpoints": endpoints})

    async def _one(self, request: Request) -> Response:
        number = int(request.path_params["id"])
        row = await self._store.read(lambda r: r.callback(number)) if number < 2**63 else None
        if row is None:
            return problem(404, title="no callback has this id", code="unknown_id")
        attempts = [
            {"at": a.at.isoformat(), "status": a.status, "error": a.error, "took_ms": a.took_ms}
            for a in row.history
        ]
        return JSONResponse(shown(row) | {"last_attempts": attempts})

    async def _replay(self, request: Request) -> Response:
        try:
            body = await read_object(request)
            merchant = text_of(body, "merchant")
        except Refused as refused:
            return refused.answer
        ids = _ids(body.get("ids"))
        if not merchant or ids is False:
            title = f"merchant is missing, or ids is no list of at most {IDS_MAX} ids"
            return problem(422, title=title, code="bad_value")
        off = await self._store.read(lambda r: r.disabled_endpoints())
        if any(row.merchant == merchant for row in off):
            return problem(
                409, title="the endpoint is disabled", detail="enable it first", code="endpoint_disabled"
            )
        return JSONResponse({"replayed": await self._callbacks.replay(merchant, ids=ids or None)})

    async def _enable(self, request: Request) -> Response:
        try:
            merchant = text_of(await read_object(request), "merchant")
        except Refused as refused:
            return refused.answer
        return JSONResponse({"enabled": await self._callbacks.enable(merchant)})


def _ids(given: object) -> list[int] | Literal[False] | None:
    """Ids as text or numbers; None for all, False for what is no such list."""
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > IDS_MAX:
        return False
    texts = [str(one) for one in given]
    return (
        [int(t) for t in texts] if all(t.isascii() and t.isdigit() and len(t) < 19 for t in texts) else False
    )


def shown(row: CallbackRow) -> dict[str, object]:
    """A callback as lists show it; no text of a subscriber."""
    return {
        "id": str(row.id),
        "merchant": row.notice.merchant,
        "kind": row.notice.kind.value,
        "msisdn": str(row.notice.msisdn),
        "state": row.state,
        "created_at": row.created_at.isoformat(),
        "attempts": row.attempts,
        "last_status": row.last_status,
        "last_error": row.last_error,
    }
