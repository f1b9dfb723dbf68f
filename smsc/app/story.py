"""What the store knows of numbers, as stories that can be played again: where they stood, their MOs, their calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from smsc.app.playing import Played
from smsc.messages import Campaign, Money, State
from smsc.optin import Book
from smsc.optin.events import Command, Event, Invite, MerchantSend, Stop, StoreOptIn, WebRequest
from smsc.optin.invitation import invites
from smsc.optin.standing import Block, Registration, Standing, Subscription
from smsc.sms.numbers import Msisdn
from smsc.store import ConsentRow, MtRow, Reader, StoredMo, Timeline

NOT_ROUTED = frozenset({"part", "redelivery", "repeat", "no_code", ""})
"""Rows of MOs that were not taken for anything by themselves."""

COMMANDS = {"welcome": Command.WELCOME, "content": Command.CONTENT, "goodbye": Command.GOODBYE}
STATES = frozenset(state.value for state in State)
OTHER_WAYS = frozenset({"api", "portal", "operator", "deactivation"})


@dataclass(frozen=True, slots=True)
class Story:
    """One number: its standing before the window, and what happened in it, in order."""

    msisdn: Msisdn
    standing: Standing
    played: tuple[Played, ...]


def stories(reader: Reader, book: Book, *, last: int) -> list[Story]:
    """The numbers of the newest `last` MOs. `book`: the old one, which says what campaigns were."""
    own: dict[Msisdn, list[StoredMo]] = {}
    for row in reversed(reader.newest_mos(limit=last)):
        if row.route not in NOT_ROUTED and row.mo.source:
            own.setdefault(row.mo.source, []).append(row)
    return [story(msisdn, rows, reader.timeline(msisdn), book) for msisdn, rows in own.items()]


def story(msisdn: Msisdn, rows: list[StoredMo], known: Timeline, book: Book) -> Story:
    """The story of one number from its first MO in the window on, or from its beginning where that is its first."""
    first = rows[0].mo.id
    since = first if any(row.mo.id < first for row in known.mos) else 0
    opened = {c.consent.ref: c.consent.registration for c in known.consents if c.consent.registration}
    played = [Played(r.mo.received_at, r.mo.id, mo=r.mo, fresh_id=opened.get(r.mo.id) or 0) for r in rows]
    asked = list(_asks([c for c in known.consents if c.id >= since], known.mts, book))
    played += asked
    played += _sends(known.mts, since, {one.id for one in asked})
    before = standing_before(msisdn, [c for c in known.consents if c.id < since], book)
    return Story(msisdn, before, tuple(sorted(played, key=lambda one: (one.at, one.id))))


def standing_before(msisdn: Msisdn, ledger: Iterable[ConsentRow], book: Book) -> Standing:
    """Where a number stood after these events, as far as the ledger tells it: states, opt-ins, blocks by STOP."""
    standing = Standing(msisdn)
    for row in ledger:
        campaign = book.campaigns.get(row.consent.campaign)
        if campaign is None or row.consent.state not in STATES:
            continue
        subscription = _subscription(row, standing.subscriptions.get(campaign.id))
        standing = replace(
            standing,
            subscriptions={**standing.subscriptions, campaign.id: subscription},
            registrations=_registrations(row, standing.registrations, campaign),
            last_carrier=subscription.carrier or standing.last_carrier,
        )
        if subscription.state is State.OPTED_OUT:
            block = Block(*_block_of(book, campaign), row.at, row.consent.ref)
            standing = replace(standing, blocks=standing.blocks | {block})
    return standing


def _subscription(row: ConsentRow, before: Subscription | None) -> Subscription:
    said, state = row.consent, State(row.consent.state)
    asked = state is State.PENDING or before is None
    return Subscription(
        campaign=said.campaign,
        state=state,
        profile=said.profile,
        version=said.version,
        since=row.at,
        carrier=said.evidence.get("carrier", ""),
        opening_mo=said.ref if asked or before is None else before.opening_mo,
        opening_text=said.answered if asked or before is None else before.opening_text,
        registration=said.registration,
        request_sent_at=row.at if state is State.PENDING else None,
    )


def _registrations(
    row: ConsentRow, before: Mapping[int, Registration], campaign: Campaign
) -> Mapping[int, Registration]:
    number, state = row.consent.registration, row.consent.state
    if number is None:
        return before
    if state == State.ACTIVE.value and number in before:  # renewed: it goes on as it began
        return before
    if state == State.ACTIVE.value:
        often = campaign.frequency
        opened = Registration(
            id=number,
            campaign=campaign.id,
            merchant=campaign.merchant,
            short_code=campaign.short_code,
            opened_at=row.at,
            price=campaign.price,
            count_max=often.messages if often else None,
            per=often.per if often else None,
            welcomed_at=row.at,
        )
        return {**before, number: opened}
    if state in (State.OPTED_OUT.value, State.EXPIRED.value) and number in before:
        ended = replace(before[number], ended_at=row.at, stop=row.consent.ref, goodbye_at=row.at)
        return {**before, number: ended}
    return before


def _block_of(book: Book, campaign: Campaign) -> tuple[str, str]:
    found = book.newest(campaign.profile)
    if invites(found):
        return "invite", ""
    return ("store", campaign.id) if found.flow.binds else ("code", str(campaign.short_code))


def _sends(mts: Iterable[MtRow], first: int, asked: Collection[int | None]) -> Iterator[Played]:
    """Merchants' sends within a registration (S2, S3). `asked`: calls that asked the number itself."""
    for row in mts:
        command = COMMANDS.get(row.mt.kind.value)
        head = row.full_id.partition("|")[0]
        of_it = row.call is not None and row.call not in asked and head.isdigit()
        if command is None or row.mt.id < first or not of_it:
            continue
        event = MerchantSend(
            call=row.call or 0,
            merchant=row.mt.merchant,
            registration=int(head),
            command=command,
            text=row.mt.text,
            value=row.mt.value or Money(0, ""),
            full_id=row.full_id,
            carrier=row.mt.carrier,
        )
        yield Played(row.created_at, row.mt.id, event=event)


