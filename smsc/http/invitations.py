"""`/v1/invitations` and `/v1/numbers/{msisdn}`: merchants invite numbers and ask whether they can be reached (S4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.carrier import find_carrier
from smsc.http.bearer import OPERATOR, Bearers, Refused, flag_of, only_query, read_object, text_of
from smsc.http.once import Asking, ask_once
from smsc.http.problems import bad_value, problem
from smsc.messages import Campaign
from smsc.optin.decision import Reason
from smsc.optin.invitation import invites
from smsc.pipeline.batch import Line
from smsc.pipeline.calls import Door
from smsc.pipeline.requests import InviteAsk, StopAsk
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store import InvitationRow

FindInvitation = Callable[[int], Awaitable[InvitationRow | None]]
LastCarrier = Callable[[Msisdn], Awaitable[str]]

CALLBACKS = ("summary", "extended", "none")
CODES = {Reason.ALREADY_DONE: "already_opted_in", Reason.NO_REGISTRATION: "not_opted_in"}
DOOR = Door("v1", lambda reason, detail: CODES.get(reason, reason.value))
REFUSALS = {
    Reason.UNPUBLISHED: "the campaign is not published and the number is none of its test phones",
    Reason.UNSUPPORTED_NETWORK: "no supported network serves the number",
    Reason.BLOCKED: "the number has blocked invitations; only its owner can lift that, in the portal",
}


class Invitations:
    """The endpoints. `ask` is the door of the line, `line` gives what is in force."""

    def __init__(
        self,
        bearers: Bearers,
        *,
        ask: Asking,
        line: Callable[[], Line],
        find: FindInvitation,
        last_carrier: LastCarrier,
    ) -> None:
        self._bearers, self._ask, self._line = bearers, ask, line
        self._find, self._last_carrier = find, last_carrier

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        bearers = self._bearers

        async def invite(request: Request) -> Response:
            return await bearers.answer(request, self._invite)

        async def show(request: Request) -> Response:
            return await bearers.answer(request, self._show)

        async def number(request: Request) -> Response:
            return await bearers.answer(request, self._number)

        async def opt_out(request: Request) -> Response:
            return await bearers.answer(request, self._opt_out)

        return [
            Route("/v1/invitations", invite, methods=["POST"]),
            Route("/v1/invitations/{id:id}", show, methods=["GET"]),
            Route("/v1/numbers/{msisdn}", number, methods=["GET"]),
            Route("/v1/optouts", opt_out, methods=["POST"]),
        ]

    async def _invite(self, request: Request, merchant: str) -> Response:
        only_query(request)
        body = await read_object(request)
        msisdn = number_of(text_of(body, "msisdn"))
        campaign = self._campaign(text_of(body, "campaign"), merchant)
        if not invites(self._line().book.newest(campaign.profile)):
            return problem(409, title="not a campaign of invitations", code="not_an_invitation")
        callback = text_of(body, "callback") or "summary"
        if callback not in CALLBACKS:
            return bad_value("callback", f"is one of {', '.join(CALLBACKS)}")
        ask = InviteAsk(
            merchant=merchant,
            campaign=campaign.id,
            network=text_of(body, "network", most=50),
            callback=callback,
            confirm=flag_of(body, "sendUserConfirmation"),
            door=DOOR,
        )
        reply = await ask_once(self._ask, msisdn, ask, request=request, merchant=merchant, body=body)
        if (why := REFUSALS.get(reply.reason)) is not None:
            title, code = "invitation not permitted", reply.reason.value
            return problem(403, title=title, detail=why, code=code, refusal=reply.refusal)
        if reply.reason is Reason.ALREADY_DONE:
            title, code = "the number has opted in already", "already_opted_in"
            return problem(409, title=title, code=code, refusal=reply.refusal)
        if reply.reason is not Reason.DONE or reply.id is None:
            title, code = "the invitation could not be decided", reply.reason.value
            return problem(500, title=title, code=code, refusal=reply.refusal)
        headers = {"Location": f"/v1/invitations/{reply.id}"}
        return JSONResponse({"id": str(reply.id), "state": reply.state}, status_code=202, headers=headers)

    async def _show(self, request: Request, merchant: str) -> Response:
        only_query(request)
        number: int = request.path_params["id"]
        row = await self._find(number) if number < 2**63 else None
        if row is None or merchant not in (row.merchant, OPERATOR):
            return problem(404, title="no such invitation", code="unknown_invitation")
        shown: dict[str, object] = {
            "id": str(row.id),
            "state": row.state,
            "campaign": row.campaign,
            "msisdn": str(row.msisdn),
            "invited_at": row.at.astimezone(UTC).isoformat(),
        }
        if row.done_at is not None:
            shown["answered_at"] = row.done_at.astimezone(UTC).isoformat()
        if row.registration is not None:
            shown["registration"] = str(row.registration)
        return JSONResponse(shown)

    async def _number(self, request: Request, merchant: str) -> Response:
        """Valid and on a supported network, and nothing more: neither which one, nor who has blocked what."""
        only_query(request, "campaign")
        msisdn = number_of(request.path_params["msisdn"])
        line, named = self._line(), request.query_params.get("campaign", "")
        own = [self._campaign(named, merchant)] if named else self._own(merchant)
        last = await self._last_carrier(msisdn)
        reachable = False
        for campaign in own:
            carrier = find_carrier(
                line.carriers,
                code_carriers=line.carriers_of(campaign.short_code),
                network="",
                last_carrier=last,
                msisdn=msisdn,
            )
            reachable = reachable or (carrier is not None and line.supports(campaign, carrier))
        return JSONResponse({"msisdn": str(msisdn), "valid": True, "reachable": reachable})

    async def _opt_out(self, request: Request, merchant: str) -> Response:
        """OO7: the merchant ends the number's opt-ins to one of its campaigns, or to all of them."""
        only_query(request)
        body = await read_object(request)
        msisdn = number_of(text_of(body, "msisdn"))
        named = text_of(body, "campaign")
        campaigns = (self._campaign(named, merchant).id,) if named else ()
        whose = "" if merchant == OPERATOR else merchant
        channel = "operator" if merchant == OPERATOR else "api"
        text = text_of(body, "reason")
        ask = StopAsk(channel, campaigns=campaigns, merchant=whose, text=text, door=DOOR)
        reply = await ask_once(self._ask, msisdn, ask, request=request, merchant=merchant, body=body)
        if reply.reason is Reason.NO_REGISTRATION:
            title = "the number has no such opt-in"
            return problem(404, title=title, code="not_opted_in", refusal=reply.refusal)
        return JSONResponse({"id": str(reply.id), "ended": int(reply.detail or 0)})

    def _own(self, merchant: str) -> list[Campaign]:
        found = self._line().table.campaigns.values()
        return [c for c in found if merchant in (c.merchant, OPERATOR)]

    def _campaign(self, named: str, merchant: str) -> Campaign:
        """The merchant's campaign by its id ("77010/LOCATE") or its keyword. Raises: Refused."""
        wanted = named.upper()
        found = [c for c in self._own(merchant) if wanted in (c.id.upper(), c.keyword.upper())]
        if len(found) != 1:
            raise Refused(
                problem(
                    404 if not found else 409,
                    title="no such campaign of yours" if not found else "several campaigns have this keyword",
                    detail='name it by its id, like "77010/LOCATE"' if found else "",
                    code="unknown_campaign" if not found else "ambiguous_campaign",
                )
            )
        return found[0]


def number_of(text: str) -> Msisdn:
    """The number meant. Raises: Refused."""
    try:
        return parse_msisdn(text)
    except (BadMsisdn, IndexError) as error:
        raise Refused(bad_value("msisdn", "not an international number")) from error
