"""The control API of a carrier that runs as a process of its own.

POST /mo       {"msisdn": "41790001234", "short_code": "543", "text": "HOROSKOP", "tries": 1, "copies": 1}
GET  /messages ?msisdn=41790001234&after=0&wait=10   MTs and MOs, long-polling
GET  /events   everything, PDUs too, as server-sent events
POST /faults   {"outcome": "undeliv", "msisdn": "", "contains": "", "billed": true, "times": 1},
               any of "status": "0x45", "answer_delay_s": 1.5, "delay_s": 5, "receipt": "ucs2" changes the outcome
               (alone: of the usual one),
               {"clear": true}, {"drop": true} (every link), {"hold": true} or {"hold": false} (answers),
               {"backwards": 3} (answers), {"throttle": {"messages": 10, "seconds": 2, "status": "0x58"}},
               {"half_open": true} (every link), {"half_open": false} (close what is)
GET  /         how many links are up
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smsc.sim.carrier import Carrier
from smsc.sim.control import event_routes, long_poll, read_json, text_in
from smsc.sim.faults import OUTCOMES, Outcome
from smsc.sim.receipt_styles import STYLES
from smsc.smpp.codes import CommandStatus, status_name
from smsc.sms.errors import SmsError

CHANGES = frozenset({"outcome", "status", "answer_delay_s", "delay_s", "receipt"})
"""Keys that say what becomes of an MT."""
DELAY_S_MAX = 3600.0


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
        copies = _within(body, "copies", 1, most=100)
        if not self._carrier.links:
            raise HTTPException(503, "no link is up")
        try:
            status = await self._carrier.deliver(
                msisdn, code, text_in(body, "text"), tries=tries, copies=copies
            )
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
        if "half_open" in body:
            self._carrier.goes_half_open() if body["half_open"] else self._carrier.buries_dead_links()
        if "backwards" in body:
            self._carrier.answers_backwards(_within(body, "backwards", 2, most=1000))
        if "throttle" in body:
            self._throttle(body["throttle"])
        if CHANGES & body.keys():
            self._plan(body)
        return JSONResponse({"outcomes": {name: outcome.meaning for name, outcome in OUTCOMES.items()}})

    def _throttle(self, wave: object) -> None:
        if not isinstance(wave, dict) or not {"messages", "seconds"} & wave.keys():
            raise HTTPException(400, "throttle: messages, seconds or both are wanted")
        self._carrier.throttles(
            messages=_within(wave, "messages", 1, most=1_000_000) if "messages" in wave else None,
            seconds=_seconds(wave, "seconds") if "seconds" in wave else None,
            status=_status(wave.get("status", int(CommandStatus.ESME_RTHROTTLED))),
        )

    def _plan(self, body: dict[str, Any]) -> None:
        outcome, billed, times = _outcome(body), body.get("billed"), body.get("times", 1)
        if not isinstance(times, int) or times < 1 or not isinstance(billed, bool | None):
            raise HTTPException(400, "times: a number above 0 is wanted; billed: true, false or nothing")
        self._carrier.does_next(
            outcome,
            msisdn=text_in(body, "msisdn", ""),
            contains=text_in(body, "contains", ""),
            billed=billed,
            times=times,
        )


def _outcome(body: Mapping[str, Any]) -> Outcome:
    """What these keys ask for.  Raises: HTTPException: 400."""
    name, style = body.get("outcome", "delivered"), body.get("receipt", "")
    if name not in OUTCOMES:
        raise HTTPException(400, f"outcome: one of {', '.join(OUTCOMES)} is wanted")
    if style and style not in STYLES:
        raise HTTPException(400, f"receipt: one of {', '.join(STYLES)} is wanted")
    outcome = OUTCOMES[name]
    if style:
        outcome = replace(outcome, receipt_style=style)
    if "status" in body and (status := _status(body["status"])) != CommandStatus.ESME_ROK:
        outcome = replace(outcome, status=status, receipts=(), delivered=False)
    if "answer_delay_s" in body:
        outcome = replace(outcome, answer_delay_s=_seconds(body, "answer_delay_s"))
    if "delay_s" in body:
        outcome = replace(outcome, delay_s=_seconds(body, "delay_s"))
    return outcome


def _status(value: object) -> int:
    """A command_status, as a number or written 0x45."""
    try:
        number = int(value, 0) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or not 0 <= number <= 0xFFFFFFFF:
        raise HTTPException(400, 'status: a command_status like "0x45" is wanted')
    return number


def _seconds(body: Mapping[str, Any], name: str) -> float:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= DELAY_S_MAX:
        raise HTTPException(400, f"{name}: 0 to {DELAY_S_MAX:g} seconds are wanted")
    return float(value)


def _within(body: Mapping[str, Any], name: str, default: int, *, most: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise HTTPException(400, f"{name}: 1 to {most} is wanted")
    return value
