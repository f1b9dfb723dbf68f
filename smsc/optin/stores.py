"""Stores (S1): one code to join on, another to talk on. Which communication code a number has, and who ends where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b

from smsc.messages import Campaign, Kind, Money, Notice, NoticeKind, State
from smsc.optin.book import Book
from smsc.optin.decision import Alarm, Decision, Notify, Reason, Send, SetBinding
from smsc.optin.events import BareStart, Stop
from smsc.optin.standing import Binding, Standing, Subscription
from smsc.optin.turn import Turn
from smsc.optin.wording import listed, render_code
from smsc.sms.numbers import Msisdn, ShortCode

CODE_REST_S = 30 * 86_400.0
"""A released code is not given to the number for another store in it, unless the profile's `code_rest` says else."""

LIVE = (State.PENDING, State.ACTIVE)
FREE = Money(0, "USD")


def pool_of(campaign: Campaign) -> tuple[str, ...]:
    """The communication codes of a store; () for a campaign that talks where it is joined."""
    pool = campaign.extra.get("pool", ())
    return pool if isinstance(pool, tuple) else ()


def is_store(book: Book, campaign: Campaign) -> bool:
    """Whether the campaign is joined on one code and talks on another."""
    return bool(pool_of(campaign)) and book.newest(campaign.profile).flow.binds


def bound_code(standing: Standing, campaign: str) -> ShortCode | None:
    """The code a store has for the number now."""
    binding = standing.bindings.get(campaign)
    return binding.short_code if binding is not None and binding.released_at is None else None


def store_on(standing: Standing, short_code: str) -> str:
    """The store that talks to the number on this code now; "" for none."""
    bound = (b for b in standing.bindings.values() if b.short_code == short_code and b.released_at is None)
    return next((b.campaign for b in bound), "")


def at_code(standing: Standing, campaign: Campaign) -> Campaign:
    """The campaign as it talks to this number: on the communication code where it has one."""
    code = bound_code(standing, campaign.id) if standing.bindings else None
    return campaign if code is None else replace(campaign, short_code=code)


def free_code(turn: Turn) -> ShortCode | None:
    """The code a store has or can have for the number: its own last one, else the first that rests for no other."""
    bindings = turn.standing.bindings
    if (code := bound_code(turn.standing, turn.campaign.id)) is not None:
        return code
    rest = timedelta(seconds=turn.profile.deadlines.get("code_rest", CODE_REST_S))
    taken = {
        b.short_code
        for b in bindings.values()
        if b.campaign != turn.campaign.id and (b.released_at is None or turn.now - b.released_at < rest)
    }
    free = [ShortCode(code) for code in pool_of(turn.campaign) if code not in taken]
    mine = bindings.get(turn.campaign.id)
    if mine is not None and mine.short_code in free:
        return mine.short_code
    return free[0] if free else None


def bind_code(turn: Turn, _: str) -> None:
    """Give the store its code for the number; what follows in the turn leaves from it."""
    code = free_code(turn)
    if code is None:
        return
    known = turn.standing.bindings.get(turn.campaign.id)
    name = turn.cause.name or (known.name if known is not None else "")
    since = known.since if known is not None and known.released_at is None else turn.now
    turn.changes.append(SetBinding(Binding(turn.campaign.id, code, since, name=name)))
    turn.campaign = replace(turn.campaign, short_code=code)


def release_code(turn: Turn, _: str) -> None:
    """Take the code back: after the goodbye, which left from it (OO5)."""
    known = turn.standing.bindings.get(turn.campaign.id)
    if known is not None and known.released_at is None:
        turn.changes.append(SetBinding(replace(known, released_at=turn.now)))


def pool_empty(turn: Turn) -> Decision:
    """No code is free: no opt-in, an alarm, and to a handset an answer from the code it wrote to."""
    cause = turn.cause
    text = f"no communication code of {turn.campaign.keyword} is free for this number"
    turn.effects.append(Alarm("pool_empty", text, turn.campaign.id))
    if cause.by == "mo":
        tell_text(turn)
        again_s = turn.profile.limits.unknown_reply_s
        if turn.can_answer() and turn.take(f"pool:{turn.campaign.id}", window_s=again_s):
            turn.answer("info", turn.text("pool_empty"), sender=cause.short_code)
    return replace(turn.decision("S1"), because=Reason.POOL_EMPTY)


def customer_id(campaign: str, msisdn: Msisdn) -> str:
    """The store's number for a subscriber, the same for ever: digits, made of the two."""
    return str(int.from_bytes(blake2b(f"{campaign}|{msisdn}".encode(), digest_size=6).digest()))


