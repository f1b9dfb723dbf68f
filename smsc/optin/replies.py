"""Answers that change no subscription: help, bare START, several requests, unknown words; and the review
queue.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import Campaign, Notice, NoticeKind, State
from smsc.optin.advance import LIVE, begin_any, begin_new, lapsed
from smsc.optin.book import Book
from smsc.optin.decision import Alarm, Decision, Effect, Notify, Reason
from smsc.optin.events import Ambiguous, BareStart, FromMo, Help, Review, Unknown
from smsc.optin.holding import REVIEW, hold_all
from smsc.optin.invitation import shown_to
from smsc.optin.reminders import renewal_of
from smsc.optin.standing import Standing
from smsc.optin.stores import bound_code, tell_text
from smsc.optin.turn import Turn, cause_of_mo
from smsc.optin.wording import listed, named_answer, render_code
from smsc.sms.numbers import ShortCode

ANSWERS_MAX = 4
"""Confirm phrases listed in one reply."""


def on_code(book: Book, standing: Standing, origin: FromMo, now: datetime) -> Turn:
    """A turn on the short code as a whole."""
    nobody = Campaign(
        id="",
        keyword="",
        short_code=origin.short_code,
        merchant="",
        profile=book.profile_on(origin.short_code).name,
        language=_language(book, origin),
    )
    return begin_new(book, standing, nobody, cause=cause_of_mo(origin), now=now)


def _language(book: Book, origin: FromMo) -> str:
    return "".join(book.code(origin.short_code).languages[:1])


def help_reply(book: Book, standing: Standing, event: Help, now: datetime) -> Decision:
    """HELP always answers, subscribed or not (OO6): about a campaign, else in the code's own words, else in
    ours.
    """
    code = book.code(event.origin.short_code)
    here = _shown(book, standing, event.origin.short_code)
    campaign = book.campaigns.get(event.campaign) if event.campaign else None
    if campaign is not None and campaign.id not in standing.subscriptions:
        campaign = campaign if shown_to(standing.msisdn, campaign) else None
    if campaign is None and not code.help_reply and len(here) == 1:
        campaign = here[0]
    if campaign is not None:
        turn = begin_any(book, standing, campaign, cause=cause_of_mo(event.origin), now=now)
        if bound_code(standing, campaign.id) == event.origin.short_code:
            tell_text(turn)
        turn.answer("help", turn.text("help"), sender=event.origin.short_code)
        return turn.decision("OO6")
    turn = on_code(book, standing, event.origin, now)
    turn.answer("help", code.help_reply or _generic_help(book, turn, here))
    return turn.decision("OO6")


def _generic_help(book: Book, turn: Turn, here: tuple[Campaign, ...]) -> str:
    code = turn.campaign.short_code
    if not here and (pooled := book.pooled.get(code, ())):  # stores talk here, and are joined elsewhere (S1)
        code = pooled[0].short_code
        here = tuple(c for c in pooled if c.short_code == code and shown_to(turn.standing.msisdn, c))
    lines = []
    for campaign in here:
        merchant = book.merchants.get(campaign.merchant)
        lines.append(f"{campaign.keyword} {merchant.hotline if merchant else ''}".strip())
    return render_code(
        turn.profile,
        "help_code",
        turn.campaign.language,
        short_code=code,
        keywords=listed(lines),
    )


def _shown(book: Book, standing: Standing, short_code: ShortCode) -> tuple[Campaign, ...]:
    """The campaigns of a code that the number may be told of."""
    return tuple(c for c in book.on_code.get(short_code, ()) if shown_to(standing.msisdn, c))


def explain_start(book: Book, standing: Standing, event: BareStart | Ambiguous, now: datetime) -> Decision:
    """Bare START, or a bare yes to several requests: one free reply with the exact words; nothing is
    activated.
    """
    named = event.pending if isinstance(event, BareStart) else event.campaigns
    number = event.origin.short_code
    answers = []
    for name in named:
        campaign, subscription = book.campaigns.get(name), standing.subscriptions.get(name)
        if campaign is None or subscription is None:
            continue
        open_ = subscription.state is State.PENDING and not lapsed(subscription, now)
        if open_ or renewal_of(standing, subscription) is not None:
            answers.append(named_answer(book.profile_of(subscription), campaign))
    turn = on_code(book, standing, event.origin, now)
    either = turn.profile.pack(turn.campaign.language).either
    keywords = listed([campaign.keyword for campaign in _shown(book, standing, number)])
    text = render_code(
        turn.profile,
        "start_pending" if answers else "start_none",
        turn.campaign.language,
        short_code=number,
        answers=either.join(answers[:ANSWERS_MAX]),
        keywords=keywords,
    )
    _limited(turn, f"start:{number}", text, window_s=turn.profile.limits.start_reply_s)
    return turn.decision("RT4" if isinstance(event, BareStart) else "RT5")


def unknown_reply(book: Book, standing: Standing, event: Unknown, now: datetime) -> Decision:
    """The code's configured reply, at most once an hour (RT7)."""
    turn = on_code(book, standing, event.origin, now)
    number = event.origin.short_code
    text = book.code(number).unknown_reply
    if not text:
        return Decision(because=Reason.NO_RULE, rule="RT7")
    _limited(turn, f"unknown:{number}", text, window_s=turn.profile.limits.unknown_reply_s)
    return turn.decision("RT7")


def _limited(turn: Turn, key: str, text: str, *, window_s: float) -> None:
    if turn.can_answer() and turn.take(key, window_s=window_s):
        turn.answer("info", text)
    else:
        turn.ignore(Reason.LIMITED)


def review(book: Book, standing: Standing, event: Review, now: datetime) -> Decision:
    """A stop word in longer text: an operator is called, the merchants are told at once, and content waits until it
    is decided (RT3a, RT5b)."""
    origin = event.origin
    effects: list[Effect] = [
        Alarm("review", f"MO {origin.mo} on {origin.short_code} may be a STOP", ",".join(event.campaigns))
    ]
    template = Notice(
        key="",
        kind=NoticeKind.REVIEW,
        merchant="",
        msisdn=standing.msisdn,
        short_code=origin.short_code,
        at=now,
        id=str(origin.mo),
        message_id=str(origin.mo),
        text=origin.text,
        network=origin.network,
        country=book.code(origin.short_code).country,
        urgent=True,
    )
    named = [one for name in event.campaigns if (one := standing.subscriptions.get(name)) is not None]
    changes, holds = hold_all([s for s in named if s.state in LIVE], f"{REVIEW}{origin.mo}")
    effects += holds
    for name in event.campaigns:
        campaign, subscription = book.campaigns.get(name), standing.subscriptions.get(name)
        if campaign is None:
            continue
        number = subscription.registration if subscription is not None else None
        effects.append(
            Notify(
                replace(
                    template,
                    key=f"review:{origin.mo}:{name}",
                    merchant=campaign.merchant,
                    keyword=campaign.keyword,
                    registration="" if number is None else str(number),
                )
            )
        )
    return Decision(tuple(changes), tuple(effects), because=Reason.DONE, rule="RT5b")