def _asks(ledger: Iterable[ConsentRow], mts: Iterable[MtRow], book: Book) -> Iterator[Played]:
    """Calls that asked the number (S1, S3, S4), and opt-outs by other ways (OO7), as the ledger tells them."""
    by_call = {row.call: row for row in mts if row.call is not None}
    for row in ledger:
        said = row.consent
        campaign = book.campaigns.get(said.campaign)
        if campaign is None or said.ref is None or said.by not in OTHER_WAYS:
            continue
        if said.state in (State.PENDING.value, State.ACTIVE.value) and said.by == "api":
            event = _ask(row, campaign, by_call.get(said.ref), book)
        elif said.state == State.OPTED_OUT.value:
            event = Stop(
                said.ref,
                campaign.short_code,
                said.answered,
                row.at,
                campaigns=(campaign.id,),
                channel=said.by,
            )
        else:
            event = None
        if event is not None:
            yield Played(row.at, said.ref, event=event)


def _ask(row: ConsentRow, campaign: Campaign, sent: MtRow | None, book: Book) -> Event | None:
    said, profile = row.consent, book.newest(campaign.profile)
    call, carrier = said.ref or 0, said.evidence.get("carrier", "")
    if invites(profile):
        return Invite(call, campaign.merchant, campaign.id, carrier=carrier)
    if profile.flow.binds:
        return StoreOptIn(call, campaign.id, carrier=carrier)
    if profile.flow.rule(profile.flow.start, "web") is None:
        return None
    return WebRequest(
        call=call,
        merchant=campaign.merchant,
        campaign=campaign.id,
        text=sent.mt.text if sent is not None else said.seen,
        value=Money(0, profile.currency),
        mt=sent.mt.id if sent is not None else call,
        full_id=sent.full_id if sent is not None else "",
        carrier=carrier,
        evidence=said.evidence,
    )
