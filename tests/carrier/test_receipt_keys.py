"""RP3: the two spellings of one message id give one key, whatever the carrier's habit."""

from __future__ import annotations

import pytest

from smsc.carrier import CarrierProfile, receipt_key
from smsc.carrier.receipt_keys import Form


@pytest.mark.parametrize(
    ("form", "answered", "in_receipt"),
    [
        ("same", "4711", "4711"),
        ("same", "0000004711", "4711"),
        ("same", "abcdef12", "ABCDEF12"),
        ("same", "0xABCDEF", "abcdef"),
        ("same", "07033084-5CFD-4812-90A4-E4D24FFB6E3D", "07033084-5cfd-4812-90a4-e4d24ffb6e3d"),
        ("hex-to-decimal", "1A2B", "6699"),
        ("hex-to-decimal", "0000001a2b", "0000006699"),
        ("hex-to-decimal", "07033084-5cfd-4812-90a4-e4d24ffb6e3d", "07033084-5CFD-4812-90A4-E4D24FFB6E3D"),
        ("decimal-to-hex", "6699", "1a2b"),
    ],
)
def test_RP3_both_spellings_of_an_id_have_one_key(form: Form, answered: str, in_receipt: str) -> None:
    profile = CarrierProfile("helvetia", receipt_id=form)
    assert receipt_key(profile, answered, from_receipt=False) == receipt_key(
        profile, in_receipt, from_receipt=True
    )
