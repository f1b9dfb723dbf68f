"""What carriers say of our MTs: responses, losses, receipts; and what becomes of the money (MT6a, CH2, CH3, RP3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc.carrier import ACKNOWLEDGED, UNKNOWN, refusal_status, report_status, sent_as
from smsc.charging import after_receipt
from smsc.messages import (
    ChargeState,
    MtState,
    ReceiptState,
    SubmitResult,
    Verdict,
)
from smsc.optin.events import Charged
from smsc.pipeline.asking import ASK_BY, ask, id_as_written, with_part
from smsc.pipeline.batch import Batch
from smsc.pipeline.dlrs import asked
from smsc.pipeline.effects import carry, charge, may_leave, report, report_withdrawn
from smsc.pipeline.items import Dropped, ReceiptItem, ResultItem
from smsc.pipeline.matching import FINAL, load_matches, overtaking, place_of, waits_without_id
from smsc.store import Accepted, MtRow, PartRow, ReceiptRow

CONGESTION = frozenset({0x14, 0x58})
"""ESME_RMSGQFUL, ESME_RTHROTTLED: the carrier surely did not take the message."""

RECOVERED_MAX = 5_000
"""In-doubt rows looked at when a dead node's rows were returned: more than the windows of a node."""

STATE_AFTER = {
    ReceiptState.DELIVERED: MtState.DELIVERED,
    ReceiptState.EXPIRED: MtState.EXPIRED,
    ReceiptState.DELETED: MtState.FAILED,
    ReceiptState.UNDELIVERABLE: MtState.FAILED,
    ReceiptState.REJECTED: MtState.FAILED,
    ReceiptState.UNKNOWN: MtState.FAILED,
}


def take_results(batch: Batch, items: list[ResultItem]) -> None:
    """Store the ends of submit_sm; the receipts that overtook them find their MT now (RP3)."""
    accepted = {
        (item.carrier, item.message_id): item
        for item in items
        if item.message_id and item.result.verdict is Verdict.ACCEPTED
    }
    early = overtaking(batch, accepted) if accepted else []
    overtaken = {item.result.mt for _, item in early}
    plain = [i for i in items if i.plain and i.result.mt not in overtaken]
    batch.writes.accepted += [
        Accepted(i.result.mt, i.result.attempt, i.message_id, i.result.bind, i.result.at) for i in plain
    ]
    batch.submitted.update(accepted)
    rest = [i for i in items if not i.plain or i.result.mt in overtaken]
    batch.read_rows([i.result.mt for i in rest])
    for item in rest:
        row = batch.rows.get(item.result.mt)
        if row is not None and row.mt.attempt == item.result.attempt:
            take_result(batch, row, item)
    for waiting, item in early:
        result = item.result
        batch.writes.matched_receipts.append(replace(waiting, mt=result.mt, part=result.part))
        settle(batch, batch.rows[result.mt], result.part, waiting)


def take_result(batch: Batch, row: MtRow, item: ResultItem) -> None:
    """One response, or the lack of one."""
    result = item.result
    if row.parts > 1:
        take_part_result(batch, row, item)
        return
    match verdict_for(row, result):
        case Verdict.ACCEPTED:
            accept(batch, row, item)
        case Verdict.IN_DOUBT:
            doubt(batch, row)
        case Verdict.REFUSED:
            refuse(batch, row, result)
        case _:
            again(batch, row, result)


def verdict_for(row: MtRow, result: SubmitResult) -> Verdict:
    """The carrier's verdict, made careful where money is concerned (CH3).

    A billed MT goes again only when it surely was not taken: nothing was written, or the carrier was congested.
    """
    if not result.written:
        return Verdict.RETRY
    if not row.mt.billed:
        return Verdict.RETRY if result.verdict is Verdict.IN_DOUBT else result.verdict
    if result.verdict is Verdict.RETRY and result.status not in CONGESTION:
        return Verdict.REFUSED
    return result.verdict


