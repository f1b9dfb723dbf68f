"""Which blocks are a merchant's to set and to lift (the block table): its own, of its own numbers, on its own codes."""

from __future__ import annotations

from smsc.messages import Campaign, State
from smsc.optin.decision import Reason
from smsc.optin.standing import Block
from smsc.optin.stores import pool_of
from smsc.pipeline.batch import Batch
from smsc.pipeline.requests import BlockAsk, Reply
from smsc.sms.numbers import Msisdn

INVITE = "S4: the block of invitations is the subscriber's, for every application; its owner lifts it in the portal"
SHARED = "block table: other merchants have campaigns on this code"
STRANGER = "the number never had to do with this campaign"
STOPPED = {
    "code": "OO5: a STOP on a code is lifted by the subscriber's own keyword and confirm word",
    "store": "OO5: a STOP of a store is lifted by the subscriber's keyword, or by its YES to optincustomer",
}
"""Reply.detail: why a merchant may not."""
OVER = frozenset({State.OPTED_OUT.value, State.DECLINED.value})


def not_theirs(batch: Batch, msisdn: Msisdn, ask: BlockAsk) -> Reply | None:
    """Why the merchant that asks may not set or lift this block; None when it may, or no merchant asks."""
    if not ask.merchant:
        return None
    if ask.scope not in STOPPED:
        return Reply(Reason.BLOCKED, detail=INVITE)
    covered = _covered(batch, ask)
    if not any(campaign.merchant == ask.merchant for campaign in covered):
        return Reply(Reason.NO_RULE)
    if any(campaign.merchant != ask.merchant for campaign in covered):
        return Reply(Reason.BLOCKED, detail=SHARED)
    standing = batch.standing(msisdn)
    if not any(campaign.id in standing.subscriptions for campaign in covered):
        return Reply(Reason.NO_REGISTRATION, detail=STRANGER)
    held = next((b for b in standing.blocks if (b.scope, b.key) == (ask.scope, ask.key)), None)
    if ask.lift and held is not None and not _own(batch, msisdn, held, ask.merchant, covered):
        return Reply(Reason.BLOCKED, detail=STOPPED[ask.scope])
    return None


def _covered(batch: Batch, ask: BlockAsk) -> list[Campaign]:
    """The campaigns that the block keeps from the number."""
    campaigns = batch.line.table.campaigns
    if ask.scope == "store":
        store = campaigns.get(ask.key)
        return [store] if store is not None and pool_of(store) else []
    return [c for c in campaigns.values() if c.short_code == ask.key and not pool_of(c)]


def _own(batch: Batch, msisdn: Msisdn, block: Block, merchant: str, covered: list[Campaign]) -> bool:
    """Whether the merchant set the block, and the subscriber (or who else) has not said the same since."""
    told = batch.tx.consents(msisdn)
    own = any(
        row.consent.ref == block.by
        and (row.consent.state, row.consent.by) == ("blocked", "api")
        and row.consent.evidence.get("by") == merchant
        for row in told
    )
    ended = any(
        row.at >= block.since and row.consent.state in OVER and row.consent.by != "api"
        for row in told
        if row.consent.campaign in {campaign.id for campaign in covered}
    )
    codes = {code for campaign in covered for code in (str(campaign.short_code), *pool_of(campaign))}
    now = any(row.mo.source == msisdn and row.route == "stop" for row in batch.writes.mos)
    return own and not ended and not now and not batch.tx.stopped_since(msisdn, codes, block.since)
