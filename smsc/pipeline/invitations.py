"""What becomes of invitations (S4): the row that is polled, the callback, the account, the confirming MT."""

from __future__ import annotations

from dataclasses import replace

from smsc.messages import Kind, Mo, Notice, NoticeKind, State
from smsc.optin.decision import Send
from smsc.optin.invitation import invites
from smsc.optin.standing import Subscription
from smsc.optin.wording import render
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import send, tell
from smsc.sms.numbers import Msisdn
from smsc.store import AccountRow, InvitationRow

EXTENDED = "extended"


def follow(batch: Batch) -> None:
    """Bring the invitations of the batch up to date with the subscriptions that moved, in order."""
    for msisdn, subscription, mo in batch.moved:
        if subscription.opening_mo is None or not invites(batch.line.book.profile_of(subscription)):
            continue
        row = batch.invitations.get(subscription.opening_mo) or batch.tx.invitation(subscription.opening_mo)
        if row is None or row.state != State.PENDING.value or subscription.state is State.PENDING:
            continue
        state = subscription.state.value
        done = replace(row, state=state, done_at=batch.now, registration=subscription.registration)
        batch.invitations[row.id] = done
        announce(batch, done)
        if subscription.state is State.ACTIVE:
            accepted(batch, msisdn, done, subscription, mo=mo)
    batch.writes.invitations += batch.invitations.values()


def announce(batch: Batch, row: InvitationRow) -> None:
    """The callback: the id alone (summary), or all that polling would tell (extended)."""
    campaign = batch.line.table.campaigns.get(row.campaign)
    if row.callback == "none" or campaign is None:
        return
    code = batch.line.table.codes.get(campaign.short_code)
    extended = row.callback == EXTENDED
    tell(
        batch,
        Notice(
            key=f"invitation:{row.id}",
            kind=NoticeKind.INVITATION,
            merchant=row.merchant,
            msisdn=row.msisdn,
            short_code=campaign.short_code,
            at=batch.now,
            id=str(row.id),
            keyword=campaign.keyword if extended else "",
            report=row.state if extended else "",
            registration=str(row.registration) if extended and row.registration is not None else "",
            country=code.country if code is not None and extended else "",
        ),
    )


def accepted(
    batch: Batch, msisdn: Msisdn, row: InvitationRow, subscription: Subscription, *, mo: Mo | None
) -> None:
    """Y creates an account without a password, and is answered where the call asked for it."""
    batch.writes.accounts.append(AccountRow(msisdn, batch.now, "mo"))
    campaign = batch.line.table.campaigns.get(row.campaign)
    if not row.confirm or campaign is None or mo is None or not mo.may_answer:
        return
    text = render(batch.line.book, "confirm", campaign, profile=batch.line.book.profile_of(subscription))
    send(
        batch,
        msisdn,
        Send(
            kind=Kind.CONFIRM,
            short_code=campaign.short_code,
            text=text,
            campaign=campaign.id,
            merchant=campaign.merchant,
            registration=subscription.registration,
            answers_mo=mo.id,
        ),
        mo=mo,
    )
