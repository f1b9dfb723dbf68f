"""Invitations (S4): who may be invited, and what STOP means where one number may have opted in to several merchants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from smsc.messages import Campaign, Kind, State
from smsc.optin.advance import begin, begin_any, begin_new, lapsed, run
from smsc.optin.book import Book
from smsc.optin.decision import Decision, Effect, Reason, Send, SetBlock, SetCount
from smsc.optin.events import Invite, Stop
from smsc.optin.profile import Profile
from smsc.optin.standing import Block, Standing, Subscription
from smsc.optin.standing_after import apply, together
from smsc.optin.turn import Cause, Turn, allowed, cause_of_stop, refuse
from smsc.optin.wording import listed, render_code
from smsc.sms.numbers import Msisdn

FLOW = "invitation"
BLOCK = ("invite", "")
"""Scope and key of the block: the number, every application (block table)."""


def invites(profile: Profile) -> bool:
    """Whether a profile's campaigns are opened by invitations."""
    return profile.flow.name == FLOW


def blocked(standing: Standing) -> bool:
    """Whether the number has blocked invitations."""
    return any((block.scope, block.key) == BLOCK for block in standing.blocks)


def invite(book: Book, standing: Standing, event: Invite, now: datetime) -> Decision:
    """Ask the number, or say why not: unpublished, unsupported_network, blocked, in this order (S4)."""
    campaign = book.campaigns.get(event.campaign)
    if campaign is None or campaign.merchant != event.merchant or not invites(book.newest(campaign.profile)):
        return refuse(Reason.NO_RULE, "S4")
    if (reason := refusal(standing, event, campaign)) is not None:
        return refuse(reason, "S4")
    known = standing.subscriptions.get(campaign.id)
    if known is not None and known.state is State.ACTIVE:
        return refuse(Reason.ALREADY_DONE, "S4")
    before = Decision()
    if known is not None and lapsed(known, now):
        timer = Cause(by="timer", short_code=campaign.short_code)
        before = run(begin(book, standing, known, cause=timer, now=now), "confirm_due")
        standing = apply(standing, before)
    cause = Cause(
        by="api",
        short_code=campaign.short_code,
        ref=event.call,
        carrier=event.carrier,
        network=event.network,
    )
    asked = run(begin_any(book, standing, campaign, cause=cause, now=now), "invite")
    return together(before, asked) if before.changes else asked


def refusal(standing: Standing, event: Invite, campaign: Campaign) -> Reason | None:
    """Which of the three causes forbids the invitation."""
    if not shown_to(standing.msisdn, campaign):
        return Reason.UNPUBLISHED
    if not event.carrier:
        return Reason.UNSUPPORTED_NETWORK
    return Reason.BLOCKED if blocked(standing) else None


def shown_to(msisdn: Msisdn, campaign: Campaign) -> bool:
    """Whether a campaign may be shown to the number: one that is not published to its test phones only (S4)."""
    phones = campaign.extra.get("test_phones", ())
    return bool(campaign.extra.get("published", True)) or (isinstance(phones, tuple) and msisdn in phones)


def of_invitations(book: Book, standing: Standing, state: State) -> list[Subscription]:
    """The number's subscriptions by invitation in a state, over all merchants, in a fixed order."""
    return [
        s
        for _, s in sorted(standing.subscriptions.items())
        if s.state is state and invites(book.profile_of(s))
    ]