def accept(batch: Batch, row: MtRow, item: ResultItem) -> None:
    """The carrier has it; a billed one now waits for its receipt (CH2)."""
    if row.state not in (MtState.SENDING, MtState.IN_DOUBT):
        return
    wait = timedelta(seconds=batch.line.carriers[row.mt.carrier].receipt_wait_s)
    batch.change(
        replace(
            row,
            state=MtState.ACCEPTED,
            message_id=item.message_id or row.message_id,
            bind=item.result.bind,
            status=item.result.status,
            submitted_at=item.result.at,
            deadline=batch.now + wait if row.mt.billed else None,
            error=row.error if row.parts > 1 else id_as_written(batch, row, item.result.message_id),
        )
    )
    if waits_without_id(batch.rows[row.mt.id]):
        settle_by_reference(batch, batch.rows[row.mt.id])
    merchant = batch.line.table.merchants.get(row.mt.merchant)
    interim = merchant is not None and merchant.callback is not None and merchant.callback.interim
    if interim or asked(batch, row) is not None:
        report(batch, row, ACKNOWLEDGED, reason_id="")


def doubt(batch: Batch, row: MtRow) -> None:
    """Billed, written, and never answered: nothing sends it again (CH3)."""
    if row.state is not MtState.SENDING:
        return
    wait = timedelta(seconds=batch.line.carriers[row.mt.carrier].receipt_wait_s)
    batch.change(replace(row, state=MtState.IN_DOUBT, deadline=batch.now + wait))
    batch.count("in_doubt")
    settle_by_reference(batch, batch.rows[row.mt.id])


def refuse(batch: Batch, row: MtRow, result: SubmitResult) -> None:
    """The carrier will not have it."""
    if row.state not in (MtState.SENDING, MtState.IN_DOUBT):
        return
    failed = replace(
        row,
        state=MtState.FAILED,
        status=result.status,
        bind=result.bind,
        done_at=batch.now,
        deadline=None,
        error=f"command_status 0x{result.status:08X}",
    )
    fail(batch, failed, refusal_status(result.status), reason_id=f"{result.status:03X}")


def fail(batch: Batch, row: MtRow, word: str, *, reason_id: str) -> None:
    """An MT that ended without being delivered: its charge failed, its merchant is told."""
    batch.change(charge_to(batch, row, ChargeState.FAILED, reason=word))
    report(batch, row, word, reason_id=reason_id)


def unanswered(result: SubmitResult) -> bool:
    """Whether the carrier may have taken it without our knowing."""
    return result.written and result.verdict is Verdict.IN_DOUBT


def again(batch: Batch, row: MtRow, result: SubmitResult) -> None:
    """Back to the queue with a growing delay; given up at its validity or the attempts' limit."""
    if row.state is not MtState.SENDING:
        return
    # The bind that throttles rests and slows down by itself: what it would not take goes first when it goes on,
    # in order, for as long as it is valid.
    throttled = result.verdict is Verdict.THROTTLE
    if row.mt.attempt >= batch.limits.attempts_max and not throttled:
        refuse(batch, row, result)
        return
    wait_s = 0.0
    if result.written and not throttled:
        wait_s = min(batch.limits.retry_s * 2 ** min(row.mt.attempt - 1, 30), batch.limits.retry_s_max)
    batch.change(
        replace(
            row,
            state=MtState.QUEUED,
            node=None,
            lost=row.lost or unanswered(result),
            status=result.status,
            not_before=may_leave(batch, row.mt, batch.now + timedelta(seconds=wait_s)),
        )
    )
    batch.out.backlog[row.mt.carrier] = True
    batch.count("retried")


