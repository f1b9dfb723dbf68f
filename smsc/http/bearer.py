"""Bearer keys of the native API: whose key it is, and what a caller without one is told."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from smsc.http.failures import Failures
from smsc.http.parameters import TooLarge, read_body
from smsc.http.problems import bad_value, problem
from smsc.http.rates import Rates
from smsc.http.reading import BadJson, parse_json, storable
from smsc.pipeline.calls import Busy
from smsc.store import ApiKey, StoreUnavailable

OPERATOR = "@operator"
"""The account of operators' keys: `smsc key create @operator`. No merchant can have this name."""

BEARER_MAX = 256
PROVEN_MAX = 4096
STORE_RETRY_S = 5
OBJECT_OCTETS_MAX = 1024 * 1024

FindKey = Callable[[str], Awaitable[ApiKey | None]]
"""The valid key of a bearer token. Raises: StoreUnavailable."""
Work = Callable[[Request, str], Awaitable[Response]]


class Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: JSONResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Bearers:
    """Checks bearer keys, their scopes and how often they call.

    An address that fails too often is told to wait; a key that was right from there before is still served.
    """

    def __init__(
        self, find: FindKey, *, failures: Failures | None = None, rates: Rates | None = None
    ) -> None:
        self._find = find
        self._failures = Failures() if failures is None else failures
        self._rates = Rates() if rates is None else rates
        self._proven: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def answer(
        self, request: Request, work: Work, *, operators_only: bool = False, scope: str = ""
    ) -> Response:
        """What `work` answers to the merchant whose key the request bears; else the problem.

        401 without a valid key, 403 with a key that is not good for it, 429 after many failures or calls, 503
        with Retry-After when nothing could be decided. The scope is `read` for what changes nothing, else `send`.
        """
        headers: Mapping[str, str] = {}
        try:
            key = await self._key(request)
            allowed, headers = self._rates.take(key.id)
            if not allowed:
                answer: Response = problem(429, title="too many calls with this key", code="rate_limited")
            elif operators_only and key.merchant != OPERATOR:
                answer = problem(403, title="an operator's key is needed", code="operators_only")
            elif (needed := scope or scope_of(request.method)) not in key.scopes:
                answer = problem(403, title=f"the key has no scope {needed}", code="missing_scope")
            else:
                request.state.key = key
                _check_target(request)
                answer = await work(request, key.merchant)
                if getattr(request.state, "replayed", False):
                    answer.headers["Idempotency-Replayed"] = "true"
        except Refused as refused:
            answer = refused.answer
        except Busy as error:
            answer = again(str(error), error.retry_after_s)
        except StoreUnavailable:
            answer = again("the store cannot be written", STORE_RETRY_S)
        answer.headers.update(headers)
        return answer

    async def _key(self, request: Request) -> ApiKey:
        address = request.client.host if request.client else ""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = given.strip() if scheme.lower() == "bearer" and len(given) <= BEARER_MAX else ""
        proof = (address, hashlib.sha256(token.encode()).digest())
        if self._failures.barred(address) and proof not in self._proven:
            answer = problem(429, title="too many failed calls from this address", code="wait")
            answer.headers["Retry-After"] = str(self._failures.wait_s(address))
            raise Refused(answer)
        key = await self._find(token) if token else None
        if key is not None:
            self._remember(proof)
            return key
        self._proven.pop(proof, None)
        self._failures.count(address)
        answer = problem(401, title="a valid bearer key is needed", code="unauthorized")
        answer.headers["WWW-Authenticate"] = "Bearer"
        raise Refused(answer)

    def _remember(self, proof: tuple[str, bytes]) -> None:
        self._proven[proof] = None
        self._proven.move_to_end(proof)
        if len(self._proven) > PROVEN_MAX:
            self._proven.popitem(last=False)


def _check_target(request: Request) -> None:
    """Raises: Refused: path or query have a text that a store cannot look for."""
    given = (*map(str, request.path_params.values()), *request.query_params.values())
    if not all(map(storable, given)):
        raise Refused(problem(422, title="path or query have a NUL", code="bad_value"))


def scope_of(method: str) -> str:
    """The scope that a method needs where an endpoint names none."""
    return "read" if method in ("GET", "HEAD") else "send"


def again(why: str, retry_after_s: int) -> JSONResponse:
    """Nothing was decided: the same call may come again."""
    answer = problem(503, title="try again", detail=why, code="try_again")
    answer.headers["Retry-After"] = str(max(1, retry_after_s))
    return answer


def only_query(request: Request, *names: str) -> None:
    """Raises: Refused: the query has a parameter beside these, or one of them twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in names or given.count(name) > 1:
            raise Refused(
                bad_value(name[:50], "nobody knows it" if name not in names else "stands there twice")
            )


async def read_object(request: Request) -> Mapping[str, object]:
    """The JSON object that a request carries. Raises: Refused."""
    try:
        raw = await read_body(request, octets_max=OBJECT_OCTETS_MAX)
    except TooLarge as error:
        raise Refused(problem(413, title="too large", detail=str(error), code="too_large")) from error
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refused(problem(415, title="send application/json", code="not_json"))
    try:
        found = parse_json(raw)
    except BadJson as error:
        raise Refused(problem(400, title="not JSON", detail=str(error), code="bad_json")) from error
    if not isinstance(found, dict):
        raise Refused(problem(400, title="not a JSON object", code="bad_json"))
    return found


def text_of(body: Mapping[str, object], name: str, *, most: int = 200) -> str:
    """A member that is text, "" when it is not there. Raises: Refused."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Refused(bad_value(name, f"is no text of at most {most} characters"))
    if not storable(value):
        raise Refused(problem(422, title=f"{name} has a NUL or half a character", code="bad_value"))
    return value.strip()


def flag_of(body: Mapping[str, object], name: str) -> bool:
    """A member that is true or false, false when it is not there. Raises: Refused."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refused(bad_value(name, "is true or false"))
    return value
