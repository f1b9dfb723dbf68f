"""`/crmtext`: stores opt numbers in and out and text them with the calls of the CRM Text SMS API (S1).

Basic credentials are `cc:ekey:KEYWORD`; the keyword chooses the store. Whatever was asked, the answer is HTTP 200 with
the status in its XML; 401 for wrong credentials, 503 with Retry-After when nothing was decided (D4).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smsc.http.crmtext_desk import Changes, Desk
from smsc.http.crmtext_methods import METHODS
from smsc.http.crmtext_xml import Refusal, response, written
from smsc.http.keys import KeyRing, UnknownAccount, WrongKey
from smsc.http.parameters import TooLarge, Unreadable, read_parameters
from smsc.http.refusals import Asking, header_of, kept
from smsc.keywords import Table
from smsc.messages import Campaign, State
from smsc.optin.stores import pool_of
from smsc.pipeline.calls import Answer, Busy, Door, StoreCall
from smsc.pipeline.requests import RefusalAsk
from smsc.sms.numbers import Msisdn
from smsc.store import Reader, Store
from smsc.store.errors import StoreUnavailable

CREDENTIAL_MAX = 512
STORE_RETRY_S = 5
MEDIA_TYPE = "text/xml"
DOOR = Door("crmtext", lambda reason, detail: "400")
SENDS = frozenset({"optincustomer", "optoutcustomer", "sendsmsmsg", "sendoptinandsms", "sendcampaign"})


class Denied(Exception):
    """Credentials that open no store."""


class CrmText:
    """The endpoint. `call` is the door of the line, `table` the keywords in force."""

    def __init__(
        self,
        call: Callable[[StoreCall], Awaitable[Answer]],
        *,
        keys: KeyRing,
        store: Store,
        table: Callable[[], Table],
        now: Callable[[], datetime],
        changes: Changes,
        ask: Asking | None = None,
    ) -> None:
        self._ask = ask
        self._call, self._keys, self._store, self._table, self._now = call, keys, store, table, now
        self._changes = changes

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [
            Route(path, self.answer, methods=["GET", "POST"]) for path in ("/crmtext", "/crmtext/smapi/rest")
        ]

    async def answer(self, request: Request) -> Response:
        """One call of a store, from its credentials to the XML of its answer."""
        method, desk, refused = "unknown", None, list[int]()
        try:
            given = {name.lower(): value for name, value in (await read_parameters(request)).items()}
            method = given.get("method", "").strip().lower()[:40]
            desk = await self._desk(request, given, method, refused)
            if method not in METHODS:
                raise Refusal("method is missing or unknown")
            return _xml(await METHODS[method](desk))
        except Refusal as refusal:
            number = refused[-1] if refused else await self._kept(desk, refusal)
            return _xml(
                response(method, status=refusal.status, message=str(refusal)), headers=header_of(number)
            )
        except (TooLarge, Unreadable) as error:
            return _xml(response(method, status=400, message=str(error)))
        except Denied as error:
            answer = _xml(response(method, status=401, message=str(error)), http=401)
            answer.headers["WWW-Authenticate"] = 'Basic realm="crmtext", charset="UTF-8"'
            return answer
        except Busy as error:
            return _again(method, str(error), error.retry_after_s)
        except StoreUnavailable:
            return _again(method, "the store cannot be written", STORE_RETRY_S)

    async def _kept(self, desk: Desk | None, refusal: Refusal) -> int | None:
        """Keep a call that could have sent something and was refused before the line saw it."""
        if desk is None or desk.method not in SENDS:
            return None
        asked = RefusalAsk(
            merchant=desk.campaign.merchant,
            door=DOOR.name,
            command=desk.method,
            code=str(refusal.status),
            rule="MT2",
            detail=str(refusal),
            campaign=desk.campaign.id,
        )
        return await kept(self._ask, asked, number=f"1{desk.given.get('phone_number', '')}")

    async def _desk(
        self, request: Request, given: Mapping[str, str], method: str, refused: list[int]
    ) -> Desk:
        """What the call may do; the ids of what the line refuses it are put into `refused`."""
        cc, ekey, keyword = _credentials(request)
        address = request.client.host if request.client else ""
        try:
            key = await self._keys.key_of(cc, ekey, address=address)
        except (UnknownAccount, WrongKey) as error:
            raise Denied("Authentication failed") from error
        table = self._table()
        campaign = _store(table, key.merchant, keyword)

        async def send(call: StoreCall) -> Answer:
            named = replace(call, merchant=campaign.merchant, method=method, door=DOOR)
            answer = await self._call(named)
            if answer.refusal is not None:
                refused.append(answer.refusal)
            return answer

        return Desk(
            method=method,
            given=given,
            campaign=campaign,
            merchant=table.merchants[campaign.merchant],
            key=key,
            changes=self._changes,
            table=table,
            send=send,
            read=self._store.read,
            numbers=lambda most: self._opted_in(campaign, most),
            now=self._now(),
        )

    async def _opted_in(self, campaign: Campaign, most: int) -> list[Msisdn]:
        def work(reader: Reader) -> list[Msisdn]:
            return [one.msisdn for one in reader.customers(campaign.id, (State.ACTIVE,), limit=most)]

        return await self._store.read(work)


def _credentials(request: Request) -> tuple[str, str, str]:
    """cc, ekey and store keyword of the Basic header.  Raises: Denied."""
    scheme, _, said = request.headers.get("authorization", "").strip().partition(" ")
    token = "".join(said.split())  # encoders of old break lines
    if scheme.lower() != "basic" or len(token) > CREDENTIAL_MAX:
        raise Denied("Basic credentials cc:ekey:KEYWORD are missing")
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Denied("the credentials are not base64 of cc:ekey:KEYWORD") from error
    cc, _, rest = text.partition(":")
    ekey, _, keyword = rest.rpartition(":")
    if not cc or not ekey or not keyword.strip():
        raise Denied("the credentials are not cc:ekey:KEYWORD")
    return cc, ekey, keyword


def _store(table: Table, merchant: str, keyword: str) -> Campaign:
    """The store of that keyword, the merchant's or of a sub-account.  Raises: Denied."""
    wanted = " ".join(keyword.split()).upper()
    for campaign in table.campaigns.values():
        mine = merchant in (campaign.merchant, table.merchants[campaign.merchant].account)
        if mine and campaign.keyword.upper() == wanted and pool_of(campaign):
            return campaign
    raise Denied("Authentication failed")


def _xml(answer: Element, *, http: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    own = {"Cache-Control": "no-store", **(headers or {})}
    return Response(written(answer), status_code=http, media_type=MEDIA_TYPE, headers=own)


def _again(method: str, why: str, retry_after_s: int) -> Response:
    answer = _xml(response(method, status=503, message=f"try again: {why}"), http=503)
    answer.headers["Retry-After"] = str(max(1, retry_after_s))
    return answer
