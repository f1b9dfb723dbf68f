"""Everything one batch changes, written by kind (decision 1)."""

from __future__ import annotations

from smsc.store import (
    callbacks,
    dlrs,
    ledger,
    mos,
    mts,
    nodes,
    persons,
    receipts,
    refusals,
    standings,
    timers,
    visits,
)
from smsc.store.rows import Writes
from smsc.store.statements import Db


def write(db: Db, writes: Writes) -> None:
    """Write a batch in the order of the fields of Writes.

    Ids and keys are unique, and what is there already stays: after a COMMIT of unknown fate the same writes may come
    again and change nothing.
    """
    standings.put(db, writes.standings)
    mos.put(db, writes.mos)
    mos.put_parts(db, writes.parts, deadline=writes.parts_deadline)
    mos.settle(db, absorbed=writes.absorbed, late=writes.late, joined=writes.joined)
    mts.put(db, writes.mts)
    mts.overwrite(db, writes.changed_mts)
    mts.accept(db, writes.accepted)
    mts.put_parts(db, writes.mt_parts)
    ledger.put_charges(db, writes.charges)
    receipts.put(db, writes.receipts)
    receipts.put_matched(db, writes.matched_receipts)
    ledger.put_consents(db, writes.consents)
    callbacks.put(db, writes.callbacks)
    ledger.put_calls(db, writes.calls)
    dlrs.put(db, writes.dlrs)
    timers.put(db, writes.timers)
    timers.end(db, cancelled=writes.cancelled_timers, fired=writes.fired_timers)
    ledger.put_alarms(db, writes.alarms)
    persons.put_invitations(db, writes.invitations)
    persons.put_reviews(db, writes.reviews)
    refusals.put(db, writes.refusals, most=writes.refusals_max)
    persons.put_accounts(db, writes.accounts)
    visits.put_codes(db, writes.codes)
    nodes.close_sessions(db, writes.closed_sessions)
