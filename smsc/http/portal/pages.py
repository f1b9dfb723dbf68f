"""`/portal`: a subscriber proves the number by a one-time code and sees, ends and blocks what is his (SP1).

Server-rendered, no script, nothing from elsewhere. Every change is a form of the visit's own, enters the line by
its one door, and leads back to the page.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from smsc.http.failures import Failures
from smsc.http.parameters import TooLarge, Unreadable, read_parameters
from smsc.http.portal.view import Known, data_of, page_of
from smsc.http.portal.visit import enter, form_proof, is_ours, leave, new_code, new_token, token_of
from smsc.keywords import Table
from smsc.optin.decision import Reason
from smsc.pipeline.calls import Busy
from smsc.pipeline.requests import Ask, BlockAsk, CodeAsk, Reply, StopAsk
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store import StoreUnavailable

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
CODE_MAX = 12

Asking = Callable[[Msisdn, Ask], Awaitable[Reply]]
LogIn = Callable[[Msisdn, str, str], Awaitable[bool]]
"""(number, code, token): whether the code was right; then the token opens a visit."""
Visitor = Callable[[str], Awaitable[Msisdn | None]]
LogOut = Callable[[str], Awaitable[None]]
Close = Callable[[Msisdn], Awaitable[None]]
Read = Callable[[Msisdn], Awaitable[Known]]


def _when(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%d %b %Y %H:%M UTC")


class Portal:
    """The pages. `ask` is the door of the line; the rest is the store's."""

    def __init__(
        self,
        *,
        ask: Asking,
        log_in: LogIn,
        visitor: Visitor,
        log_out: LogOut,
        close: Close,
        read: Read,
        table: Callable[[], Table],
        failures: Failures | None = None,
        requests: Failures | None = None,
    ) -> None:
        self._ask, self._log_in, self._visitor = ask, log_in, visitor
        self._log_out, self._close, self._read, self._table = log_out, close, read, table
        self._failures = Failures(failures_max=20, window_s=600.0) if failures is None else failures
        self._requests = Failures(failures_max=10, window_s=600.0) if requests is None else requests
        self._pages = Environment(
            loader=PackageLoader("smsc.http.portal"), autoescape=True, undefined=StrictUndefined
        )
        self._pages.filters["when"] = _when

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [
            Route("/portal", self._safely(self._front), methods=["GET"]),
            Route("/portal/code", self._safely(self._send_code), methods=["POST"]),
            Route("/portal/enter", self._safely(self._enter), methods=["POST"]),
            Route("/portal/data", self._safely(self._data), methods=["GET"]),
            Route("/portal/do", self._safely(self._do), methods=["POST"]),
        ]

    def _safely(
        self, work: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                response = await work(request)
            except (Busy, StoreUnavailable):
                response = self._page("enter.html", status=503, trouble="Please try again in a moment.")
                response.headers["Retry-After"] = "5"
            except (TooLarge, Unreadable):
                response = self._page("enter.html", status=400, trouble="That was not readable.")
            response.headers.update(SECURITY)
            return response

        return answer

    def _page(
        self, name: str, *, status: int = 200, trouble: str = "", told: str = "", number: str = ""
    ) -> HTMLResponse:
        return self._html(name, {"trouble": trouble, "told": told, "number": number}, status=status)

    def _html(self, name: str, known: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
        return HTMLResponse(self._pages.get_template(name).render(known), status_code=status)

    async def _front(self, request: Request) -> Response:
        token = token_of(request)
        msisdn = await self._visitor(token) if token else None
        done = request.query_params.get("done", "")
        if msisdn is None:
            return self._page("enter.html", told=GONE.get(done, ""))
        return await self._home(msisdn, token, told=done)

    async def _home(self, msisdn: Msisdn, token: str, *, told: str) -> Response:
        shown = page_of(await self._read(msisdn), self._table())
        known = {
            "trouble": "",
            "told": TOLD.get(told, ""),
            "number": f"+{msisdn}",
            "proof": form_proof(token),
        }
        return self._html("home.html", {**known, **shown})

    async def _send_code(self, request: Request) -> Response:
        """A code to the number, and the same page whether it went out or not: nobody learns who is a subscriber."""
        given = await read_parameters(request)
        address = request.client.host if request.client else ""
        try:
            msisdn = parse_msisdn(given.get("number", "").strip() or "-")
        except BadMsisdn:
            trouble = "Write your number with its country code, like +41 79 123 45 67."
            return self._page("enter.html", status=422, trouble=trouble)
        if self._requests.barred(address):
            return self._page(
                "enter.html", status=429, trouble="Too many codes were asked for. Wait ten minutes."
            )
        self._requests.count(address)
        await self._ask(msisdn, CodeAsk(new_code()))
        return self._page("code.html", number=f"+{msisdn}")

    async def _enter(self, request: Request) -> Response:
        given = await read_parameters(request)
        address = request.client.host if request.client else ""
        code = "".join(given.get("code", "").split())[:CODE_MAX]
        try:
            msisdn = parse_msisdn(given.get("number", "").strip() or "-")
        except BadMsisdn:
            return self._page("enter.html", status=422, trouble="Begin with your number.")
        if self._failures.barred(address):
            return self._page("enter.html", status=429, trouble="Too many wrong codes. Wait ten minutes.")
        token = new_token()
        if not await self._log_in(msisdn, code, token):
            self._failures.count(address)
            trouble = "That code is not right, or no longer good. Codes last ten minutes and five tries."
            return self._page("code.html", status=403, number=f"+{msisdn}", trouble=trouble)
        response = RedirectResponse("/portal", status_code=303)
        enter(response, request, token)
        return response

    async def _data(self, request: Request) -> Response:
        token = token_of(request)
        msisdn = await self._visitor(token) if token else None
        if msisdn is None:
            return RedirectResponse("/portal", status_code=303)
        body = json.dumps(data_of(msisdn, await self._read(msisdn)), indent=2, ensure_ascii=False)
        headers = {"Content-Disposition": 'attachment; filename="my-opt-ins.json"'}
        return Response(body, media_type="application/json", headers=headers)

    async def _do(self, request: Request) -> Response:
        given = await read_parameters(request)
        token = token_of(request)
        msisdn = await self._visitor(token) if token else None
        if msisdn is None:
            return RedirectResponse("/portal", status_code=303)
        if not is_ours(request, token, given.get("proof", "")):
            return self._page(
                "enter.html", status=403, trouble="That form was not from this page. Nothing was done."
            )
        done = await self._act(msisdn, token, given)
        response = RedirectResponse(f"/portal?done={done}", status_code=303)
        if done in ("left", "closed"):
            leave(response)
        return response

    async def _act(self, msisdn: Msisdn, token: str, given: Mapping[str, str]) -> str:
        """Carry one form out; returns what to say about it."""
        match given.get("act", ""):
            case "end":
                named = given.get("campaign", "")
                reply = await self._ask(msisdn, StopAsk("portal", campaigns=(named,))) if named else None
                return "ended" if reply is not None and reply.reason is Reason.DONE else "nothing"
            case "end_all":
                reply = await self._ask(msisdn, StopAsk("portal"))
                return "ended_all" if reply.reason is Reason.DONE else "nothing"
            case "block":
                await self._ask(msisdn, BlockAsk("portal", "invite", "", lift=False))
                return "blocked"
            case "lift":
                await self._ask(msisdn, BlockAsk("portal", "invite", "", lift=True))
                return "lifted"
            case "leave":
                await self._log_out(token)
                return "left"
            case "close":
                await self._close(msisdn)
                return "closed"
            case _:
                return "nothing"


TOLD = {
    "ended": "That opt-in is ended.",
    "ended_all": "All your opt-ins are ended.",
    "blocked": "Nobody can invite your number any more.",
    "lifted": "The block is lifted.",
    "nothing": "There was nothing to change.",
}
GONE = {
    "left": "You are logged out.",
    "closed": "Your account is closed.",
}
"""What the front page says to who has just left."""
