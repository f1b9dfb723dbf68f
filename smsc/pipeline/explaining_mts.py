"""Why an MT was made, and what decided the state it is in: a STOP, the carrier, the clock, a doubt."""

from __future__ import annotations

from smsc.messages import Kind, MtState
from smsc.pipeline.knowing import Ground, Known
from smsc.smpp.codes import CommandStatus
from smsc.store import MtRow


def mt_ground(known: Known, row: MtRow) -> Ground:
    """What decided about an MT. While nothing did, that is its cause."""
    cause = _cause(known, row)
    found = _of_state(known, row)
    if found is None:
        return cause
    return Ground(found.rule, found.because, [*found.records, *cause.records], cause=cause.because)


def _cause(known: Known, row: MtRow) -> Ground:
    """The MO it answers, the call that ordered it, or a timer; the rule is the cause's."""
    mo = known.reader.mo(row.cause_mo) if row.cause_mo is not None else None
    if mo is not None:
        return Ground(mo.rule, f"it answers MO {mo.mo.id}, taken for {mo.route}")
    if row.call is not None:
        named = f" with id {row.full_id!r}" if row.full_id else ""
        return Ground("S2", f"{row.mt.merchant} ordered it by call {row.call}{named}")
    if row.goodbye_of is not None and row.goodbye_of[0] == row.goodbye_of[1]:
        return Ground("MT4", f"registration {row.goodbye_of[0]} ended for want of a renewal")
    if row.mt.kind is Kind.INFO and row.mt.registration is not None:
        what = "a reminder, a receipt of a charge, or the way out beside billed content"
        return Ground("MT4", f"it tells of registration {row.mt.registration}: {what}")
    if row.goodbye_of is not None:
        return Ground("OO4", f"STOP {row.goodbye_of[1]} ended registration {row.goodbye_of[0]}")
    return Ground("OI4", f"a {row.mt.kind.value} that no MO of the number asked for")


def _of_state(known: Known, row: MtRow) -> Ground | None:
    match row.state:
        case MtState.CANCELLED:
            return _cancelled(known, row)
        case MtState.FAILED | MtState.EXPIRED | MtState.DELIVERED:
            return _ended(known, row)
        case MtState.IN_DOUBT:
            words = (
                f"it was written to bind {row.bind or 'of a node that ended'} and its answer never came: nothing sends"
                " it again; a receipt settles it, else it is reported UNKNOWN"
            )
            return Ground("CH3", words, _receipts(known, row))
        case MtState.HELD:
            return _held(known, row)
        case MtState.QUEUED:
            return _queued(row)
        case _ if row.overtaken:
            words = "it was on its way to the carrier when the STOP was committed; it could not be taken back"
            return Ground("OO3", words, _stop(known, row))
        case _:
            return None


def _cancelled(known: Known, row: MtRow) -> Ground:
    if row.error == "replaced":
        return Ground("S3", "a later call for the same open request took its place")
    found = _stop(known, row)
    by = (
        f"{found[0]['state']} by {found[0]['by']} {found[0]['ref'] or ''}".strip()
        if found
        else "the opt-in ended"
    )
    return Ground("OO3", f"it had not left when the number's opt-in ended ({by})", found)


def _ended(known: Known, row: MtRow) -> Ground | None:
    receipts = _receipts(known, row)
    if row.error.startswith("command_status"):
        name = _status_name(row.status)
        return Ground(
            "MT6a", f"the carrier refused it on bind {row.bind}: {row.error} {name}".rstrip(), receipts
        )
    if row.state is MtState.EXPIRED and row.error == "not confirmed":
        return Ground("OI2", "the number did not answer the request it was held for in time")
    if row.state is MtState.EXPIRED and row.error == "validity":
        return Ground("MT7", "it had not left when its validity ended")
    if not receipts:
        return None
    said = f"{receipts[-1]['state']} error {receipts[-1]['error'] or 'none'}"
    return Ground("RP3", f"the carrier's receipt says {said}", receipts)


def _held(known: Known, row: MtRow) -> Ground:
    if row.mt.kind is Kind.WELCOME:
        return Ground("S3", "it waits for the number's confirm word")
    for one in known.reader.current_subscriptions(row.mt.msisdn):
        if one.campaign != row.mt.campaign or not one.holds:
            continue
        kind, _, number = one.holds[0].partition(":")
        if kind == "review":
            return Ground("RT5b", f"it waits until MO {number} is decided", known.reviewed(int(number)))
        return Ground("OO2", f"it waits for the answer to the menu that STOP {number} got")
    return Ground("OO2", "it waits for a decision about a STOP")


def _queued(row: MtRow) -> Ground | None:
    until = row.not_before.isoformat()
    if row.status:
        words = (
            f"the carrier answered 0x{row.status:08X} {_status_name(row.status)}; it goes again after {until}"
        )
        return Ground("MT6a", words)
    if row.not_before > row.created_at:
        return Ground("MT7", f"it may not leave before {until} (quiet hours, or the pace of a campaign)")
    return None


def _stop(known: Known, row: MtRow) -> list[dict[str, object]]:
    found = known.ended(row)
    return [] if found is None else [found]


def _receipts(known: Known, row: MtRow) -> list[dict[str, object]]:
    return [
        {
            "record": "receipt",
            "id": str(one.id),
            "at": one.receipt.received_at.isoformat(),
            "state": one.receipt.state.value,
            "error": one.receipt.error,
        }
        for one in known.receipts(row)
    ]


def _status_name(status: int) -> str:
    try:
        return CommandStatus(status).name
    except ValueError:
        return ""