def details(turn: Turn) -> Mapping[str, str]:
    """What a store is told beside the text itself; {} for a campaign that is no store."""
    known = turn.standing.bindings.get(turn.campaign.id)
    if known is None and not is_store(turn.book, turn.campaign):
        return {}
    merchant = turn.book.merchants.get(turn.campaign.merchant)
    return {
        "customer_id": customer_id(turn.campaign.id, turn.standing.msisdn),
        "customer_name": turn.cause.name or (known.name if known is not None else ""),
        "opt_in_status": "opt-in" if turn.subscription.state is State.ACTIVE else "opt-out",
        "store_name": merchant.name if merchant is not None else "",
    }


def tell_text(turn: Turn) -> None:
    """Post an MO to the store's web service: every text to it is, whatever it said."""
    cause = turn.cause
    if cause.silent or not turn.campaign.merchant:
        return
    number = turn.subscription.registration
    turn.effects.append(
        Notify(
            Notice(
                key=f"mo:{cause.ref}:{turn.campaign.id}",
                kind=NoticeKind.MO,
                merchant=turn.campaign.merchant,
                msisdn=turn.standing.msisdn,
                short_code=cause.short_code,
                at=turn.now,
                id=str(cause.ref),
                message_id=str(cause.ref),
                text=cause.text,
                keyword=turn.campaign.keyword,
                network=cause.network or turn.subscription.network,
                country=turn.book.code(cause.short_code).country,
                registration="" if number is None else str(number),
                details=details(turn),
            )
        )
    )


def is_store_code(book: Book, short_code: ShortCode) -> bool:
    """Whether stores are joined or talk on this code."""
    return short_code in book.pooled or any(is_store(book, one) for one in book.on_code.get(short_code, ()))


def stores_ended(book: Book, standing: Standing, event: Stop) -> list[Subscription]:
    """What a STOP on a store's code ends: the store that has the code; on the marketing code all of the number's."""
    live = [s for _, s in sorted(standing.subscriptions.items()) if s.state in LIVE]
    if event.campaigns:
        return [s for s in live if s.campaign in event.campaigns]
    if not event.everything and book.code(event.short_code).role != "marketing":
        return [s for s in live if bound_code(standing, s.campaign) == event.short_code]
    return [s for s in live if s.campaign in standing.bindings or _joined_on(s, event.short_code)]


def _joined_on(subscription: Subscription, short_code: ShortCode) -> bool:
    return subscription.campaign.partition("/")[0] == short_code


def answers_for_all(book: Book, event: Stop) -> bool:
    """Whether one reply of the marketing code answers for every store that the STOP ends."""
    marketing = book.code(event.short_code).role == "marketing"
    return event.channel == "sms" and marketing and is_store_code(book, event.short_code)


def one_goodbye(book: Book, standing: Standing, event: Stop, ended: list[Subscription]) -> Send:
    """The one reply of the marketing code: which stores have ended."""
    campaigns = [c for s in ended if (c := book.campaigns.get(s.campaign)) is not None]
    profile = book.profile_on(event.short_code)
    language = campaigns[0].language if campaigns else "".join(book.code(event.short_code).languages[:1])
    text = render_code(
        profile,
        "goodbye_all",
        language,
        short_code=event.short_code,
        keywords=listed([s.campaign.partition("/")[2] for s in ended]),
    )
    first = ended[0]
    of = first.registration if first.state is State.ACTIVE else first.opening_mo
    return Send(
        kind=Kind.GOODBYE,
        short_code=event.short_code,
        text=text,
        campaign=first.campaign,
        carrier=event.carrier or standing.last_carrier,
        answers_mo=event.stop,
        goodbye_of=(of, event.stop) if of is not None else None,
    )


def reopened(book: Book, standing: Standing, event: BareStart) -> str | None:
    """The store that bare START opens again: the one on this code that ended last and is joined by one text (RT4)."""
    number = event.origin.short_code
    if event.pending or not is_store_code(book, number) or store_on(standing, number):
        return None
    ended = []
    for name, subscription in standing.subscriptions.items():
        campaign, binding = book.campaigns.get(name), standing.bindings.get(name)
        if subscription.state is not State.OPTED_OUT or campaign is None or binding is None:
            continue
        profile = book.newest(campaign.profile)
        rule = profile.flow.rule(State.OPTED_OUT, "keyword")
        single = rule is not None and rule.to is State.ACTIVE
        if (
            profile.words["bare_start"] == "reopen"
            and single
            and number in (campaign.short_code, binding.short_code)
        ):
            ended.append((subscription.since, name))
    return max(ended)[1] if ended else None
