"""What is kept of persons beside the line's own rows: erasure, blocks that outlive it, reviews, invitations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, null, select, text, update

from smsc.messages import State
from smsc.optin.decision import RecordConsent
from smsc.optin.standing import Block
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import chain, erasing, ledger
from smsc.store.chain import Chain
from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.person_rows import AccountRow, InvitationRow, ReviewRow
from smsc.store.person_tables import (
    account,
    block_digest,
    invitation,
    portal_code,
    portal_session,
    refusal,
    review,
)
from smsc.store.rows import ConsentRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import binding, block, callback, consent, mo, mt, subscriber, subscription

STATES = frozenset(state.value for state in State)
REVIEWS_MAX = 200
"""Texts under review that one list holds, the oldest first."""

CONSENTS = Statement(lambda d: select(consent).where(d.among(consent.c.id, "ids")))
CONSENTS_OF = Statement(lambda d: select(consent).where(consent.c.msisdn == bindparam("number")))
ERASE_CONSENT = Statement(
    lambda d: (
        update(consent)
        .where(d.among(consent.c.id, "ids"))
        .values(msisdn=text("''"), seen=text("''"), answered=text("''"), evidence=text("'{}'"))
    )
)
ERASE_MO = Statement(
    lambda d: (
        update(mo)
        .where(mo.c.source == bindparam("number"))
        .values(text=text("''"), raw=bindparam("nothing"), flags=text("'erased'"))
    )
)
ERASE_MT = Statement(
    lambda d: (
        update(mt)
        .where(mt.c.msisdn == bindparam("number"))
        .values(text=text("''"), udh=null(), octets=null())
    )
)
ERASE_CALLBACK = Statement(
    lambda d: (
        update(callback)
        .where(callback.c.msisdn == bindparam("number"), callback.c.next_at.is_(None))
        .values(text=text("''"), details=text("'{}'"))
    )
)
ERASE_BINDING = Statement(
    lambda d: update(binding).where(binding.c.msisdn == bindparam("number")).values(name=text("''"))
)
LIVE = Statement(
    lambda d: select(subscription.c.campaign).where(
        subscription.c.msisdn == bindparam("number"), text("state IN ('pending', 'active')")
    )
)
BLOCKS_OF = Statement(lambda d: select(block).where(block.c.msisdn == bindparam("number")))
ALL_BLOCKS = Statement(
    lambda d: (
        select(block)
        .where(block.c.msisdn > bindparam("after"))
        .order_by(block.c.msisdn, block.c.scope, block.c.scope_key)
        .limit(bindparam("most"))
    )
)
PUT_BLOCK_DIGEST = Statement(lambda d: d.insert_or_ignore(block_digest), columns=block_digest.c.keys())
ANY_DIGEST = Statement(lambda d: select(block_digest.c.scope).limit(1))
BLOCK_DIGESTS = Statement(
    lambda d: select(block_digest).where(d.among(block_digest.c.number_digest, "numbers"))
)
DROP_BLOCK_DIGEST = Statement(
    lambda d: delete(block_digest).where(
        block_digest.c.number_digest == bindparam("number"),
        block_digest.c.scope == bindparam("scope_"),
        block_digest.c.scope_key == bindparam("key_"),
    )
)
DROPS = tuple(
    Statement(lambda d, of=of: delete(of).where(of.c.msisdn == bindparam("number")))  # type: ignore[misc]
    for of in (block, subscription, subscriber, account, portal_code, portal_session, refusal)
)
PUT_ACCOUNT = Statement(lambda d: d.insert_or_ignore(account), columns=account.c.keys())
PUT_REVIEW = Statement(lambda d: d.insert_or_ignore(review), columns=review.c.keys())
DECIDE_REVIEW = Statement(
    lambda d: (
        update(review)
        .where(review.c.mo == bindparam("number"), text("state = 'open'"))
        .values(state=bindparam("new_state"), decided_by=bindparam("who"), decided_at=bindparam("at_"))
    )
)
REVIEW = Statement(lambda d: select(review).where(review.c.mo == bindparam("number")))
REVIEWS = Statement(
    lambda d: select(review).where(text("state = 'open'")).order_by(review.c.mo).limit(bindparam("most"))
)
PUT_INVITATION = Statement(lambda d: d.insert_or_replace(invitation, ("id",)), columns=invitation.c.keys())
INVITATION = Statement(lambda d: select(invitation).where(invitation.c.id == bindparam("number")))
STATES_OF = Statement(
    lambda d: (
        select(subscription.c.campaign, subscription.c.generation, subscription.c.state)
        .where(subscription.c.msisdn == bindparam("number"))
        .order_by(subscription.c.generation, subscription.c.campaign)
    )
)
STATE_OF_OPT_IN = Statement(
    lambda d: select(subscription.c.state).where(
        subscription.c.msisdn == bindparam("number"),
        subscription.c.campaign == bindparam("of_campaign"),
        subscription.c.registration == bindparam("opened"),
    )
)


class StillSubscribed(Exception):
    """A number with live subscriptions cannot be erased: they have to end first."""


class StillOnTheWay(Exception):
    """A number cannot be erased while something is on its way to it or from it; says what, and until when."""


def chain_of(db: Db, msisdn: Msisdn) -> Chain:
    """The consent chain of a number, verified, whether its texts were erased or not."""
    number = chain.number_digest(db.key, msisdn)
    ids = [link.id for link in chain.links_of(db, number)]
    found = {row[0]: ledger.read_consent(row) for row in db.rows(CONSENTS, ids=ids)}
    erased = {n for n, row in found.items() if not row.msisdn}
    rows = {n: row for n, row in found.items() if n not in erased}
    rows |= {row[0]: ledger.read_consent(row) for row in db.rows(CONSENTS_OF, number=storable(msisdn))}
    read = chain.read_chain(db, msisdn, rows, erased=erased)
    return replace(read, faults=(*read.faults, *_disagreements(db, msisdn, read)))


def _disagreements(db: Db, msisdn: Msisdn, read: Chain) -> list[str]:
    """Where the state of a subscription is not what the last event of the ledger says."""
    said: dict[tuple[object, object], object] = {}
    for event in read.events:
        if event.facts.get("state") in STATES:
            said[event.facts.get("campaign"), event.facts.get("generation")] = event.facts["state"]
    faults = []
    for campaign, generation, state in db.rows(STATES_OF, number=storable(msisdn)):
        told = said.get((campaign, generation), "nothing")
        if state != told and (state, told) != (State.NONE.value, "nothing"):
            faults.append(f"the state and the ledger disagree: {campaign} is {state}, the ledger says {told}")
    return faults


def erase(db: Db, msisdn: Msisdn, now: datetime, *, event: int, by: str) -> int:
    """Erase the personal texts of a number; its chain and its blocks stay as digests (D6).

    Also erased: texts and octets of its MOs, MTs (one-time codes too) and callbacks, what stores call it,
    its account and sessions, what was refused for it. What carries money (charges, the rows of MTs with their
    number) stays for the accounts, and the codes it had from stores stay as long as they rest. Returns how many events
    there were.

    Args:    event: id of the event that says so.  by: who asked.
    Raises:  StillSubscribed, StillOnTheWay.
    """
    number = storable(msisdn)
    if live := [row[0] for row in db.rows(LIVE, number=number)]:
        raise StillSubscribed(", ".join(live))
    if waits := erasing.waits(db, number):
        raise StillOnTheWay("; ".join(waits))
    digest = chain.number_digest(db.key, msisdn)
    for row in db.rows(BLOCKS_OF, number=number):
        db.many(PUT_BLOCK_DIGEST, [(digest, row[1], row[2], row[3])])
    ids = [link.id for link in chain.links_of(db, digest)]
    said = RecordConsent(campaign="", state=chain.ERASED, by=by, ref=event)
    ledger.put_consents(db, [ConsentRow(event, msisdn, 0, now, said)])
    db.run(ERASE_CONSENT, ids=[*ids, event])
    db.run(ERASE_MO, number=number, nothing=b"")
    db.run(ERASE_MT, number=number)
    db.run(ERASE_CALLBACK, number=number)
    db.run(ERASE_BINDING, number=number)
    erasing.take_out(db, number, now)
    for drop in DROPS:
        db.run(drop, number=number)
    return len(ids)


def digested_blocks(db: Db, msisdns: list[str]) -> dict[str, set[Block]]:
    """Blocks that were erased to digests, by number: they hold as if nothing had happened."""
    if db.value(ANY_DIGEST) is None:  # most databases have none: no number needs a digest then
        return {}
    numbers = {chain.number_digest(db.key, Msisdn(m)): m for m in msisdns}
    found: dict[str, set[Block]] = {}
    for row in db.rows(BLOCK_DIGESTS, numbers=sorted(numbers)):
        found.setdefault(numbers[row[0]], set()).add(Block(row[1], row[2], instant(row[3])))
    return found


def lift_digested(db: Db, lifted: list[tuple[str, str, str]]) -> None:
    """Lift erased blocks of (number, scope, key)."""
    if not lifted or db.value(ANY_DIGEST) is None:
        return
    for number, scope, key in lifted:
        db.run(DROP_BLOCK_DIGEST, number=chain.number_digest(db.key, Msisdn(number)), scope_=scope, key_=key)


def blocks(db: Db, *, after: str, limit: int) -> list[tuple[Msisdn, Block]]:
    """Blocks by number, those of numbers behind `after`."""
    rows = db.rows(ALL_BLOCKS, after=after, most=limit)
    return [(Msisdn(row[0]), Block(row[1], row[2], instant(row[3]), row[4])) for row in rows]


def blocks_of(db: Db, msisdn: Msisdn) -> list[Block]:
    """The blocks of a number, erased ones too."""
    rows = db.rows(BLOCKS_OF, number=storable(msisdn))
    held = {Block(row[1], row[2], instant(row[3]), row[4]) for row in rows}
    known = {(b.scope, b.key) for b in held}
    erased = digested_blocks(db, [storable(msisdn)]).get(storable(msisdn), set())
    return sorted(held | {b for b in erased if (b.scope, b.key) not in known}, key=lambda b: (b.scope, b.key))


def put_accounts(db: Db, rows: list[AccountRow]) -> None:
    """New accounts; one that is there already stays."""
    db.many(PUT_ACCOUNT, [(storable(r.msisdn), micros(r.at), r.by) for r in rows])


def put_reviews(db: Db, rows: list[ReviewRow]) -> None:
    """New texts under review, and what was decided of them."""
    records = [
        (
            r.mo,
            storable(r.msisdn),
            str(r.short_code),
            "\n".join(r.campaigns),
            storable(r.text),
            micros(r.at),
            r.state,
            r.decided_by,
            None,
        )
        for r in rows
        if r.state == "open"
    ]
    db.many(PUT_REVIEW, records)
    for r in rows:
        if r.state != "open":
            at = micros_or_none(r.decided_at)
            db.run(DECIDE_REVIEW, number=r.mo, new_state=r.state, who=r.decided_by, at_=at)


def review_of(db: Db, number: int) -> ReviewRow | None:
    """The text under review of an MO."""
    rows = db.rows(REVIEW, number=number)
    return _review(rows[0]) if rows else None


def open_reviews(db: Db) -> list[ReviewRow]:
    """What waits to be decided, oldest first."""
    return [_review(row) for row in db.rows(REVIEWS, most=REVIEWS_MAX)]


def _review(row: Any) -> ReviewRow:
    campaigns = tuple(row[3].split("\n")) if row[3] else ()
    return ReviewRow(
        row[0], Msisdn(row[1]), ShortCode(row[2]), campaigns, row[4], instant(row[5]), row[6], row[7]
    )


def put_invitations(db: Db, rows: list[InvitationRow]) -> None:
    """Invitations as they stand now."""
    db.many(
        PUT_INVITATION,
        [
            (
                r.id,
                r.merchant,
                r.campaign,
                storable(r.msisdn),
                r.state,
                micros(r.at),
                micros_or_none(r.done_at),
                r.callback,
                int(r.confirm),
                r.registration,
            )
            for r in rows
        ],
    )


def invitation_of(db: Db, number: int) -> InvitationRow | None:
    """One invitation; once it was accepted, its state is that of the opt-in, also when that has ended."""
    rows = db.rows(INVITATION, number=number)
    if not rows:
        return None
    row = rows[0]
    state = row[4]
    if state == State.ACTIVE.value:
        found = db.value(STATE_OF_OPT_IN, number=row[3], of_campaign=row[2], opened=row[9])
        state = str(
            found or State.OPTED_OUT.value
        )  # a later opt-in has another number, an erased one has none
    return InvitationRow(
        row[0],
        row[1],
        row[2],
        Msisdn(row[3]),
        state,
        instant(row[5]),
        instant_or_none(row[6]),
        row[7],
        bool(row[8]),
        row[9],
    )
