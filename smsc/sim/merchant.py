"""A simulated merchant: takes callbacks over HTTP and calls the gateway as MessageCloud's customers do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smsc.sim.record import Record
from smsc.sim.web import WebServer, split_address

BODY_OCTETS_MAX = 64 * 1024
SECRETS = frozenset({"ekey"})


@dataclass(frozen=True, slots=True)
class Answer:
    """How the merchant answers one callback. OK with 200 is what the gateway wants to hear."""

    status: int = 200
    body: str = "OK"
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request the merchant received: its form and query fields, and how it was answered."""

    at: datetime
    method: str
    path: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    answer: Answer

    def __getitem__(self, field: str) -> str:
        return self.fields.get(field, "")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the gateway by the merchant, when it began and what came back; without the secret key."""

    at: datetime
    params: Mapping[str, str]
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of another API of the server by the merchant: what was asked of what, and the answer."""

    at: datetime
    method: str
    path: str
    params: Mapping[str, str]
    status: int
    body: str


class Merchant:
    """Receives callbacks at `url`, remembers them, answers OK unless told otherwise; calls the gateway.

    Args:
        gateway: base URL of the server under test, e.g. "http://127.0.0.1:8080".
        cc, ekey: the account's code and key.
        method: how the gateway is called, GET with a query string or POST with a form.
        on_callback, on_call: told of each as it is recorded.
    """

    def __init__(
        self,
        gateway: str = "",
        *,
        cc: str = "",
        ekey: str = "",
        currency: str = "CHF",
        network: str = "",
        method: str = "GET",
        on_callback: Callable[[Callback], object] | None = None,
        on_call: Callable[[Call], object] | None = None,
        limit: int = 10_000,
    ) -> None:
        self.gateway, self.cc, self.ekey = gateway, cc, ekey
        self.currency, self.network, self.method = currency, network, method
        self.callbacks: Record[Callback] = Record(limit=limit)
        self.calls: Record[Call] = Record(limit=limit)
        self._told: set[int] = set()
        self._answers: deque[Answer] = deque(maxlen=1000)
        self.usual_answer = Answer()
        self.on_callback, self.on_call = on_callback, on_call
        self._web = WebServer(Starlette(routes=[Route("/{path:path}", self._take, methods=["GET", "POST"])]))
        self._client = httpx.AsyncClient(timeout=30.0, trust_env=False)
        self._address = ""
        self.url = ""

    async def start(self, address: str = "127.0.0.1:0", *, path: str = "/sms") -> str:
        """Listen for callbacks and return the URL to configure.  Raises: OSError: the address is taken."""
        base = await self._web.start(address)
        self._address = base.removeprefix("http://")
        self.url = base + path
        return self.url

    async def stop(self) -> None:
        """Stop listening and close the connections to the gateway."""
        await self._web.stop()
        await self._client.aclose()

    async def goes_down(self) -> None:
        """Refuse connections until `comes_up`; the port stays the merchant's."""
        await self._web.stop()

    async def comes_up(self) -> None:
        """Listen again where it did before."""
        split_address(self._address)
        await self._web.start(self._address)

    def answers_next(self, answer: Answer, *, times: int = 1) -> None:
        """Answer the next `times` callbacks with `answer`; then as usual again."""
        self._answers.extend([answer] * times)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        fields = {key: str(value) for key, value in request.query_params.items()}
        if len(body) <= BODY_OCTETS_MAX and "form" in request.headers.get("content-type", ""):
            fields |= {key: str(value) for key, value in (await request.form()).items()}
        answer = self._answers.popleft() if self._answers else self.usual_answer
        callback = Callback(
            at=datetime.now(UTC),
            method=request.method,
            path=request.url.path,
            fields=fields,
            headers=dict(request.headers),
            body=body[:BODY_OCTETS_MAX],
            answer=answer,
        )
        self.callbacks.append(callback)
        if self.on_callback is not None:
            self.on_callback(callback)
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        return Response(answer.body, status_code=answer.status, media_type="text/plain")

    async def gets(self, *, timeout: float = 20.0, **fields: str) -> Callback:
        """The first callback not yet asked for whose fields equal `fields`; each is given once.

        Raises: AssertionError: none came within `timeout` seconds; it lists what did come.
        """
        try:
            number, callback = await self.callbacks.find(
                lambda n, c: n not in self._told and all(c[key] == value for key, value in fields.items()),
                timeout=timeout,
            )
        except TimeoutError:
            heard = [dict(callback.fields) for callback in self.untold()]
            raise AssertionError(f"no callback with {fields} in {timeout} s; heard: {heard}") from None
        self._told.add(number)
        self.callbacks.prune(self._told)
        return callback

    def untold(self) -> list[Callback]:
        """Callbacks that came and that `gets` has not handed out."""
        return [callback for number, callback in self.callbacks.after(0) if number not in self._told]

    def has_silence(self) -> bool:
        """True when every callback was asked for.  Raises: AssertionError: some were not; it lists them."""
        if untold := self.untold():
            raise AssertionError(f"callbacks nobody waited for: {[dict(c.fields) for c in untold]}")
        return True

    async def call(self, **params: str) -> str:
        """Call /gateway with the account's cc and ekey and these parameters; returns the body.

        Raises: httpx.HTTPError: no answer came.
        """
        query = {"cc": self.cc, "ekey": self.ekey} | params
        url = f"{self.gateway.rstrip('/')}/gateway"
        shown = {key: value for key, value in query.items() if key not in SECRETS}
        at = datetime.now(UTC)
        try:
            if self.method == "GET":
                response = await self._client.get(url, params=query)
            else:
                response = await self._client.post(url, data=query)
        except httpx.HTTPError as error:
            self._record_call(Call(at, shown, 0, f"no answer: {type(error).__name__}"))
            raise
        self._record_call(Call(at, shown, response.status_code, response.text))
        return response.text

    def _record_call(self, call: Call) -> None:
        self.calls.append(call)
        if self.on_call is not None:
            self.on_call(call)

    async def asks(
        self, path: str, params: Mapping[str, Any], *, headers: Mapping[str, str], as_json: bool
    ) -> Asked:
        """POST `params` as JSON or as a form to another API of the server.  Raises: httpx.HTTPError."""
        at, url = datetime.now(UTC), f"{self.gateway.rstrip('/')}/{path.lstrip('/')}"
        content: dict[str, Any] = {"json": dict(params)} if as_json else {"data": dict(params)}
        response = await self._client.post(url, headers=dict(headers), **content)
        shown = {key: str(value) for key, value in params.items()}
        return Asked(at, "POST", path, shown, response.status_code, response.text)

    async def welcome(self, mo: Callback, text: str, *, callback_id: str, **params: str) -> str:
        """Send the free welcome (command=W) of the registration that `mo` began."""
        return await self._send(mo, text, callback_id, {"value": "0.00", "command": "W"} | params)

    async def content(
        self, mo: Callback, text: str, *, callback_id: str, value: str = "3.00", **params: str
    ) -> str:
        """Send billed content; `value` is the price in the account's currency."""
        return await self._send(mo, text, callback_id, {"value": value} | params)

    async def goodbye(self, mo: Callback, text: str, *, callback_id: str, **params: str) -> str:
        """Send the free goodbye (command=G) of the registration that `mo` began."""
        return await self._send(mo, text, callback_id, {"value": "0.00", "command": "G"} | params)

    async def _send(self, mo: Callback, text: str, callback_id: str, params: dict[str, Any]) -> str:
        usual = {
            "number": mo["number"],
            "network": mo["network"] or self.network,
            "currency": self.currency,
            "reply": "0",
            "id": f"{mo['id']}|{callback_id}",
            "message": text,
            "title": mo["shortcode"],
        }
        return await self.call(**(usual | params))
