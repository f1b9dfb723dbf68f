"""`/gateway`: merchants send welcome, content and goodbye with the calls of the MessageCloud gateway API.

The answer leaves after the commit (D2). Every refusal is HTTP 200 with its code; 503 with Retry-After means
that nothing was decided and the same call may come again (D4).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http.gateway_call import FULL_ID_MAX, read_call
from smsc.http.gateway_codes import DOOR, FAULT_RULES, Code, GatewayError, body_of, word_of
from smsc.http.keys import KeyRing, UnknownAccount, WrongKey
from smsc.http.parameters import TooLarge, Unreadable, read_parameters
from smsc.http.refusals import Asking, header_of, kept
from smsc.ops.metrics import Metrics
from smsc.pipeline.calls import Answer, Busy, MerchantCall
from smsc.pipeline.requests import RefusalAsk
from smsc.store.errors import StoreUnavailable

Call = Callable[[MerchantCall], Awaitable[Answer]]
PATHS = ("/gateway", "/gateway.php")
"""The second is where the vendor's clients call."""
CC_MAX = 64
COMMAND_MAX = 20
EKEY_MAX = 256
STORE_RETRY_S = 5
"""Retry-After while the store cannot be written."""


class Gateway:
    """The endpoint. `call` and `ask` are the doors of the line, `keys` knows the accounts."""

    def __init__(
        self,
        call: Call,
        *,
        keys: KeyRing,
        metrics: Metrics,
        ask: Asking | None = None,
    ) -> None:
        self._call, self._ask = call, ask
        self._keys, self._metrics = keys, metrics

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [Route(path, self.answer, methods=["GET", "POST"]) for path in PATHS]

    async def answer(self, request: Request) -> Response:
        """One call of a merchant, from its parameters to the answer's text."""
        if request.method == "HEAD":  # comes with every GET route, and must not send anything
            return Response(status_code=405, headers={"Allow": "GET, POST"})
        began = time.perf_counter()
        try:
            body, refusal = await self._answer(request)
        except GatewayError as error:
            body, refusal = error.body, None
        except Busy as error:
            return self._again(str(error), error.retry_after_s)
        except StoreUnavailable:
            return self._again("the store cannot be written", STORE_RETRY_S)
        self._metrics.gateway_total.labels(word_of(body)).inc()
        self._metrics.gateway_seconds.observe(time.perf_counter() - began)
        return PlainTextResponse(body, headers={"Cache-Control": "no-store"} | header_of(refusal))

    async def _answer(self, request: Request) -> tuple[str, int | None]:
        try:
            given = await read_parameters(request)
        except TooLarge as error:
            raise GatewayError(Code.LONG_MESSAGE, f"the request has {error}") from error
        except Unreadable as error:
            raise GatewayError(Code.BAD_DATA, str(error)) from error
        address = request.client.host if request.client else ""
        merchant = await self._merchant(given, address=address)
        try:
            call = replace(read_call(given, merchant=merchant), door=DOOR)
        except GatewayError as error:
            return error.body, await self._kept(given, error, merchant=merchant)
        answer = await self._call(call)
        return body_of(answer), answer.refusal

    async def _kept(self, given: Mapping[str, str], error: GatewayError, *, merchant: str) -> int | None:
        refusal = RefusalAsk(
            merchant=merchant,
            door=DOOR.name,
            command=given.get("command", "")[:COMMAND_MAX],
            code=error.code.value,
            rule=FAULT_RULES.get(error.code, "MT2"),
            detail=error.why,
            full_id=given.get("id", "")[:FULL_ID_MAX],
        )
        return await kept(self._ask, refusal, number=given.get("number", ""))

    async def _merchant(self, given: Mapping[str, str], *, address: str) -> str:
        cc, ekey = given.get("cc", "").strip(), given.get("ekey", "")
        if not cc or len(cc) > CC_MAX or not cc.isprintable() or " " in cc:
            raise GatewayError(Code.BAD_CC, "cc is missing or no account name")
        if not ekey or len(ekey) > EKEY_MAX:
            raise GatewayError(Code.WRONG_KEY, "ekey is missing or too long")
        try:
            return await self._keys.merchant_of(cc, ekey, address=address)
        except UnknownAccount as error:
            raise GatewayError(Code.UNKNOWN_CC, "no such cc") from error
        except WrongKey as error:
            raise GatewayError(Code.WRONG_KEY, str(error)) from error

    def _again(self, why: str, retry_after_s: int) -> Response:
        self._metrics.gateway_total.labels("503").inc()
        return PlainTextResponse(
            f"try again: {why}", status_code=503, headers={"Retry-After": str(max(1, retry_after_s))}
        )