def take_part_result(batch: Batch, row: MtRow, item: ResultItem) -> None:
    """One part's end; the MT moves when all its parts have one."""
    result = item.result
    known = batch.parts.get(row.mt.id, {}).get(result.part)
    if known is not None and known.state in FINAL:
        return
    verdict = verdict_for(row, result)
    if unanswered(result) and not row.mt.billed:
        row = replace(row, lost=True)
        batch.change(row)
    states = {
        Verdict.ACCEPTED: MtState.ACCEPTED,
        Verdict.IN_DOUBT: MtState.IN_DOUBT,
        Verdict.REFUSED: MtState.FAILED,
    }
    part = PartRow(
        mt=row.mt.id,
        part=result.part,
        carrier=row.mt.carrier,
        message_id=item.message_id,
        state=states.get(verdict, MtState.QUEUED),
    )
    batch.change_part(part)
    row = with_part(batch, row, result)
    parts = batch.parts[row.mt.id].values()
    if len(parts) < row.parts or any(p.state is MtState.SENDING for p in parts):
        return
    if any(p.state is MtState.FAILED for p in parts):
        refuse(batch, row, result)
    elif any(p.state is MtState.IN_DOUBT for p in parts):
        doubt(batch, row)
    elif any(p.state is MtState.QUEUED for p in parts):
        again(batch, row, result)
    else:
        accept(batch, row, replace(item, message_id=""))


def take_dropped(batch: Batch, item: Dropped) -> None:
    """An MT that never reached a socket: cancelled by a STOP, or back to the queue (OO3)."""
    row = batch.rows.get(item.mt)
    if row is None or row.state is not MtState.SENDING or row.mt.attempt != item.attempt:
        return
    if not item.cancel:
        batch.change(replace(row, state=MtState.QUEUED, node=None))
        batch.out.backlog[row.mt.carrier] = True
        return
    gone = replace(row, state=MtState.CANCELLED, done_at=batch.now, deadline=None, overtaken=False)
    batch.change(charge_to(batch, gone, ChargeState.FAILED, reason="cancelled by stop"))
    report_withdrawn(batch, gone)
    batch.count("withdrawn")


def take_receipts(batch: Batch, items: list[ReceiptItem]) -> None:
    """Match receipts to their MTs; what matches nothing is kept and waits (RP3)."""
    found = load_matches(batch, items)
    matched = [batch.rows[mt] for places in found.values() for mt, _ in places if mt in batch.rows]
    batch.load(row.mt.msisdn for row in matched if receipted(batch, row))
    for item in items:
        for _, candidate in item.candidates:
            key = (item.receipt.carrier, candidate)
            found.setdefault(key, []).extend(just_submitted(batch, key))
        place = place_of(batch, item, found)
        row = ReceiptRow(
            id=batch.ids.next(),
            receipt=item.receipt,
            message_id=item.message_id,
            mt=place[0] if place else None,
            part=place[1] if place else 1,
        )
        batch.writes.receipts.append(row)
        batch.out.taken.append(item.respond)
        if place is None:
            batch.count("receipt_unmatched")
        else:
            nameless = batch.rows[place[0]]
            if waits_without_id(nameless) and nameless.parts == 1:
                ask_by = id_as_written(batch, nameless, item.receipt.message_id)
                batch.change(replace(nameless, message_id=item.message_id, error=ask_by))
            settle(batch, batch.rows[place[0]], place[1], row)


def just_submitted(batch: Batch, key: tuple[str, str]) -> list[tuple[int, int]]:
    """The MT whose submit_sm_resp is in this very batch; one taken plainly is read after all."""
    item = batch.submitted.get(key)
    if item is None:
        return []
    number = item.result.mt
    if number not in batch.rows:
        batch.read_rows([number])
        if number in batch.rows:
            accept(batch, batch.rows[number], item)
    return [(number, item.result.part)] if number in batch.rows else []


def settle_recovered(batch: Batch) -> None:
    """Receipts that were stored while a dead node still waited for the response settle what it left in doubt (CH3)."""
    found = batch.tx.every_in_doubt(RECOVERED_MAX)
    batch.take_parts([row.mt.id for row in found if row.parts > 1])
    for row in found:
        settle_by_reference(batch, batch.rows.setdefault(row.mt.id, row))


