"""Putting right the MTs that are `sending` though no bind has them (D3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc.messages import ChargeState, MtState
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import may_leave
from smsc.pipeline.outcomes import charge_to, doubt
from smsc.pipeline.sweeper import SWEEP_MAX, Sweep


def sweep(batch: Batch, seen: Sweep) -> list[int]:
    """Queue what never reached a bind, and free MTs; billed ones that may have reached one are in doubt (CH3)."""
    left = [mt for mt in batch.tx.sending(batch.node) if mt not in seen.in_hand][:SWEEP_MAX]
    batch.read_rows(left)
    for mt in left:
        row = batch.rows[mt]
        if row.state is not MtState.SENDING:
            continue
        if row.overtaken:
            gone = replace(row, state=MtState.CANCELLED, done_at=batch.now, deadline=None, overtaken=False)
            batch.change(charge_to(batch, gone, ChargeState.FAILED, reason="cancelled by stop"))
        elif row.mt.billed and mt in seen.undecided:
            doubt(batch, row)
        else:
            wait = timedelta(seconds=batch.limits.retry_s_max if mt in seen.undecided else 0.0)
            batch.change(
                replace(
                    row,
                    state=MtState.QUEUED,
                    node=None,
                    not_before=may_leave(batch, row.mt, batch.now + wait),
                )
            )
            batch.out.backlog[row.mt.carrier] = True
        batch.count("swept")
    return left
