"""Refused calls of merchants, kept with the rule and the record that decided: their ids are what `explain` takes.

Written in the batch that decided. The same refusal again within a minute counts up the first; `limits.refusals_max`
and `limits.refusal_days` bound the rest.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import timedelta

from smsc.optin.decision import Reason
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import Answer, MerchantCall, StoreCall
from smsc.pipeline.grounds import Ground, of_call
from smsc.pipeline.grounds_of_asks import of_invitation, of_opt_out, of_store, store_refused
from smsc.pipeline.items import CallItem
from smsc.pipeline.requests import InviteAsk, RefusalAsk, Reply, RequestItem, StopAsk
from smsc.sms.numbers import Msisdn
from smsc.store import RefusalRow

SAME_WITHIN = timedelta(minutes=1)


def note_call(batch: Batch) -> None:
    """If the last answer is a refusal, hold it back until it has its id."""
    item, answer = batch.out.answers[-1]
    row = of_item(batch, item, answer)
    if row is not None:
        batch.out.answers.pop()
        batch.refused.append((item, answer, row))


def note_request(batch: Batch) -> None:
    """The same for the last reply."""
    item, reply = batch.out.replies[-1]
    row = of_request(batch, item, reply)
    if row is not None:
        batch.out.replies.pop()
        batch.refused.append((item, reply, row))


def of_item(batch: Batch, item: CallItem, answer: Answer) -> RefusalRow | None:
    """The row of a call that was refused; None for one that was not."""
    call = item.call
    match call:
        case MerchantCall() if answer.reason is not Reason.DONE:
            row = made(
                batch,
                of_call(batch, call, answer),
                merchant=call.merchant,
                msisdn=call.msisdn,
                reason=answer.reason.value,
                code=call.door.code(answer.reason, answer.detail),
            )
            command = call.command.name.lower() if call.web is None else "web opt-in"
            return replace(row, door=call.door.name, command=command, full_id=call.full_id)
        case StoreCall() if store_refused(call, answer):
            row = made(
                batch,
                of_store(batch, call, answer),
                merchant=call.merchant,
                msisdn=call.msisdn,
                reason=answer.reason.value,
                code=call.door.code(answer.reason, answer.detail),
            )
            return replace(row, door=call.door.name, command=call.method or call.action.value)
        case _:
            return None


def of_request(batch: Batch, item: RequestItem, reply: Reply) -> RefusalRow | None:
    """The row of a merchant's request that was refused; None for one that was not, or is not a merchant's."""
    ask = item.ask
    if isinstance(ask, RefusalAsk):
        ground = Ground(ask.rule, ask.detail, campaign=ask.campaign)
        row = made(batch, ground, merchant=ask.merchant, msisdn=item.msisdn, reason="", code=ask.code)
        return replace(row, door=ask.door, command=ask.command, full_id=ask.full_id)
    if not isinstance(ask, InviteAsk | StopAsk) or not ask.merchant or reply.reason is Reason.DONE:
        return None
    if isinstance(ask, InviteAsk):
        command, ground = "invitation", of_invitation(batch, item.msisdn, ask, reply.reason)
    else:
        command, ground = "opt-out", of_opt_out(batch, item.msisdn, ask)
    code = ask.door.code(reply.reason, reply.detail)
    row = made(batch, ground, merchant=ask.merchant, msisdn=item.msisdn, reason=reply.reason.value, code=code)
    return replace(row, door=ask.door.name, command=command)


def made(
    batch: Batch, ground: Ground, *, merchant: str, msisdn: Msisdn, reason: str, code: str
) -> RefusalRow:
    """A new row; kept to the end of the day on which it has been kept long enough, so that days go together."""
    gone = batch.now + timedelta(days=batch.limits.refusal_days + 1)
    return RefusalRow(
        id=batch.ids.next(),
        at=batch.now,
        last_at=batch.now,
        until=gone.replace(hour=0, minute=0, second=0, microsecond=0),
        merchant=merchant,
        door="",
        command="",
        msisdn=msisdn,
        code=code,
        reason=reason,
        rule=ground.rule,
        detail=ground.words,
        record=ground.record,
        campaign=ground.campaign,
        registration=ground.registration,
    )


def keep(batch: Batch) -> None:
    """Give the refusals of the batch their ids and let their answers go."""
    if not batch.refused:
        return
    numbers = {row.msisdn for _, _, row in batch.refused}
    known = {same(row): row for row in batch.tx.refusals_since(numbers, batch.now - SAME_WITHIN)}
    changed: dict[int, RefusalRow] = {}
    for item, said, row in batch.refused:
        first = known.get(same(row))
        kept = row if first is None else replace(first, last_at=batch.now, times=first.times + 1)
        known[same(kept)] = changed[kept.id] = kept
        if isinstance(item, CallItem) and isinstance(said, Answer):
            batch.out.answers.append((item, replace(said, refusal=kept.id)))
        elif isinstance(item, RequestItem) and isinstance(said, Reply):
            batch.out.replies.append((item, replace(said, refusal=kept.id)))
    batch.writes.refusals += changed.values()


def same(row: RefusalRow) -> Hashable:
    """What makes two refusals the same one: all but the moment and the callback id."""
    return (
        row.merchant,
        row.door,
        row.command,
        row.msisdn,
        row.campaign,
        row.registration,
        row.code,
        row.rule,
        row.detail,
    )


def drop_old(batch: Batch, items_max: int) -> int:
    """Drop refusals that were kept long enough; how many."""
    return batch.tx.drop_refusals(batch.now, items_max)


def forget(batch: Batch, msisdn: Msisdn) -> None:
    """The number is erased: what was refused for it earlier in the batch keeps nothing of it (D6)."""
    batch.refused = [
        (item, said, replace(row, msisdn=Msisdn(""), full_id="", record={}) if row.msisdn == msisdn else row)
        for item, said, row in batch.refused
    ]
