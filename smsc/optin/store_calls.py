"""What stores ask for and what their subscribers ask of them: opt-in by call, texts, responder keywords (S1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import State
from smsc.optin.advance import begin, begin_any, lapsed, run
from smsc.optin.book import Book
from smsc.optin.decision import Decision, Reason, Send
from smsc.optin.events import Command, MerchantSend, Responder, StoreOptIn, StoreSend
from smsc.optin.standing import Standing
from smsc.optin.standing_after import apply, together
from smsc.optin.stores import FREE, pool_of, tell_text
from smsc.optin.turn import Cause, cause_of_mo, refuse

ASK_AGAIN_S = 86_400.0
"""A store's call makes one request to a number in it, however often it calls (OI2)."""


def store_opt_in(book: Book, standing: Standing, event: StoreOptIn, now: datetime) -> Decision:
    """A number the store has from elsewhere: asked first, unless the store is single opt-in and was never told STOP."""
    campaign = book.campaigns.get(event.campaign)
    if campaign is None or not pool_of(campaign):
        return refuse(Reason.NO_RULE, "S1")
    cause = Cause(
        by="api",
        short_code=campaign.short_code,
        ref=event.call,
        carrier=event.carrier,
        network=event.network,
        name=event.name,
    )
    known = standing.subscriptions.get(event.campaign)
    before = Decision()
    if known is not None and known.state is State.PENDING and lapsed(known, now):
        timer = Cause(by="timer", short_code=campaign.short_code)
        before = run(begin(book, standing, known, cause=timer, now=now), "confirm_due")
        standing = apply(standing, before)
        known = standing.subscriptions[event.campaign]
    if known is not None and known.state is State.ACTIVE:
        return refuse(Reason.ALREADY_DONE, "S1")
    turn = begin_any(book, standing, campaign, cause=cause, now=now)
    blocked = any(b.scope == "store" and b.key == campaign.id for b in standing.blocks)
    pending = known is not None and known.state is State.PENDING
    if campaign.extra.get("double_opt_in", True) is False and not blocked and not pending:
        return together(before, run(turn, "enter"))
    if not turn.take(f"ask:{campaign.id}", window_s=ASK_AGAIN_S):
        return together(before, refuse(Reason.LIMITED, "OI2"))
    return together(before, run(turn, "ask"))


def store_send(book: Book, standing: Standing, event: StoreSend, now: datetime) -> Decision:
    """A store's text, from the code it has for the number; only while the number is opted in."""
    known = standing.subscriptions.get(event.campaign)
    if known is None or known.state is not State.ACTIVE or known.registration is None:
        ended = known is not None and known.state is State.OPTED_OUT
        return refuse(Reason.OPTED_OUT if ended else Reason.NOT_OPTED_IN, "S1")
    call = MerchantSend(
        call=event.call,
        merchant="",
        registration=known.registration,
        command=Command.CONTENT,
        text=event.text,
        value=FREE,
        full_id="",
        carrier=event.carrier,
    )
    code = book.campaign(known, standing.registrations.get(known.registration)).short_code
    cause = Cause(
        by="api", short_code=code, ref=event.call, text=event.text, carrier=event.carrier, call=call
    )
    decision = run(begin(book, standing, known, cause=cause, now=now), "content")
    if not event.after_s:
        return decision
    paced = (replace(e, after_s=event.after_s) if isinstance(e, Send) else e for e in decision.effects)
    return replace(decision, effects=tuple(paced))


def responder(book: Book, standing: Standing, event: Responder, now: datetime) -> Decision:
    """A responder keyword: one of two texts by the number's status. It opts nobody in, and the store is told."""
    campaign = book.campaigns.get(event.campaign)
    texts = campaign.extra.get("responders", {}) if campaign is not None else {}
    pair = texts.get(event.word) if isinstance(texts, dict) else None
    if campaign is None or pair is None:
        return refuse(Reason.NO_RULE, "S1")
    turn = begin_any(book, standing, campaign, cause=cause_of_mo(event.origin), now=now)
    tell_text(turn)
    opted_in = turn.subscription.state is State.ACTIVE
    turn.answer("info", pair[0] if opted_in else pair[1], sender=event.origin.short_code)
    return turn.decision("S1")
