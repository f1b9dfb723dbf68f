"""The control API of a carrier that runs as a process of its own.

POST /mo       {"msisdn": "41790001234", "short_code": "543", "text": "HOROSKOP", "tries": 1}
GET  /messages ?msisdn=41790001234&after=0&wait=10   MTs and MOs, long-polling
GET  /events   everything, PDUs too, as server-sent events
POST /faults   {"outcome": "undeliv", "msisdn": "", "contains": "", "billed": true, "times": 1},
               {"clear": true}, {"drop": true} (every link), {"hold": true} or {"hold": false} (answers)
GET  /         how many links are up
"""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.sim.carrier import Carrier
from smsc.sim.control import event_routes, long_poll, read_json, text_in
from smsc.sim.faults import OUTCOMES
from smsc.smpp.codes import status_name
from smsc.sms.errors import SmsError


class CarrierControl:
    """Serves one carrier over HTTP. `closing` tells when the server that hosts it goes down."""

    def __init__(self, carrier: Carrier, closing: asyncio.Event) -> None:
        self._carrier = carrier
        self._closing = closing
        self.app = Starlette(
            routes=[
                Route("/", self._state),
                Route("/mo", self._mo, methods=["POST"]),
                Route("/messages", self._messages),
                Route("/faults", self._faults, methods=["POST"]),
                *event_routes(carrier.events, closing),
            ]
        )

    async def _state(self, request: Request) -> Response:
        return JSONResponse({"carrier": self._carrier.form.name, "links": len(self._carrier.links)})

    async def _mo(self, request: Request) -> Response:
        body = await read_json(request)
        msisdn, code = text_in(body, "msisdn"), text_in(body, "short_code")
        tries = body.get("tries", 1)
        if not (0 < len(msisdn) <= 20 and msisdn.isascii() and 0 < len(code) <= 20 and code.isascii()):
            raise HTTPException(400, "msisdn and short_code: 1 to 20 ASCII characters are wanted")
        if not isinstance(tries, int) or not 1 <= tries <= 100:
            raise HTTPException(400, "tries: 1 to 100 is wanted")
        if not self._carrier.links:
            raise HTTPException(503, "no link is up")
        try:
            status = await self._carrier.deliver(msisdn, code, text_in(body, "text"), tries=tries)
        except SmsError as error:
            raise HTTPException(400, f"text: {error}") from None
        word = "no answer" if status is None else status_name(status)
        return JSONResponse({"command_status": status, "status": word})

    async def _messages(self, request: Request) -> Response:
        msisdn = request.query_params.get("msisdn", "")
        return await long_poll(
            request,
            self._carrier.events,
            lambda event: event["kind"] in ("mo", "mt") and msisdn in ("", event["msisdn"]),
            closing=self._closing,
        )

    async def _faults(self, request: Request) -> Response:
        body = await read_json(request)
        if body.get("clear"):
            self._carrier.does_as_usual()
        if body.get("drop"):
            self._carrier.drop_links()
        if "hold" in body:
            self._carrier.holds_answers() if body["hold"] else self._carrier.answers_again()
        if "outcome" in body:
            self._plan(body)
        return JSONResponse({"outcomes": {name: outcome.meaning for name, outcome in OUTCOMES.items()}})

    def _plan(self, body: dict[str, object]) -> None:
        outcome, billed, times = text_in(body, "outcome"), body.get("billed"), body.get("times", 1)
        if outcome not in OUTCOMES:
            raise HTTPException(400, f"outcome: one of {', '.join(OUTCOMES)} is wanted")
        if not isinstance(times, int) or times < 1 or not isinstance(billed, bool | None):
            raise HTTPException(400, "times: a number above 0 is wanted; billed: true, false or nothing")
        self._carrier.does_next(
            outcome,
            msisdn=text_in(body, "msisdn", ""),
            contains=text_in(body, "contains", ""),
            billed=billed,
            times=times,
        )
