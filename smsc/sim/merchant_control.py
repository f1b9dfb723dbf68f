"""The control API of a merchant that runs as a process of its own.

GET  /events    callbacks and gateway calls as server-sent events
GET  /messages  ?number=41790001234&after=0&wait=10   the same, long-polling
POST /call      {"number": ..., "message": ..., ...}: a gateway call with these parameters; answers its body
POST /request   {"path": "/crmtext", "headers": {...}, "form": {...}} or with "json": another API; {"status", "body"}
POST /faults    {"status": 500, "body": "no", "delay_s": 0, "times": 1}: how the next callbacks are answered
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.sim.control import event_routes, long_poll, read_json
from smsc.sim.merchant import Answer, Asked, Call, Callback, Merchant
from smsc.sim.record import Record
from smsc.sim.telling import stamp


def callback_event(callback: Callback) -> dict[str, Any]:
    """A callback as plain values."""
    return {
        "kind": "callback",
        "at": stamp(callback.at),
        "method": callback.method,
        "path": callback.path,
        "fields": dict(callback.fields),
        "status": callback.answer.status,
        "body": callback.answer.body,
    }


def call_event(call: Call) -> dict[str, Any]:
    """A gateway call as plain values."""
    return {
        "kind": "call",
        "at": stamp(call.at),
        "params": dict(call.params),
        "status": call.status,
        "body": call.body,
    }


def asked_event(asked: Asked) -> dict[str, Any]:
    """A call of another API as plain values; its headers, which carry keys, are left out."""
    return {
        "kind": "request",
        "at": stamp(asked.at),
        "method": asked.method,
        "path": asked.path,
        "params": dict(asked.params),
        "status": asked.status,
        "body": asked.body,
    }


class MerchantControl:
    """Serves one merchant over HTTP; `events` fills as callbacks come and calls are made."""

    def __init__(self, merchant: Merchant, events: Record[dict[str, Any]], closing: asyncio.Event) -> None:
        self._merchant = merchant
        self._events = events
        self._closing = closing
        self.app = Starlette(
            routes=[
                Route("/messages", self._messages),
                Route("/call", self._call, methods=["POST"]),
                Route("/request", self._request, methods=["POST"]),
                Route("/faults", self._faults, methods=["POST"]),
                *event_routes(events, closing),
            ]
        )

    async def _messages(self, request: Request) -> Response:
        number = request.query_params.get("number", "")

        def concerns(event: dict[str, Any]) -> bool:
            values = event.get("fields") or event.get("params") or {}
            return number in ("", values.get("number"))

        return await long_poll(request, self._events, concerns, closing=self._closing)

    async def _call(self, request: Request) -> Response:
        params = {key: str(value) for key, value in (await read_json(request)).items()}
        try:
            return JSONResponse({"body": await self._merchant.call(**params)})
        except httpx.HTTPError as error:
            raise HTTPException(502, f"the gateway does not answer: {type(error).__name__}") from None

    async def _request(self, request: Request) -> Response:
        body = await read_json(request)
        path, headers = body.get("path"), body.get("headers", {})
        params = body.get("json", body.get("form", {}))
        if not isinstance(path, str) or not isinstance(headers, dict) or not isinstance(params, dict):
            raise HTTPException(400, "path: a text; headers and form or json: objects")
        try:
            asked = await self._merchant.asks(path, params, headers=headers, as_json="json" in body)
        except httpx.HTTPError as error:
            raise HTTPException(502, f"the server does not answer: {type(error).__name__}") from None
        self._events.append(asked_event(asked))
        return JSONResponse({"status": asked.status, "body": asked.body})

    async def _faults(self, request: Request) -> Response:
        body = await read_json(request)
        try:
            answer = Answer(
                status=int(body.get("status", 200)),
                body=str(body.get("body", "OK")),
                delay_s=float(body.get("delay_s", 0)),
            )
            times = int(body.get("times", 1))
        except (TypeError, ValueError) as error:
            raise HTTPException(400, str(error)) from None
        if not (100 <= answer.status < 600 and 1 <= times <= 1000):
            raise HTTPException(400, "status: 100 to 599 is wanted; times: 1 to 1000")
        self._merchant.answers_next(answer, times=times)
        return JSONResponse({"times": times})
