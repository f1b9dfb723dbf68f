"""The steps of a merchant's call: passing on its welcome and goodbye, billing its content (S2, MT3, MT4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import Kind
from smsc.optin.decision import Alarm, BillAndSend, Send
from smsc.optin.events import MerchantSend
from smsc.optin.periods import period_start
from smsc.optin.standing import Registration
from smsc.optin.turn import Turn
from smsc.optin.wording import missing_in, with_stop_hint


def pass_on(turn: Turn, word: str) -> None:
    """The merchant's own welcome or goodbye, as it is; what it lacks is reported, not refused (S2)."""
    call, registration = turn.cause.call, turn.registration
    if call is None or registration is None:
        return
    if word == "welcome":
        turn.effects.append(_merchants(turn, call, Kind.WELCOME))
        turn.registration = replace(registration, welcomed_at=turn.now)
    elif registration.stop is not None:
        of = (registration.id, registration.stop)
        turn.effects.append(replace(_merchants(turn, call, Kind.GOODBYE), goodbye_of=of))
        turn.registration = replace(registration, goodbye_at=turn.now)
    _judge(turn, word, call.text)


def _merchants(turn: Turn, call: MerchantSend, kind: Kind) -> Send:
    assert turn.registration is not None
    return Send(
        kind=kind,
        short_code=turn.registration.short_code,
        text=call.text,
        campaign=turn.campaign.id,
        merchant=turn.registration.merchant,
        registration=turn.registration.id,
        carrier=turn.carrier,
        call=call.call,
        full_id=call.full_id,
        validity_s=turn.campaign.validity_s if kind is Kind.CONTENT else None,
    )


def _judge(turn: Turn, kind: str, text: str) -> None:
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
        _judge(turn, "content", call.text)
        return
    text, after = with_stop_hint(turn.book, call.text, turn.campaign, profile=turn.profile)
    turn.effects.append(BillAndSend(replace(content, text=text), call.value))
    if after:
        hint = replace(content, kind=Kind.INFO, text=after, call=None, full_id="")
        turn.effects.append(hint)
    _judge(turn, "content", text)
    turn.registration = count_billed(registration, turn.now)


def billed_now(registration: Registration, now: datetime) -> int:
    """Billed messages in the period that holds `now`."""
    if registration.per is None:
        return registration.billed_in_period
    start = period_start(registration.opened_at, registration.per, now)
    return registration.billed_in_period if registration.period_start == start else 0


def count_billed(registration: Registration, now: datetime) -> Registration:
    """One more billed message in its period."""
    start = period_start(registration.opened_at, registration.per, now) if registration.per else None
    return replace(registration, period_start=start, billed_in_period=billed_now(registration, now) + 1)
