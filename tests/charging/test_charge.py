"""What becomes of a charge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.charging import after_receipt, after_submit, overdue
from smsc.messages import ChargeState, ReceiptState, Verdict


@pytest.mark.parametrize("charge", [ChargeState.PENDING, ChargeState.UNKNOWN])
@pytest.mark.parametrize(
    ("receipt", "becomes"),
    [
        (ReceiptState.DELIVERED, ChargeState.CHARGED),
        (ReceiptState.EXPIRED, ChargeState.FAILED),
        (ReceiptState.DELETED, ChargeState.FAILED),
        (ReceiptState.UNDELIVERABLE, ChargeState.FAILED),
        (ReceiptState.REJECTED, ChargeState.FAILED),
        (ReceiptState.UNKNOWN, ChargeState.UNKNOWN),
    ],
)
def test_CH2_a_final_receipt_settles_also_what_was_given_up(
    charge: ChargeState, receipt: ReceiptState, becomes: ChargeState
) -> None:
    assert after_receipt(charge, receipt) is becomes


@pytest.mark.parametrize("charge", ChargeState)
@pytest.mark.parametrize("receipt", [ReceiptState.ACCEPTED, ReceiptState.ENROUTE])
def test_CH2_an_interim_receipt_never_charges_and_never_overwrites(
    charge: ChargeState, receipt: ReceiptState
) -> None:
    assert after_receipt(charge, receipt) is charge


@given(st.lists(st.sampled_from(ReceiptState)))
def test_CH2_only_DELIVERED_charges_and_the_first_settlement_stands(receipts: list[ReceiptState]) -> None:
    charge = ChargeState.PENDING
    for receipt in receipts:
        charge = after_receipt(charge, receipt)
    settling = [r for r in receipts if r.final and r is not ReceiptState.UNKNOWN]
    if settling:
        assert (charge is ChargeState.CHARGED) == (settling[0] is ReceiptState.DELIVERED)
    else:
        assert charge in (ChargeState.PENDING, ChargeState.UNKNOWN)


@pytest.mark.parametrize("verdict", Verdict)
def test_CH2_only_a_refused_submit_ends_a_charge(verdict: Verdict) -> None:
    expected = ChargeState.FAILED if verdict is Verdict.REFUSED else ChargeState.PENDING
    assert after_submit(ChargeState.PENDING, verdict) is expected
    assert after_submit(ChargeState.CHARGED, verdict) is ChargeState.CHARGED


def test_CH2_a_charge_without_receipt_is_unknown() -> None:
    assert [overdue(charge) for charge in ChargeState] == [
        ChargeState.UNKNOWN, ChargeState.CHARGED, ChargeState.FAILED, ChargeState.UNKNOWN
    ]  # fmt: skip
