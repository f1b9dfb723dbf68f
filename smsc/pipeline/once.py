"""The same request again gets the first reply (D2): kept beside calls that were answered, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable

from smsc.optin.decision import Reason
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import OTHER_BODY
from smsc.pipeline.requests import Once, Reply
from smsc.sms.numbers import Msisdn
from smsc.store import CallKey, CallRow


def key_of(once: Once) -> CallKey:
    """One name space for all that a merchant's program guards, messages too."""
    return CallKey(merchant=once.merchant, full_id=f"key {once.key}", msisdn=Msisdn(""))


def done_once(batch: Batch, once: Once, answer: Callable[[], Reply]) -> Reply:
    """What the same request was told before, else what `answer` says; a refusal is not kept."""
    key = key_of(once)
    earlier = batch.calls.get(key) or batch.tx.calls([key]).get(key)
    if earlier is not None and earlier.digest != once.digest:
        return Reply(Reason.ALREADY_DONE, detail=OTHER_BODY)
    if earlier is not None:
        state, detail = json.loads(earlier.answer)
        return Reply(Reason.DONE, id=earlier.call or None, state=state, detail=detail, replayed=True)
    reply = answer()
    if reply.reason is Reason.DONE:
        said = json.dumps([reply.state, reply.detail])
        row = CallRow(key, reply.id or 0, once.digest, said, None, batch.now)
        batch.calls[key] = row
        batch.writes.calls.append(row)
    return reply