def stop_invited(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    """STOP by SMS on a code of invitations (S4).

    Every open invitation ends and the number is blocked, whoever invites. Of opt-ins, one that is the only one ends,
    and so do those that are named and, with STOP ALL, all; of several none ends, and the reply links the portal.
    """
    ending, several = ended_by(book, standing, event)
    cause = cause_of_stop(event)
    active = of_invitations(book, standing, State.ACTIVE)
    whole = Decision()
    for subscription in ending:
        part = run(begin(book, standing, subscription, cause=cause, now=now), "stop")
        whole, standing = together(whole, part), apply(standing, part)
    if not whole.changes:
        block = Block(*BLOCK, now, event.stop)
        whole = Decision(() if blocked(standing) else (SetBlock(block),), (), Reason.DONE, "S4")
        standing = apply(standing, whole)
    turn = _on_the_code(book, standing, event, now)
    reply = _reply(turn, len(active)) if several or not _goodbyes(whole.effects) else None
    return _one_answer(whole, turn, reply, event)


def ended_by(book: Book, standing: Standing, event: Stop) -> tuple[list[Subscription], bool]:
    """What such a STOP ends, and whether it leaves several opt-ins as they are (S4)."""
    active = of_invitations(book, standing, State.ACTIVE)
    named = _named(active, event.campaigns)
    several = len(active) > 1 and not event.everything and not named
    ending = [] if several else (named or active)
    return [*ending, *of_invitations(book, standing, State.PENDING)], several


def several_left(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    """The reply alone to a STOP that leaves several opt-ins as they are: it says so and links the portal (S4)."""
    turn = _on_the_code(book, standing, event, now)
    opt_ins = len(of_invitations(book, standing, State.ACTIVE))
    return _one_answer(Decision(), turn, _reply(turn, opt_ins), event)


def _named(active: Iterable[Subscription], campaigns: tuple[str, ...]) -> list[Subscription]:
    return [s for s in active if s.campaign in campaigns]


def _on_the_code(book: Book, standing: Standing, event: Stop, now: datetime) -> Turn:
    nobody = Campaign(
        id="",
        keyword="",
        short_code=event.short_code,
        merchant="",
        profile=book.profile_on(event.short_code).name,
        language="".join(book.code(event.short_code).languages[:1]),
    )
    return begin_new(book, standing, nobody, cause=cause_of_stop(event), now=now)


def _reply(turn: Turn, opt_ins: int) -> str:
    code = turn.campaign.short_code
    portal = turn.book.code(code).portal
    kind = "stop_several" if opt_ins > 1 else "not_subscribed_code"
    return render_code(
        turn.profile, kind, turn.campaign.language, short_code=code, portal=portal, opt_ins=str(opt_ins)
    )


def _goodbyes(effects: tuple[Effect, ...]) -> list[Send]:
    return [e for e in effects if isinstance(e, Send) and e.kind is Kind.GOODBYE]


def _goodbye(turn: Turn, goodbyes: list[Send]) -> list[Effect]:
    """The one goodbye: that of what ended, or one that names all that did. Each registration has its own noted."""
    if len(goodbyes) < 2:
        return [*goodbyes]
    names = []
    for campaign in (
        turn.book.campaigns[one.campaign] for one in goodbyes if one.campaign in turn.book.campaigns
    ):
        merchant = turn.book.merchants.get(campaign.merchant)
        names.append(f"{campaign.keyword} ({merchant.name})" if merchant is not None else campaign.keyword)
    code = turn.campaign.short_code
    text = render_code(
        turn.profile,
        "goodbye_all",
        turn.campaign.language,
        short_code=code,
        portal=turn.book.code(code).portal,
        keywords=listed(names),
    )
    return [replace(goodbyes[0], short_code=code, text=text or goodbyes[0].text)]


def _one_answer(whole: Decision, turn: Turn, reply: str | None, event: Stop) -> Decision:
    """A STOP is acknowledged once, whatever it ended: by one goodbye, else by the reply, once a day (OO1, OO2a)."""
    others = [e for e in whole.effects if not (isinstance(e, Send) and e.kind is Kind.GOODBYE)]
    kept = _goodbye(turn, _goodbyes(whole.effects)) if reply is None else []
    whole = replace(whole, effects=(*others, *kept), because=Reason.DONE, rule="S4")
    key, limit_s = f"stop:{event.short_code}", turn.profile.limits.stop_reply_s
    if reply is None:
        count = allowed(turn.standing, key, turn.now, window_s=limit_s)
        return replace(whole, changes=(*whole.changes, SetCount(key, count))) if count else whole
    if turn.can_answer() and turn.take(key, window_s=limit_s):
        turn.answer("info", reply)
    else:
        turn.ignore(Reason.LIMITED)
    said = turn.decision("S4")
    return Decision(whole.changes + said.changes, whole.effects + said.effects, Reason.DONE, "S4")
