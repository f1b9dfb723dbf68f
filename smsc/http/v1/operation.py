"""One operation of the native API as data: it makes the route, checks the request, and describes itself."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.http.bearer import Bearers, Refused
from smsc.http.parameters import TooLarge, read_body
from smsc.http.problems import MEDIA_TYPE, occurrence, problem
from smsc.http.reading import BadJson, parse_json
from smsc.http.v1.shapes import NoQuery

M = TypeVar("M", bound=BaseModel)
BODY_OCTETS_MAX = 1024 * 1024
ID_MAX = 2**63


@dataclass(frozen=True, slots=True)
class Call:
    """A checked call: whose it is, and what it gives."""

    request: Request
    merchant: str
    query: Any
    body: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """`schema` and `answers` are models, or JSON Schemas of endpoints that check their requests themselves."""

    method: str
    path: str
    summary: str
    tag: str
    answers: type[BaseModel] | Mapping[str, Any]
    work: Callable[[Call], Awaitable[Response]] | None = None
    status: int = 200
    scope: str = ""
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | Mapping[str, Any] | None = None
    body_optional: bool = False
    path_examples: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] | None = None
    refusals: Sequence[int] = ()
    """Statuses beyond those that every operation has."""
    headers: Sequence[str] = ()
    """Request headers: Idempotency-Key, If-None-Match."""
    operators: bool = False
    also: type[BaseModel] | None = None
    """What a 200 has beside `status`."""

    def route(self, bearers: Bearers) -> Route:
        """What to hang into the application."""
        work = self.work
        assert work is not None

        async def checked(request: Request, merchant: str) -> Response:
            return await work(Call(request, merchant, self._query(request), await self._body(request)))

        async def answer(request: Request) -> Response:
            return await bearers.answer(request, checked, scope=self.scope)

        return Route(self.path, answer, methods=[self.method])

    def _query(self, request: Request) -> BaseModel:
        pairs = request.query_params.multi_items()
        if len({name for name, _ in pairs}) < len(pairs):
            raise Refused(wrong([("query", "a parameter stands there twice")]))
        return validated(lambda: self.query.model_validate(dict(pairs)))

    async def _body(self, request: Request) -> BaseModel | None:
        if not isinstance(self.body, type):
            return None
        try:
            raw = await read_body(request, octets_max=BODY_OCTETS_MAX)
        except TooLarge as error:
            raise Refused(problem(413, title="too large", detail=str(error), code="too_large")) from error
        if not raw and self.body_optional:
            return self.body()
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != "application/json":
            raise Refused(problem(415, title="send application/json", code="not_json"))
        try:
            parse_json(raw)
        except BadJson as error:
            raise Refused(problem(400, title="not JSON", detail=str(error), code="bad_json")) from error
        model = self.body
        return validated(lambda: model.model_validate_json(raw, strict=True))


def validated(check: Callable[[], M]) -> M:
    """What `check` gives. Raises: Refused, with each field that is wrong."""
    try:
        return check()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        named = [(".".join(map(str, f["loc"])) or "body", str(f["msg"])) for f in faults[:20]]
        raise Refused(wrong(named)) from error


def wrong(faults: Sequence[tuple[str, str]]) -> JSONResponse:
    """422 with each field and what is wrong with it."""
    return refusal(422, "bad_value", f"{faults[0][0]}: {faults[0][1]}", faults=faults)


def refusal(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    faults: Sequence[tuple[str, str]] = (),
    kept: int | None = None,
) -> JSONResponse:
    """A problem that names the fields it is about; `kept` is the id under which `explain` tells of it."""
    members: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "code": code}
    members |= occurrence(kept)
    if detail:
        members["detail"] = detail
    if faults:
        members["errors"] = [{"field": name, "detail": why} for name, why in faults]
    return JSONResponse(members, status_code=status, media_type=MEDIA_TYPE)


def shown(model: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A model as an answer."""
    return JSONResponse(model.model_dump(), status_code=status, headers=dict(headers or {}))


def tagged(call: Call, model: BaseModel) -> Response:
    """A model as an answer with its ETag; 304 for who has it already."""
    body = model.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = call.request.headers.get("if-none-match", "")
    if tag in known or known.strip() == "*":
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


def iso(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(at: datetime | None) -> str | None:
    """As `iso`; None stays None."""
    return None if at is None else iso(at)


def id_or_none(number: int | None) -> str | None:
    """An id as text: JSON numbers lose digits beyond 2**53."""
    return None if number is None else str(number)


def number_in_path(call: Call, *, name: str = "id") -> int:
    """The id in the path. Raises: Refused (404) for one that nothing can have."""
    number = int(call.request.path_params[name])
    if number >= ID_MAX:
        raise Refused(problem(404, title="nothing has this id", code="unknown_id"))
    return number
