"""What operators do about numbers: blocks, consents, texts under review, deactivations, imports.

The same endpoints stand under /v1 for operators' keys and, without a key, on the admin socket of this machine. Blocks
are merchants' too, as far as they are their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.http.bearer import Bearers, Refused, again, flag_of, read_object, text_of
from smsc.http.blocks import Blocks, answered
from smsc.http.invitations import number_of
from smsc.http.once import Asking, ask_once
from smsc.http.portal.view import data_of, read_known
from smsc.http.problems import problem
from smsc.http.reading import storable
from smsc.optin.decision import Reason
from smsc.pipeline.batch import Line
from smsc.pipeline.calls import Busy
from smsc.pipeline.importing import Fault
from smsc.pipeline.requests import Ask, DeactivateAsk, EraseAsk, ImportAsk, ReviewAsk, StopAsk
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store import Reader, StoreUnavailable

Work = Callable[[Request, str], Awaitable[Response]]

TEXT_MAX = 2000
NOT_TAKEN = "the consent was not taken"


class Operating:
    """The endpoints. `ask` is the door of the line, `look` reads the store, `line` gives what is in force."""

    def __init__(
        self,
        *,
        ask: Asking,
        look: Callable[[Callable[[Reader], object]], Awaitable[object]],
        line: Callable[[], Line],
        forget: Callable[[Msisdn], Awaitable[None]],
    ) -> None:
        self._ask, self._look, self._forget = ask, look, forget
        self._blocks = Blocks(ask=ask, look=look, line=line)

    def routes(self, *, prefix: str = "", bearers: Bearers | None = None) -> list[Route]:
        """What to hang into an application; with `bearers` for operators' keys only."""

        blocks = self._blocks

        def door(work: Work, *, operators_only: bool = True) -> Callable[[Request], Awaitable[Response]]:
            async def answer(request: Request) -> Response:
                if bearers is not None:
                    return await bearers.answer(request, work, operators_only=operators_only)
                try:
                    return await work(request, "operator")
                except Refused as refused:
                    return refused.answer
                except (Busy, StoreUnavailable) as error:
                    return again(str(error), 1)

            return answer

        return [
            Route(f"{prefix}/blocks", door(blocks.listed, operators_only=False), methods=["GET"]),
            Route(f"{prefix}/blocks", door(blocks.change, operators_only=False), methods=["POST"]),
            Route(f"{prefix}/consents/{{msisdn}}", door(self._consents), methods=["GET"]),
            Route(f"{prefix}/consents/{{msisdn}}", door(self._erase), methods=["DELETE"]),
            Route(f"{prefix}/consents", door(self._import), methods=["POST"]),
            Route(f"{prefix}/deactivations", door(self._deactivate), methods=["POST"]),
            Route(f"{prefix}/stops", door(self._stop), methods=["POST"]),
            Route(f"{prefix}/review", door(self._reviews), methods=["GET"]),
            Route(f"{prefix}/review/{{mo:id}}", door(self._review), methods=["POST"]),
        ]

    async def _consents(self, request: Request, who: str) -> Response:
        msisdn = number_of(request.path_params["msisdn"])
        found = await self._look(lambda r: data_of(msisdn, read_known(r, msisdn)))
        return JSONResponse(found)

    async def _erase(self, request: Request, who: str) -> Response:
        msisdn = number_of(request.path_params["msisdn"])
        reply = await self._ask(msisdn, EraseAsk(who))
        if reply.reason is Reason.DONE:
            await self._forget(msisdn)
        return answered(reply)

    async def _import(self, request: Request, who: str) -> Response:
        body = await read_object(request)
        given = body.get("evidence", {})
        if not isinstance(given, Mapping) or not all(isinstance(v, str) for v in given.values()):
            return problem(422, title="evidence is an object of texts", code="no_evidence")
        if not all(storable(text) for pair in given.items() for text in pair):
            return problem(422, title="evidence has a NUL or half a character", code="no_evidence")
        at = _time_of(text_of(body, "at"))
        ask = ImportAsk(
            campaign=text_of(body, "campaign"),
            at=at,
            seen=text_of(body, "seen", most=TEXT_MAX),
            answered=text_of(body, "answered", most=TEXT_MAX),
            evidence={str(k): str(v).strip() for k, v in given.items()},
        )
        try:
            msisdn = parse_msisdn(text_of(body, "msisdn"))
        except (BadMsisdn, IndexError) as error:
            fault = Fault("msisdn", "not an international number", "give country code and number")
            raise Refused(problem(422, title=NOT_TAKEN, detail=str(fault), code="bad_number")) from error
        reply = await ask_once(self._ask, msisdn, ask, request=request, merchant=who, body=body)
        if reply.reason is Reason.EVIDENCE_MISSING:
            return problem(409, title=NOT_TAKEN, detail=reply.detail, code="no_evidence")
        return answered(reply)

    async def _deactivate(self, request: Request, who: str) -> Response:
        body = await read_object(request)
        ask = DeactivateAsk(carrier=text_of(body, "carrier"), file=text_of(body, "file"))
        return await self._asked(request, who, body, ask)

    async def _stop(self, request: Request, who: str) -> Response:
        body = await read_object(request)
        named = text_of(body, "campaign")
        ask = StopAsk("operator", campaigns=(named,) if named else (), text=text_of(body, "reason"))
        return await self._asked(request, who, body, ask)

    async def _asked(self, request: Request, who: str, body: Mapping[str, object], ask: Ask) -> Response:
        msisdn = number_of(text_of(body, "msisdn"))
        return answered(await ask_once(self._ask, msisdn, ask, request=request, merchant=who, body=body))

    async def _reviews(self, request: Request, who: str) -> Response:
        rows = await self._look(lambda r: r.reviews())
        assert isinstance(rows, list)
        shown = [
            {
                "mo": str(r.mo),
                "msisdn": str(r.msisdn),
                "short_code": str(r.short_code),
                "campaigns": list(r.campaigns),
                "text": r.text,
                "at": r.at.isoformat(),
            }
            for r in rows
        ]
        return JSONResponse({"review": shown})

    async def _review(self, request: Request, who: str) -> Response:
        body, mo = await read_object(request), int(request.path_params["mo"])
        row = await self._look(lambda r: r.mo(mo)) if mo < 2**63 else None
        if row is None:
            return problem(404, title="no such text under review", code="unknown_review")
        source = getattr(getattr(row, "mo", None), "source", Msisdn(""))
        ask = ReviewAsk(mo, flag_of(body, "stop"), text_of(body, "by") or who)
        reply = await ask_once(self._ask, source, ask, request=request, merchant=who, body=body)
        if reply.reason is Reason.REPEATED:
            return problem(409, title=f"it is {reply.state} already", code="decided")
        return answered(reply)


def _time_of(text: str) -> datetime:
    """When a consent was given. Raises: Refused."""
    why, mend = "not a time", "write it like 2026-03-01T12:00:00+00:00"
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(_bad_time(why, mend)) from error
    if at.tzinfo is None:
        raise Refused(_bad_time("the time has no offset", mend))
    return at


def _bad_time(why: str, mend: str) -> JSONResponse:
    return problem(422, title=NOT_TAKEN, detail=str(Fault("at", why, mend)), code="bad_time")
