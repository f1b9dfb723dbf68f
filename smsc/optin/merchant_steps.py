"""The steps of a merchant's call: passing on its welcome and goodbye, billing its content (S2, MT3, MT4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from smsc.messages import Kind
from smsc.optin.decision import Alarm, BillAndSend, Reason, Send
from smsc.optin.events import MerchantSend, WebRequest
from smsc.optin.periods import period_start
from smsc.optin.spending import day_key, day_spent, month_key, month_spent, month_start, spend
from smsc.optin.standing import Count, Registration
from smsc.optin.turn import Turn, moved
from smsc.optin.wording import digest, missing_in, with_stop_hint


def pass_on(turn: Turn, word: str) -> None:
    """The merchant's own welcome or goodbye, as it is; what it lacks is reported, not refused (S2)."""
    call, registration = turn.cause.call, turn.registration
    if word == "request":
        _ask_in_merchants_words(turn)
        return
    if call is None or registration is None:
        return
    if word == "welcome":
        turn.effects.append(_merchants(turn, call, Kind.WELCOME))
        turn.registration = replace(registration, welcomed_at=turn.now)
    elif word == "content":
        turn.effects.append(_merchants(turn, call, Kind.CONTENT))
    elif registration.stop is not None:
        of = (registration.id, registration.stop)
        turn.effects.append(replace(_merchants(turn, call, Kind.GOODBYE), goodbye_of=of))
        turn.registration = replace(registration, goodbye_at=turn.now)
    judge(turn, word, call.text)


def _ask_in_merchants_words(turn: Turn) -> None:
    """The merchant's own request; asked again at most once in a while, and shown is what was last sent (OI2)."""
    web, asked = turn.cause.web, turn.subscription
    if web is None:
        return
    last, again_s = asked.request_sent_at, turn.profile.limits.request_s
    first = asked.opening_mo == web.call
    if not first:
        soon = last is not None and turn.now - last < timedelta(seconds=again_s)
        if soon or not turn.may_ask():
            turn.ignore(Reason.LIMITED)
            return
    turn.effects.append(web_send(turn, web, Kind.REQUEST, held=False))
    judge(turn, "request", web.text)
    moved(turn, request_sent_at=turn.now, opening_text=web.text, wording_digest=digest(web.text))


def web_send(turn: Turn, web: WebRequest, kind: Kind, *, held: bool) -> Send:
    """The text of a web call as an MT of the open request."""
    return Send(
        kind=kind,
        short_code=turn.campaign.short_code,
        text=web.text,
        campaign=turn.campaign.id,
        merchant=turn.campaign.merchant,
        carrier=turn.carrier,
        held=held,
        call=web.call,
        full_id=web.full_id,
        mt=web.mt,
    )


def _merchants(turn: Turn, call: MerchantSend, kind: Kind) -> Send:
    assert turn.registration is not None
    held = kind is Kind.CONTENT and bool(turn.subscription.holds)
    return Send(
        kind=kind,
        short_code=turn.registration.short_code,
        text=call.text,
        octets=call.octets,
        campaign=turn.campaign.id,
        merchant=turn.registration.merchant,
        registration=turn.registration.id,
        carrier=turn.carrier,
        call=call.call,
        full_id=call.full_id,
        held=held,
        validity_s=turn.campaign.validity_s if kind is Kind.CONTENT else None,
    )


def judge(turn: Turn, kind: str, text: str) -> None:
    """Report what a merchant's text lacks; it goes all the same (S2)."""
    lacking = missing_in(turn.book, kind, text, turn.campaign, profile=turn.profile)
    if lacking:
        turn.effects.append(
            Alarm("wording", f"the merchant's {kind} lacks {', '.join(lacking)}", turn.campaign.id)
        )


def bill_and_send(turn: Turn, _: str) -> None:
    """Content, billed when it has a value; billed content says how to stop (MT3) and counts in its period
    (MT4).
    """
    call, registration = turn.cause.call, turn.registration
    if call is None or registration is None:
        return
    content = _merchants(turn, call, Kind.CONTENT)
    if call.value.minor == 0:
        turn.effects.append(content)
        _judge_content(turn, content)
        return
    text, after = with_stop_hint(
        turn.book, call.text, turn.campaign, profile=turn.profile, is_text=call.octets is None
    )
    content = replace(content, text=text)
    turn.effects.append(BillAndSend(content, call.value))
    if after:
        hint = replace(content, kind=Kind.INFO, text=after, octets=None, call=None, full_id="")
        turn.effects.append(hint)
    _judge_content(turn, content)
    turn.registration = spend(count_billed(registration, turn.now), call.value, turn.now)
    if turn.profile.caps.week is not None:
        key = day_key(turn.campaign.id, turn.now)
        turn.counts[key] = Count(turn.now, day_spent(turn.standing, key, turn.now) + call.value.minor)
    if turn.profile.caps.month is not None:
        turn.counts[month_key(turn.profile.name)] = Count(
            month_start(turn.now), month_spent(turn.standing, turn.profile.name, turn.now) + call.value.minor
        )


def _judge_content(turn: Turn, content: Send) -> None:
    """Octets say nothing that could be read."""
    if content.octets is None:
        judge(turn, "content", content.text)


def billed_now(registration: Registration, now: datetime) -> int:
    """Billed messages in the period that holds `now`."""
    if registration.per is None:
        return registration.billed_in_period
    start = period_start(registration.opened_at, registration.per, now)
    return registration.billed_in_period if registration.period_start == start else 0


def count_billed(registration: Registration, now: datetime) -> Registration:
    """One more billed message in its period."""
    start = period_start(registration.opened_at, registration.per, now) if registration.per else None
    return replace(
        registration,
        period_start=start,
        billed_in_period=billed_now(registration, now) + 1,
        billed=registration.billed + 1,
    )
