"""RP3: the form of a carrier's receipt ids, learned and told."""

from __future__ import annotations

from smsc.carrier.learning import MATCHES_MIN, ReceiptForms


def test_RP3_a_form_is_believed_after_enough_matches_and_told_with_its_confidence() -> None:
    forms = ReceiptForms()
    assert forms.told("helvetia") == ""
    forms.note("helvetia", "same")
    assert (forms.believed("helvetia"), forms.told("helvetia")) == (None, "same 100% of 1 (not yet believed)")
    for _ in range(MATCHES_MIN - 1):
        forms.note("helvetia", "same")
    assert (forms.believed("helvetia"), forms.told("helvetia")) == ("same", f"same 100% of {MATCHES_MIN}")
    forms.note("helvetia", "hex-to-decimal")
    assert forms.believed("helvetia") is None
    assert forms.told("helvetia") == "same 83% of 6 (not yet believed)"
    assert forms.told("other") == ""