def settle_by_reference(batch: Batch, row: MtRow) -> None:
    """A receipt that came before the row was in doubt and echoes its reference settles it (CH3)."""
    code = sent_as(batch.line.carriers[row.mt.carrier], row.mt)
    for waiting in batch.tx.unmatched_receipts(row.mt.carrier, row.mt.msisdn, code):
        if waiting.receipt.reference == row.mt.reference:
            batch.writes.matched_receipts.append(replace(waiting, mt=row.mt.id))
            settle(batch, row, 1, waiting)
            return


def settle(batch: Batch, row: MtRow, part: int, waiting: ReceiptRow) -> None:
    """Let a receipt say what became of an MT; an interim word never overwrites a final one (RP3)."""
    receipt = waiting.receipt
    state = receipt.state
    if not state.final:
        return
    if row.parts > 1:
        known = batch.parts.get(row.mt.id, {}).get(part)
        if known is not None and known.state not in FINAL:
            batch.change_part(replace(known, state=STATE_AFTER[state]))
        others = [p.state for p in batch.parts.get(row.mt.id, {}).values()]
        whole = batch.line.carriers[row.mt.carrier].multipart_receipts == "first"
        if (
            not whole
            and STATE_AFTER[state] is MtState.DELIVERED
            and (len(others) < row.parts or any(s is not MtState.DELIVERED for s in others))
        ):
            return
    after = after_receipt(row.charge, state) if row.charge is not None else None
    if row.state in FINAL and after is row.charge:
        return
    words = batch.line.carriers[row.mt.carrier].report_words
    word = report_status(state, receipt.error, words=words)
    done = row
    if row.state not in FINAL:
        done = replace(row, state=STATE_AFTER[state], done_at=batch.now, error=receipt.error, deadline=None)
    if after is not None:
        done = charge_to(batch, done, after, reason=word)
    batch.change(done)
    if done.overtaken and after is ChargeState.CHARGED:
        batch.count("charged_after_stop")
    report(batch, done, word, reason_id=receipt.error)


def charge_to(batch: Batch, row: MtRow, state: ChargeState, *, reason: str) -> MtRow:
    """Move a charge and let the engine know of a failed one, which frees its place in the period, and of one that
    was taken where a receipt follows it (MT4).
    """
    if row.charge is None or row.charge is state:
        return row
    moved = charge(batch, row, state, reason=reason)
    told = state is ChargeState.FAILED or (state is ChargeState.CHARGED and receipted(batch, row))
    if told and row.mt.registration is not None:
        event = Charged(row.mt.id, row.mt.registration, row.created_at, state, value=row.mt.value)
        carry(batch, row.mt.msisdn, batch.decide(row.mt.msisdn, event))
    return moved


def receipted(batch: Batch, row: MtRow) -> bool:
    """Whether the subscriber is told when this MT is charged."""
    return row.charge is not None and row.mt.campaign in batch.line.book.receipted


def overdue(batch: Batch, row: MtRow) -> None:
    """An MT whose deadline passed: not sent in its validity, or no receipt in time (CH2)."""
    if row.state in (MtState.QUEUED, MtState.HELD):
        late = replace(row, state=MtState.EXPIRED, done_at=batch.now, deadline=None, error="validity")
        fail(batch, late, "VALIDITY_EXPIRED", reason_id="")
    elif row.state in (MtState.ACCEPTED, MtState.IN_DOUBT) and row.charge is ChargeState.PENDING:
        if row.error.startswith(ASK_BY):
            ask(batch, row)
            return
        batch.change(
            charge(batch, replace(row, deadline=None), ChargeState.UNKNOWN, reason="no receipt in time")
        )
        report(batch, row, UNKNOWN, reason_id="")
    else:
        batch.change(replace(row, deadline=None))
