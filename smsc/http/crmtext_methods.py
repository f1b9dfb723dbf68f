"""The methods of the CRM Text API, each a function of the store that calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from xml.etree.ElementTree import Element

from smsc.http.crmtext_changes import (
    changestoretextcodemsg,
    createkeyword,
    createstoreanduser,
    deletekeyword,
    setcallback,
)
from smsc.http.crmtext_desk import Desk
from smsc.http.crmtext_xml import Refusal, add, add_customer, add_mo, add_mt, add_stranger, response
from smsc.messages import State
from smsc.optin.decision import Reason
from smsc.pipeline.calls import DUPLICATE, NETWORK_UNKNOWN, Answer, StoreAction, StoreCall
from smsc.sms.numbers import Msisdn
from smsc.store import MtRow, Reader, StoredMo

CAMPAIGN_NUMBERS_MAX = 5000
"""Customers that one campaign reaches."""
CAMPAIGN_PER_S = 30
"""Messages of a campaign that leave in a second."""
CAMPAIGN_CHUNK = 100
"""Messages of a campaign that are committed together."""
LIST_MAX = 500
"""Customers or messages in one answer."""
NAME_MAX = 80


def refusal_of(answer: Answer) -> Refusal:
    """A refused call in this API's words."""
    if answer.detail == NETWORK_UNKNOWN:
        return Refusal("No carrier of this store serves the number")
    if answer.detail == DUPLICATE:
        return Refusal("Duplicate message: the same text went to this customer within 12 hours")
    match answer.reason:
        case Reason.OPTED_OUT:
            return Refusal("Customer is Opted-Out")
        case Reason.NOT_OPTED_IN:
            return Refusal("Customer is not Opted-In")
        case Reason.POOL_EMPTY:
            return Refusal("No communication code is free for this customer")
        case Reason.LIMITED:
            return Refusal("The opt-in request was sent before: one request a day goes to a customer")
        case _:
            return Refusal(f"Nothing was done: {answer.reason.value}")


async def _told(desk: Desk, number: Msisdn) -> Element:
    """The answer that shows where the customer stands now."""
    answer = response(desk.method)

    def work(reader: Reader) -> Element:
        found = reader.customer(desk.campaign.id, number)
        if found is None:
            add_stranger(answer, desk.campaign.id, desk.campaign.keyword, number)
        else:
            add_customer(answer, desk.campaign.id, desk.campaign.keyword, found)
        return answer

    return await desk.read(work)


async def optincustomer(desk: Desk) -> Element:
    """Ask a number from elsewhere, or opt it in at once where the store is single opt-in."""
    number = desk.number()
    answer = await desk.send(StoreCall(desk.campaign.id, number, StoreAction.OPT_IN, name=_name(desk)))
    if answer.reason not in (Reason.DONE, Reason.ALREADY_DONE):
        raise refusal_of(answer)
    return await _told(desk, number)


def _name(desk: Desk) -> str:
    parts = (desk.given.get(name, "").strip() for name in ("firstname", "lastname"))
    return " ".join(part for part in parts if part)[:NAME_MAX]


async def optoutcustomer(desk: Desk) -> Element:
    """End a number's opt-in; it gets the store's goodbye."""
    number = desk.number()
    await desk.send(StoreCall(desk.campaign.id, number, StoreAction.OPT_OUT))
    return await _told(desk, number)


async def sendsmsmsg(desk: Desk) -> Element:
    """One text to an opted-in number."""
    number, text = desk.number(), desk.text()
    answer = await desk.send(StoreCall(desk.campaign.id, number, StoreAction.SEND, text=text))
    if answer.reason is not Reason.DONE or answer.mt is None:
        raise refusal_of(answer)
    sent, made = response(desk.method), answer.mt

    def work(reader: Reader) -> Element:
        row = reader.mt(made)
        if row is not None:
            message = add_mt(sent, row)
            add(message, "user_id", desk.merchant.id)
            if (customer := reader.customer(desk.campaign.id, number)) is not None:
                add_customer(message, desk.campaign.id, desk.campaign.keyword, customer)
        return sent

    return await desk.read(work)


async def sendoptinandsms(desk: Desk) -> Element:
    """A text to an opted-in number; any other one is opted in first, which may need its YES."""
    number, text = desk.number(), desk.text()
    asked = await desk.send(StoreCall(desk.campaign.id, number, StoreAction.OPT_IN, name=_name(desk)))
    if asked.reason not in (Reason.DONE, Reason.ALREADY_DONE):
        raise refusal_of(asked)
    answer = await desk.send(StoreCall(desk.campaign.id, number, StoreAction.SEND, text=text))
    if answer.reason is Reason.NOT_OPTED_IN:
        raise Refusal(
            "The opt-in request was sent; the message was not: send it again after the customer's YES"
        )
    if answer.reason is not Reason.DONE:
        raise refusal_of(answer)
    return await _told(desk, number)


