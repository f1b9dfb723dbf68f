"""`/v1/messages`: one message, many, what one would take, and what became of them.

Every message goes through the line's one door for merchants' calls; the answer leaves after its commit (D2).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from starlette.responses import JSONResponse, Response

from smsc.carrier import find_carrier
from smsc.charging.money import BadMoney, format_money, parse_money
from smsc.http.bearer import Refused
from smsc.http.gateway_codes import INTERNAL
from smsc.http.problems import MEDIA_TYPE, occurrence
from smsc.http.refusals import Asking, kept
from smsc.http.v1 import shapes
from smsc.http.v1.operation import (
    Call,
    id_or_none,
    iso,
    iso_or_none,
    number_in_path,
    refusal,
    shown,
    tagged,
    wrong,
)
from smsc.http.v1.own import own_campaign
from smsc.messages import Campaign, Money
from smsc.optin.decision import Reason
from smsc.optin.events import Command
from smsc.pipeline.batch import Line
from smsc.pipeline.calls import (
    DUPLICATE,
    NETWORK_UNKNOWN,
    OTHER_BODY,
    TOO_LONG,
    Answer,
    Busy,
    Door,
    MerchantCall,
)
from smsc.pipeline.requests import RefusalAsk
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import Length, length
from smsc.sms.errors import BadOctets, TextTooLong
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.sms.octets import Octets, octets_of
from smsc.sms.transliterate import transliterate
from smsc.store import CallKey, CallRow, MtRow, Store, Tx, Writes
from smsc.store.pages import ID_MAX

PARTS_MAX = 8
KEY = re.compile(r"[!-~]{1,128}")
COMMANDS = {"content": Command.CONTENT, "welcome": Command.WELCOME, "goodbye": Command.GOODBYE}
REFUSALS: dict[Reason, tuple[int, str]] = {
    Reason.NO_REGISTRATION: (404, "the number has no such opt-in"),
    Reason.NOT_OPTED_IN: (403, "the number is not opted in"),
    Reason.OPTED_OUT: (403, "the subscriber has sent STOP"),
    Reason.BLOCKED: (403, "the number wants nothing of this kind"),
    Reason.NOT_WELCOMED: (409, "send the welcome before billed content"),
    Reason.PRICE_NOT_AGREED: (409, "the subscriber agreed to no such price, or it has no tariff"),
    Reason.COUNT_REACHED: (409, "the agreed number of messages of this period is reached"),
    Reason.CAP_REACHED: (409, "the subscriber's spending cap is reached"),
    Reason.NOT_RENEWED: (409, "the subscriber has yet to say that it goes on"),
    Reason.ALREADY_DONE: (409, "already done, or too late"),
    Reason.STILL_ACTIVE: (409, "no goodbye while the opt-in is active"),
    Reason.BILLED_CONTROL: (409, "welcome and goodbye are free"),
    Reason.BINARY_CONTROL: (409, "welcome and goodbye are texts"),
    Reason.LIMITED: (409, "a limit of this number is reached; try again later"),
}
DETAILS: dict[str, tuple[int, str, str]] = {
    NETWORK_UNKNOWN: (409, "network_unknown", "no carrier of the short code serves this network or number"),
    OTHER_BODY: (409, "idempotency_key_reused", "this Idempotency-Key was used before with another call"),
    TOO_LONG: (409, "too_long", "a billed message is one short message"),
    DUPLICATE: (409, "duplicate", "this store sent the same text to the number within 12 hours"),
    INTERNAL: (500, "internal", "an error on our side; it is logged"),
}


class Sending:
    """The work of the operations. `call` and `ask` are the doors of the line, `line` gives what is in force."""

    def __init__(
        self,
        store: Store,
        *,
        call: Callable[[MerchantCall], Awaitable[Answer]],
        ask: Asking,
        line: Callable[[], Line],
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._call, self._ask, self._line, self._now = store, call, ask, line, now

    async def one(self, call: Call) -> Response:
        """POST /v1/messages."""
        return await self._send(call.merchant, call.body, key=key_of(call))

    async def bulk(self, call: Call) -> Response:
        """POST /v1/messages/bulk: each decided alone, answered in order."""
        if key := key_of(call):
            await self._keep_bulk(call.merchant, key, call.body)
        answers = await asyncio.gather(
            *(
                self._alone(call.merchant, message, key=f"{key}/{index}" if key else "")
                for index, message in enumerate(call.body.messages)
            )
        )
        members = {200: "dry_run", 202: "message"}
        results = [
            {
                "index": i,
                "status": a.status_code,
                members.get(a.status_code, "problem"): json.loads(bytes(a.body)),
            }
            for i, a in enumerate(answers)
        ]
        return JSONResponse({"results": results})

    async def _keep_bulk(self, merchant: str, key: str, body: shapes.Messages) -> None:
        """One key is one call over all paths: a bulk call has its own from its start.  Raises: Refused."""
        digest = hashlib.sha256(b"bulk" + body.model_dump_json().encode()).digest()
        place = CallKey(merchant, f"key {key}", Msisdn(""))
        row = CallRow(place, 0, digest, "", None, self._now())

        def work(tx: Tx) -> bool:
            tx.write(Writes(calls=[row]))  # ignored where the key has a call
            return tx.calls([place])[place].digest == digest

        if not await self._store.run(work):
            raise Refused(refusal(*DETAILS[OTHER_BODY]))

    async def listed(self, call: Call) -> Response:
        """GET /v1/messages."""
        q = call.query
        before = int(q.cursor or ID_MAX)
        msisdn = parse_msisdn(q.msisdn) if q.msisdn else None
        rows = await self._store.read(
            lambda r: r.pages.ordered(
                call.merchant, limit=q.limit + 1, msisdn=msisdn, campaign=q.campaign or "", before=before
            )
        )
        page = rows[: q.limit]
        following = str(page[-1].mt.id) if len(rows) > q.limit else None
        return shown(shapes.MessagePage(items=[message_of(row) for row in page], next=following))

    async def found(self, call: Call) -> Response:
        """GET /v1/messages/{id}."""
        number = number_in_path(call)
        row = await self._store.read(lambda r: r.mt(number))
        if row is None or row.mt.merchant != call.merchant or row.call is None:
            return refusal(404, "unknown_id", "no message of yours has this id")
        return tagged(call, message_of(row))

    async def _alone(self, merchant: str, message: shapes.NewMessage, *, key: str) -> JSONResponse:
        try:
            return await self._send(merchant, message, key=key)
        except Refused as refused:
            return refused.answer
        except Busy as error:
            return refusal(503, "try_again", str(error))

    async def _send(self, merchant: str, message: shapes.NewMessage, *, key: str) -> JSONResponse:
        campaign = own_campaign(self._line(), merchant, message.campaign)
        try:
            value, octets = body_of(message)
        except Refused as refused:
            return await self._kept(merchant, message, refused)
        if message.dry_run:
            return await self._dry(campaign, message, octets)
        made = call_of(merchant, message, campaign=campaign, value=value, octets=octets, key=key)
        answer = await self._call(replace(made, door=DOOR))
        if answer.reason is not Reason.DONE or answer.mt is None:
            return refused_as(answer)
        number = answer.mt
        row = await self._store.read(lambda r: r.mt(number))
        assert row is not None
        headers = {"Location": f"/v1/messages/{number}"}
        if answer.replayed:
            headers["Idempotency-Replayed"] = "true"
        return shown(message_of(row), status=202, headers=headers)

    async def _kept(self, merchant: str, message: shapes.NewMessage, refused: Refused) -> JSONResponse:
        """The same answer, with the id under which it is kept; fields that cannot be read (422) are not kept."""
        if refused.answer.status_code != 409 or message.dry_run:
            return refused.answer
        said = json.loads(bytes(refused.answer.body))
        ask = RefusalAsk(
            merchant=merchant,
            door=DOOR.name,
            command=message.kind,
            code=said["code"],
            rule="MT5" if said["code"] == "too_long" else "CH1",
            detail=said["title"],
            campaign=message.campaign,
            full_id=f"{message.registration or message.campaign}|{message.reference}",
        )
        number = await kept(self._ask, ask, number=message.msisdn)
        content = said | occurrence(number)
        return JSONResponse(content, status_code=409, media_type=MEDIA_TYPE)

    async def _dry(
        self, campaign: Campaign, message: shapes.NewMessage, octets: Octets | None
    ) -> JSONResponse:
        msisdn = parse_msisdn(message.msisdn)
        last, known = await self._store.read(
            lambda r: (r.last_carrier(msisdn), r.current_subscriptions(msisdn))
        )
        line = self._line()
        carrier = find_carrier(
            line.carriers,
            code_carriers=line.carriers_of(campaign.short_code),
            network=message.network,
            last_carrier=last,
            msisdn=msisdn,
        )
        states = [s.state.value for s in known if s.campaign == campaign.id]
        text = transliterate(message.text) if campaign.extra.get("transliterate") else message.text
        profile = line.carriers.get(carrier or "")
        size = length(text, national=profile.national if profile is not None else "")
        if octets is not None:
            size = Length(Alphabet.OCTETS, len(octets.udh) + len(octets.data), 1)
        return shown(
            shapes.DryRun(
                dry_run=True,
                parts=size.parts,
                coding=size.alphabet.value,
                units=size.units,
                price=message.price,
                carrier=carrier,
                subscription=states[-1] if states else "none",
            )
        )


def key_of(call: Call) -> str:
    """The Idempotency-Key, "" without one. Raises: Refused."""
    key = call.request.headers.get("idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise Refused(wrong([("Idempotency-Key", "1 to 128 visible ASCII characters")]))
    return key or ""


def body_of(message: shapes.NewMessage) -> tuple[Money, Octets | None]:
    """What a message costs, and its octets where it is binary. Raises: Refused."""
    value, octets = money_of(message.price), octets_in(message)
    if length(message.text).parts > PARTS_MAX:
        title = f"the text takes more than {PARTS_MAX} short messages"
        raise Refused(refusal(409, "too_long", title, faults=[("text", title)]))
    return value, octets


def money_of(price: shapes.Price | None) -> Money:
    """The value of a message, zero without a price. Raises: Refused."""
    try:
        return Money(0, "CHF") if price is None else parse_money(price.amount, price.currency)
    except BadMoney as error:
        faults = [("price.amount", str(error))]
        raise Refused(
            refusal(409, "price_not_agreed", "no amount of this currency", faults=faults)
        ) from error


def octets_in(message: shapes.NewMessage) -> Octets | None:
    """The body of a binary message. Raises: Refused."""
    if message.binary is None:
        return None
    try:
        return octets_of(bytes.fromhex(message.binary.udh), bytes.fromhex(message.binary.data))
    except TextTooLong as error:
        raise Refused(refusal(409, "too_long", str(error), faults=[("binary", str(error))])) from error
    except BadOctets as error:
        raise Refused(wrong([("binary.udh", str(error))])) from error


def call_of(
    merchant: str,
    message: shapes.NewMessage,
    *,
    campaign: Campaign,
    value: Money,
    octets: Octets | None,
    key: str,
) -> MerchantCall:
    """The call as the line takes it. With a key it is the same call whatever number it names."""
    digest = hashlib.sha256(message.model_dump_json().encode()).digest()
    head = message.registration or campaign.id
    return MerchantCall(
        merchant=merchant,
        msisdn=parse_msisdn(message.msisdn),
        command=COMMANDS[message.kind],
        text=message.text,
        value=value,
        full_id=f"{head}|{message.reference}",
        registration=int(message.registration) if message.registration else None,
        network=message.network,
        digest=digest,
        guarded=bool(key),
        name="" if message.registration else campaign.id,
        key=key,
        octets=octets,
    )


def refused_as(answer: Answer) -> JSONResponse:
    """Why a message was not taken."""
    if (known := DETAILS.get(answer.detail)) is not None:
        return refusal(known[0], known[1], known[2], kept=answer.refusal)
    status, title = REFUSALS.get(answer.reason, (409, "the campaign has no use for this message"))
    return refusal(status, answer.reason.value, title, kept=answer.refusal)


def code_of(reason: Reason, detail: str) -> str:
    """The `code` of a refused message."""
    return DETAILS[detail][1] if detail in DETAILS else reason.value


DOOR = Door("v1", code_of)


def price_of(value: Money | None) -> shapes.Price | None:
    """Money as the API shows it; None for free."""
    if value is None or value.minor == 0:
        return None
    return shapes.Price.model_construct(amount=format_money(value), currency=value.currency)


def binary_of(octets: Octets | None) -> shapes.Binary | None:
    """Octets as the API shows them."""
    if octets is None:
        return None
    return shapes.Binary.model_construct(data=octets.data.hex(), udh=octets.udh.hex())


def message_of(row: MtRow) -> shapes.Message:
    """A row of the outbox as its merchant sees it."""
    mt = row.mt
    return shapes.Message(
        id=str(mt.id),
        campaign=mt.campaign,
        registration=id_or_none(mt.registration),
        msisdn=str(mt.msisdn),
        kind=mt.kind.value,
        text=mt.text,
        binary=binary_of(mt.octets),
        state=row.state.value,
        parts=row.parts,
        coding=(length(mt.text).alphabet if mt.octets is None else Alphabet.OCTETS).value,
        price=price_of(mt.value),
        charge=None if row.charge is None else row.charge.value,
        reference=row.full_id.partition("|")[2],
        error=row.error,
        created_at=iso(row.created_at),
        submitted_at=iso_or_none(row.submitted_at),
        done_at=iso_or_none(row.done_at),
    )
