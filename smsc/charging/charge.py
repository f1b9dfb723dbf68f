"""What becomes of a charge (CH2): pending until a receipt says charged or failed, unknown when none came."""

from __future__ import annotations

from typing import assert_never

from smsc.messages import ChargeState, ReceiptState, Verdict


def after_receipt(charge: ChargeState, receipt: ReceiptState) -> ChargeState:
    """The charge after a receipt: only DELIVERED takes money; ACCEPTD never does.

    An interim receipt changes nothing, the first of two final ones stands, and a charge given up as `unknown`
    is still settled by a receipt that comes later (RP3).
    """
    if charge in (ChargeState.CHARGED, ChargeState.FAILED):
        return charge
    match receipt:
        case ReceiptState.ENROUTE | ReceiptState.ACCEPTED:
            return charge
        case ReceiptState.DELIVERED:
            return ChargeState.CHARGED
        case ReceiptState.EXPIRED | ReceiptState.DELETED | ReceiptState.UNDELIVERABLE | ReceiptState.REJECTED:
            return ChargeState.FAILED
        case ReceiptState.UNKNOWN:
            return ChargeState.UNKNOWN
    assert_never(receipt)


def after_submit(charge: ChargeState, verdict: Verdict) -> ChargeState:
    """The charge after the answer to its submit_sm, or the loss of it: a refused message takes no money.

    In doubt it stays pending: its receipt, query_sm or the overdue timer decides (CH3).
    """
    if charge is ChargeState.PENDING and verdict is Verdict.REFUSED:
        return ChargeState.FAILED
    return charge


def overdue(charge: ChargeState) -> ChargeState:
    """The charge when no receipt came in time."""
    return ChargeState.UNKNOWN if charge is ChargeState.PENDING else charge