async def sendcampaign(desk: Desk) -> Element:
    """One text to every opted-in number, 30 in a second."""
    text = desk.text()
    numbers = await desk.numbers(CAMPAIGN_NUMBERS_MAX + 1)
    if len(numbers) > CAMPAIGN_NUMBERS_MAX:
        raise Refusal(f"More than {CAMPAIGN_NUMBERS_MAX} customers: send to parts of them with sendsmsmsg")
    sent = 0
    for first in range(0, len(numbers), CAMPAIGN_CHUNK):
        calls = [
            StoreCall(
                desk.campaign.id,
                number,
                StoreAction.SEND,
                text=text,
                after_s=(first + place) / CAMPAIGN_PER_S,
            )
            for place, number in enumerate(numbers[first : first + CAMPAIGN_CHUNK])
        ]
        answers = await asyncio.gather(*(desk.send(call) for call in calls))
        sent += sum(answer.reason is Reason.DONE for answer in answers)
    answer = response(desk.method)
    add(answer, "name", desk.given.get("name", ""))
    add(answer, "customers", str(len(numbers)))
    add(answer, "sent", str(sent))
    add(answer, "suppressed", str(len(numbers) - sent))
    return answer


async def getcallback(desk: Desk) -> Element:
    """The store's web service."""
    answer = response(desk.method)
    add(answer, "callback", desk.callback())
    return answer


async def iskeywordavailable(desk: Desk) -> Element:
    """Whether a keyword means nothing yet on the store's marketing code."""
    word = " ".join(desk.given.get("keyword", "").split())
    if not word:
        raise Refusal("keyword is missing")
    answer = response(desk.method)
    add(answer, "keyword", word)
    add(answer, "availability", "0" if desk.why_not_free(word) else "1")
    return answer


async def getcustomerinfo(desk: Desk) -> Element:
    """Where a number stands with the store."""
    return await _told(desk, desk.number())


async def getcustbystatus(desk: Desk) -> Element:
    """The customers of one status."""
    states = _BY_NUMBER.get(desk.given.get("status", "").strip())
    if states is None:
        raise Refusal("status is 1 (new guest), 3 (opted in), 4 (pending) or 5 (opted out)")
    offset = desk.count("offset", default=0)
    most = min(desk.count("count", default=LIST_MAX), LIST_MAX)
    answer = response(desk.method)

    def work(reader: Reader) -> Element:
        for customer in reader.customers(desk.campaign.id, states, offset=offset, limit=most):
            add_customer(answer, desk.campaign.id, desk.campaign.keyword, customer)
        return answer

    return await desk.read(work)


_BY_NUMBER: Mapping[str, tuple[State, ...]] = {
    "1": (State.DECLINED, State.EXPIRED),
    "3": (State.ACTIVE,),
    "4": (State.PENDING,),
    "5": (State.OPTED_OUT,),
}


async def getcustmsgsbymobile(desk: Desk) -> Element:
    """A customer's texts and the store's, in order of time."""
    number, (begin, end) = desk.number(), desk.span()
    first = desk.count("startcount", default=0)
    last = desk.count("endcount", default=first + LIST_MAX)
    most = min(desk.count("msgcount", default=last - first), LIST_MAX)
    answer = response(desk.method)

    def work(reader: Reader) -> Element:
        room = first + most
        mos = reader.inbound(desk.campaign.id, begin=begin, end=end, limit=room, msisdn=number)
        mts = reader.outbound(desk.campaign.id, begin=begin, end=end, limit=room, msisdn=number)
        both: list[StoredMo | MtRow] = [*mos, *mts]
        for row in sorted(both, key=lambda row: row.mo.id if isinstance(row, StoredMo) else row.mt.id)[
            first:room
        ]:
            if isinstance(row, StoredMo):
                add_mo(answer, row)
            else:
                add_mt(answer, row)
        return answer

    return await desk.read(work)


async def getinboundmsgs(desk: Desk) -> Element:
    """Texts to the store: its customers', and those of strangers to its keywords and own codes."""
    (begin, end), codes = desk.span(), desk.own_codes()
    answer = response(desk.method)

    def work(reader: Reader) -> Element:
        for row in reader.inbound(desk.campaign.id, begin=begin, end=end, limit=LIST_MAX, codes=codes):
            add_mo(answer, row)
        return answer

    return await desk.read(work)


async def getoutboundmsgs(desk: Desk) -> Element:
    """Texts of the store: to its customers, and to strangers that it answered."""
    begin, end = desk.span()
    answer = response(desk.method)

    def work(reader: Reader) -> Element:
        for row in reader.outbound(desk.campaign.id, begin=begin, end=end, limit=LIST_MAX):
            add_mt(answer, row)
        return answer

    return await desk.read(work)


METHODS: Mapping[str, Callable[[Desk], Awaitable[Element]]] = {
    method.__name__: method
    for method in (
        createkeyword,
        createstoreanduser,
        changestoretextcodemsg,
        deletekeyword,
        optincustomer,
        optoutcustomer,
        sendsmsmsg,
        sendoptinandsms,
        sendcampaign,
        setcallback,
        getcallback,
        iskeywordavailable,
        getcustomerinfo,
        getcustbystatus,
        getcustmsgsbymobile,
        getinboundmsgs,
        getoutboundmsgs,
    )
}
