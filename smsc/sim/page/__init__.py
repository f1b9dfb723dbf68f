"""The demo page: a handset in the browser, and its merchant next to it.

Static files, and a proxy for the control APIs of carrier and merchant: the browser talks to one origin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from smsc.sim.control import read_json, text_in
from smsc.sim.faults import ENDINGS, OUTCOMES
from smsc.sim.web import either

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
TYPES = {"html": "text/html; charset=utf-8", "css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the page shows before anybody types."""

    msisdn: str
    short_code: str
    codes: Mapping[str, Sequence[str]]
    """Codes to choose from, and for each the texts offered as buttons."""


class DemoPage:
    """Routes for "/" and "/demo/...".

    Args: carrier, merchant: base URLs of the two control APIs.
    """

    def __init__(self, settings: PageSettings, *, carrier: str, merchant: str) -> None:
        self._settings = settings
        self._upstreams = {"carrier": carrier, "merchant": merchant}
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(30.0, read=None), trust_env=False)
        self._closing = asyncio.Event()
        self.routes = [
            Route("/", self._static),
            Route("/demo/page.css", self._static),
            Route("/demo/page.js", self._static),
            Route("/demo/settings", self._tell_settings),
            Route("/demo/texts", self._text, methods=["POST"]),
            Route("/demo/{upstream}/events", self._events),
            Route("/favicon.ico", self._no_icon),
        ]

    async def close(self) -> None:
        """End every live stream, so that the server that hosts the page can stop."""
        self._closing.set()
        await self._client.aclose()

    async def _static(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2] or "index.html"
        octets = files(__name__).joinpath(name).read_bytes()
        return Response(octets, headers=HEADERS | {"Content-Type": TYPES[name.rpartition(".")[2]]})

    async def _no_icon(self, request: Request) -> Response:
        return Response(status_code=204)

    async def _tell_settings(self, request: Request) -> Response:
        settings = self._settings
        faults = [(ending, OUTCOMES[name].meaning) for ending, name in ENDINGS.items()]
        return JSONResponse(
            {
                "msisdn": settings.msisdn,
                "short_code": settings.short_code,
                "codes": {code: list(texts) for code, texts in settings.codes.items()},
                "faults": faults,
            },
            headers=HEADERS,
        )

    async def _text(self, request: Request) -> Response:
        body = await _text_asked(request)
        mo = {name: text_in(body, name) for name in ("msisdn", "short_code", "text")} | {"tries": 3}
        try:
            answer = await self._client.post(f"{self._upstreams['carrier']}/mo", json=mo)
        except httpx.HTTPError:
            raise HTTPException(502, "the carrier does not answer") from None
        return Response(answer.content, status_code=answer.status_code, headers=HEADERS)

    async def _events(self, request: Request) -> Response:
        if (base := self._upstreams.get(request.path_params["upstream"])) is None:
            raise HTTPException(404)
        asked = {"last-event-id": request.headers.get("last-event-id", "0")}
        return StreamingResponse(
            self._relay(f"{base}/events", asked), media_type="text/event-stream", headers=HEADERS
        )

    async def _relay(self, url: str, headers: dict[str, str]) -> AsyncIterator[bytes]:
        try:
            async with self._client.stream("GET", url, headers=headers) as upstream:
                chunks = upstream.aiter_raw()
                while True:
                    chunk: asyncio.Task[Any] = asyncio.ensure_future(anext(chunks, b""))
                    if not await either(chunk, self._closing, timeout=3600) or not chunk.result():
                        return
                    yield chunk.result()
        except httpx.HTTPError:
            yield f"event: gone\ndata: {json.dumps(url)}\n\n".encode()


async def _text_asked(request: Request) -> dict[str, Any]:
    """JSON as the page sends it, or a form as `curl -d` does.

    A browser sends a form to any site unasked: forms are taken only from what says it is no other site's page.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return await read_json(request)
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin") or (
        (origin := request.headers.get("origin")) is not None
        and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise HTTPException(403, "a form of another site")
    async with request.form(max_fields=10) as form:
        return dict(form)
