"""Bearer keys of the native API: whose key it is, and what a caller without one is told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from smsc.http.failures import Failures
from smsc.http.parameters import TooLarge, read_body
from smsc.http.problems import problem
from smsc.pipeline.calls import Busy
from smsc.store import StoreUnavailable

OPERATOR = "@operator"
"""The account of operators' keys: `smsc key create @operator`. No merchant can have this name."""

BEARER_MAX = 256
STORE_RETRY_S = 5

FindMerchant = Callable[[str], Awaitable[str | None]]
"""The merchant of a bearer token. Raises: StoreUnavailable."""
Work = Callable[[Request, str], Awaitable[Response]]


class Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: JSONResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Bearers:
    """Checks bearer keys; an address that fails too often is told to wait."""

    def __init__(self, find: FindMerchant, *, failures: Failures | None = None) -> None:
        self._find = find
        self._failures = Failures() if failures is None else failures

    async def answer(self, request: Request, work: Work, *, operators_only: bool = False) -> Response:
        """What `work` answers to the merchant whose key the request bears; else the problem.

        401 without a valid key, 403 with a merchant's key where an operator's is needed, 429 after many failures,
        503 with Retry-After when nothing could be decided.
        """
        try:
            merchant = await self._merchant(request)
            if operators_only and merchant != OPERATOR:
                return problem(403, title="an operator's key is needed", code="operators_only")
            return await work(request, merchant)
        except Refused as refused:
            return refused.answer
        except Busy as error:
            return again(str(error), error.retry_after_s)
        except StoreUnavailable:
            return again("the store cannot be written", STORE_RETRY_S)

    async def _merchant(self, request: Request) -> str:
        address = request.client.host if request.client else ""
        if self._failures.barred(address):
            raise Refused(problem(429, title="too many failed calls from this address", code="wait"))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and 0 < len(token) <= BEARER_MAX:
            merchant = await self._find(token.strip())
            if merchant is not None:
                return merchant
        self._failures.count(address)
        answer = problem(401, title="a valid bearer key is needed", code="unauthorized")
        answer.headers["WWW-Authenticate"] = "Bearer"
        raise Refused(answer)


def again(why: str, retry_after_s: int) -> JSONResponse:
    """Nothing was decided: the same call may come again."""
    answer = problem(503, title="try again", detail=why, code="try_again")
    answer.headers["Retry-After"] = str(max(1, retry_after_s))
    return answer


async def read_object(request: Request) -> Mapping[str, object]:
    """The JSON object that a request carries. Raises: Refused."""
    try:
        found = json.loads(await read_body(request))
    except TooLarge as error:
        raise Refused(problem(413, title="too large", detail=str(error))) from error
    except ValueError as error:
        raise Refused(problem(400, title="not JSON", code="bad_json")) from error
    if not isinstance(found, dict):
        raise Refused(problem(400, title="not a JSON object", code="bad_json"))
    return found


def text_of(body: Mapping[str, object], name: str, *, most: int = 200) -> str:
    """A member that is text, "" when it is not there. Raises: Refused."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Refused(problem(422, title=f"{name} is no text of at most {most} characters", code="bad_value"))
    return value.strip()


def flag_of(body: Mapping[str, object], name: str) -> bool:
    """A member that is true or false, false when it is not there. Raises: Refused."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refused(problem(422, title=f"{name} is true or false", code="bad_value"))
    return value
