"""What reaches a number's standing by other ways than its handset: blocks set and lifted, consents imported (OO7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import State
from smsc.optin.advance import begin_any
from smsc.optin.book import Book
from smsc.optin.decision import Change, Decision, LiftBlock, Reason, RecordConsent, SetBlock
from smsc.optin.events import BlockChange, Imported
from smsc.optin.standing import Block, Standing
from smsc.optin.steps import open_registration
from smsc.optin.turn import Cause, moved, refuse


def change_block(standing: Standing, event: BlockChange, now: datetime) -> Decision:
    """Set or lift one block, and say so in the ledger. The block for invitations is lifted in the portal only (S4)."""
    held = any((b.scope, b.key) == (event.scope, event.key) for b in standing.blocks)
    if held != event.lift:
        return Decision(because=Reason.REPEATED, rule="OO5")
    if event.lift and event.scope == "invite" and event.channel != "portal":
        return refuse(Reason.BLOCKED, "S4")
    block = Block(event.scope, event.key, now, event.call)
    change: Change = LiftBlock(event.scope, event.key) if event.lift else SetBlock(block)
    word = "lifted" if event.lift else "blocked"
    evidence = {"scope": event.scope, "key": event.key, **event.evidence}
    said = RecordConsent(campaign="", state=word, by=event.channel, ref=event.call, evidence=evidence)
    return Decision((change,), (said,), Reason.DONE, "OO5")


def imported(book: Book, standing: Standing, event: Imported, now: datetime) -> Decision:
    """A consent given elsewhere, with its evidence. Who has said STOP here, or is subscribed, stays as is."""
    campaign = book.campaigns.get(event.campaign)
    if campaign is None:
        return refuse(Reason.NO_RULE, "OO7")
    known = standing.subscriptions.get(event.campaign)
    if known is not None and known.state is State.ACTIVE:
        return refuse(Reason.REPEATED, "OO7")
    keys = {("code", str(campaign.short_code)), ("store", campaign.id), ("invite", "")}
    barred = any((b.scope, b.key) in keys for b in standing.blocks)
    if barred or (known is not None and known.state is State.OPTED_OUT):
        return refuse(Reason.BLOCKED, "OO7")
    cause = Cause(by="import", short_code=campaign.short_code, ref=event.call, fresh_id=event.fresh_id)
    turn = begin_any(book, standing, campaign, cause=cause, now=now)
    if turn.subscription.state is State.PENDING:
        return refuse(Reason.ALREADY_DONE, "OO7")
    turn.subscription = replace(
        turn.subscription,
        state=State.ACTIVE,
        profile=turn.profile.name,
        version=turn.profile.version,
        since=event.at,
        opening_mo=None,
        opening_text="",
        carrier=standing.last_carrier,
    )
    open_registration(turn, "")
    if turn.registration is not None:
        welcomed = now if turn.profile.welcomes == "server" else None  # a merchant welcomes before it bills
        turn.registration = replace(turn.registration, opened_at=event.at, welcomed_at=welcomed)
        moved(turn, opening_mo=turn.registration.id)
    turn.effects.append(
        RecordConsent(
            campaign=campaign.id,
            state=State.ACTIVE.value,
            by="import",
            ref=event.call,
            seen=event.seen,
            answered=event.answered,
            profile=turn.profile.name,
            version=turn.profile.version,
            registration=turn.registration.id if turn.registration else None,
            evidence={**event.evidence, "consented_at": event.at.isoformat()},
        )
    )
    return turn.decision("OO7")
