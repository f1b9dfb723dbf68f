"""What a subscriber sees: the opt-ins of the number with their history, the blocks, the data to take home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smsc.keywords import Table
from smsc.messages import State
from smsc.optin.standing import Block, Subscription
from smsc.sms.numbers import Msisdn
from smsc.store import Reader
from smsc.store.chain import Chain, ChainedConsent

STATES = {
    "pending": "waiting for your answer",
    "active": "active",
    "opted_out": "ended",
    "declined": "declined",
    "expired": "not answered",
}
EVENTS = {
    "pending": "You were asked",
    "active": "You agreed",
    "renewal_asked": "You were asked whether it goes on",
    "opted_out": "Ended",
    "declined": "You declined",
    "expired": "The request ran out",
    "blocked": "Block set",
    "lifted": "Block lifted",
    "erased": "Texts erased",
}
WAYS = {
    "mo": "by your SMS",
    "api": "by the provider",
    "timer": "by time",
    "portal": "here, by you",
    "operator": "by our staff",
    "deactivation": "by your carrier",
    "import": "on the provider's word",
}


@dataclass(frozen=True, slots=True)
class Known:
    """All that the store has of one number, read in one go."""

    subscriptions: list[Subscription]
    chain: Chain
    blocks: list[Block]
    account_since: datetime | None


def read_known(reader: Reader, msisdn: Msisdn) -> Known:
    """Read it."""
    return Known(
        subscriptions=reader.current_subscriptions(msisdn),
        chain=reader.chain(msisdn),
        blocks=reader.blocks_of(msisdn),
        account_since=reader.account_since(msisdn),
    )


def page_of(known: Known, table: Table) -> Mapping[str, object]:
    """The data of the page."""
    opt_ins = [_opt_in(s, known.chain, table) for s in known.subscriptions]
    order = {"active": 0, "pending": 1}
    opt_ins.sort(key=lambda one: order.get(str(one["state"]), 2))
    return {
        "opt_ins": opt_ins,
        "live": sum(one["live"] is True for one in opt_ins),
        "blocked": any(b.scope == "invite" for b in known.blocks),
        "other_blocks": [_block(b, table) for b in known.blocks if b.scope != "invite"],
        "since": known.account_since,
    }


def _opt_in(subscription: Subscription, chain: Chain, table: Table) -> dict[str, object]:
    campaign = table.campaigns.get(subscription.campaign)
    merchant = table.merchants.get(campaign.merchant) if campaign is not None else None
    code, _, keyword = subscription.campaign.partition("/")
    history = [_event(e) for e in chain.events if e.facts.get("campaign") == subscription.campaign]
    return {
        "id": subscription.campaign,
        "keyword": campaign.keyword if campaign is not None else keyword,
        "company": merchant.name if merchant is not None else "",
        "hotline": merchant.hotline if merchant is not None else "",
        "short_code": code,
        "price": campaign.price if campaign is not None else None,
        "state": subscription.state.value,
        "words": STATES.get(subscription.state.value, subscription.state.value),
        "live": subscription.state in (State.PENDING, State.ACTIVE),
        "since": subscription.since,
        "history": history[::-1],
    }


def _event(event: ChainedConsent) -> dict[str, object]:
    row, facts = event.row, event.facts
    return {
        "at": event.at,
        "what": EVENTS.get(str(facts.get("state")), str(facts.get("state"))),
        "how": WAYS.get(str(facts.get("by")), str(facts.get("by"))),
        "seen": row.consent.seen if row is not None else "",
        "answered": row.consent.answered if row is not None else "",
    }


def _block(block: Block, table: Table) -> dict[str, object]:
    """One block in words; what it can be lifted with is the key itself."""
    campaign = table.campaigns.get(block.key)
    where = campaign.keyword if campaign is not None else block.key
    return {"scope": block.scope, "key": block.key, "where": where, "since": block.since}


def data_of(msisdn: Msisdn, known: Known) -> dict[str, object]:
    """Everything of the number as data, for its owner to keep."""
    return {
        "msisdn": str(msisdn),
        "account_since": None if known.account_since is None else known.account_since.isoformat(),
        "opt_ins": [
            {"campaign": s.campaign, "state": s.state.value, "since": s.since.isoformat()}
            for s in known.subscriptions
        ],
        "blocks": [{"scope": b.scope, "key": b.key, "since": b.since.isoformat()} for b in known.blocks],
        "consents": [
            {
                "at": e.at.isoformat(),
                **{k: v for k, v in e.facts.items() if k != "at"},
                "seen": e.row.consent.seen if e.row is not None else None,
                "answered": e.row.consent.answered if e.row is not None else None,
                "evidence": dict(e.row.consent.evidence) if e.row is not None else None,
                "link": e.link,
            }
            for e in known.chain.events
        ],
        "chain_holds": known.chain.holds,
    }
