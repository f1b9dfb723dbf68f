"""Receipts: text, TLVs, and ids that match (RP3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.carrier import receipt_key, refusal_status, report_status
from smsc.messages import ReceiptState
from smsc.smpp.codes import CommandStatus, Tag
from tests.carrier.samples import deliver, mo_of, profile, receipt_of

TEXT = b"id:ab12 sub:001 dlvrd:001 submit date:2503051000 done date:2503051001 stat:%s err:%s text:Hallo"


def test_RP3_a_receipt_in_text() -> None:
    receipt = receipt_of(deliver(TEXT % (b"DELIVRD", b"000"), esm_class=4))
    assert (receipt.message_id, receipt.state, receipt.error) == ("ab12", ReceiptState.DELIVERED, "000")
    assert (str(receipt.msisdn), str(receipt.short_code)) == ("41791234567", "543")
    assert receipt.done_at == datetime(2025, 3, 5, 10, 1, tzinfo=UTC)
    assert (receipt.carrier, receipt.bind, receipt.reference) == ("helvetia", "helvetia-1", None)


def test_dates_are_read_in_the_carriers_zone() -> None:
    carrier = profile(receipt_zone=timezone(timedelta(hours=1)))
    receipt = receipt_of(deliver(TEXT % (b"DELIVRD", b"000"), esm_class=4), carrier)
    assert receipt.done_at == datetime(2025, 3, 5, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        (b"DELIVRD", ReceiptState.DELIVERED),
        (b"EXPIRED", ReceiptState.EXPIRED),
        (b"DELETED", ReceiptState.DELETED),
        (b"UNDELIV", ReceiptState.UNDELIVERABLE),
        (b"ACCEPTD", ReceiptState.ACCEPTED),
        (b"UNKNOWN", ReceiptState.UNKNOWN),
        (b"REJECTD", ReceiptState.REJECTED),
        (b"ENROUTE", ReceiptState.ENROUTE),
        (b"delivrd", ReceiptState.DELIVERED),
        (b"WEIRD", ReceiptState.UNKNOWN),
    ],
)
def test_RP3_states_by_word(stat: bytes, state: ReceiptState) -> None:
    assert receipt_of(deliver(TEXT % (stat, b"001"), esm_class=4)).state is state


def test_RP3_tlvs_win_over_the_text() -> None:
    tlvs = {
        int(Tag.RECEIPTED_MESSAGE_ID): b"FF00\0",
        int(Tag.MESSAGE_STATE): b"\5",
        int(Tag.USER_MESSAGE_REFERENCE): b"\x12\x34",
    }
    receipt = receipt_of(deliver(TEXT % (b"DELIVRD", b"069"), tlvs, esm_class=4))
    assert (receipt.message_id, receipt.state) == ("FF00", ReceiptState.UNDELIVERABLE)
    assert (receipt.error, receipt.reference) == ("069", 0x1234)


def test_RP3_tlvs_alone_make_a_receipt_even_unflagged() -> None:
    tlvs = {
        int(Tag.RECEIPTED_MESSAGE_ID): b"77\0",
        int(Tag.MESSAGE_STATE): b"\2",
        int(Tag.NETWORK_ERROR_CODE): b"\3\0\x21",
    }
    receipt = receipt_of(deliver(b"", tlvs, esm_class=0))
    assert (receipt.message_id, receipt.state, receipt.error) == ("77", ReceiptState.DELIVERED, "033")


def test_RP3_text_in_message_payload_and_in_ucs2() -> None:
    text = (TEXT % (b"REJECTD", b"9")).decode().encode("utf-16-be")
    pdu = deliver(b"", {int(Tag.MESSAGE_PAYLOAD): text}, esm_class=4, data_coding=8)
    assert receipt_of(pdu).state is ReceiptState.REJECTED


def test_an_unreadable_receipt_settles_nothing() -> None:
    receipt = receipt_of(deliver(b"garbage", esm_class=4))
    assert (receipt.message_id, receipt.state, receipt.raw) == ("", ReceiptState.ENROUTE, b"garbage")


def test_an_intermediate_notification_ends_nothing() -> None:
    assert receipt_of(deliver(TEXT % (b"UNDELIV", b"1"), esm_class=0x20)).state is ReceiptState.ENROUTE


@pytest.mark.parametrize("esm_class", [0x08, 0x10, 0x18])
def test_OO1_a_handsets_acknowledgement_with_a_text_is_an_mo(esm_class: int) -> None:
    assert mo_of(deliver(b"STOP", esm_class=esm_class)).text == "STOP"


@pytest.mark.parametrize(
    ("mode", "resp", "receipt"),
    [
        ("same", "ab12", "AB12"),
        ("same", "0000123", "123"),
        ("same", "0", "0000"),
        ("same", "6F9619FF-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8B86-D011-B42D-00CF4FC964FF"),
        ("hex-to-decimal", "1A2B", "6699"),
        ("hex-to-decimal", "00001a2b", "0000006699"),
        ("hex-to-decimal", "0x1A2B", "6699"),
        ("hex-to-decimal", "10", "16"),
        ("hex-to-decimal", "1A2B", "1a2b"),
        ("decimal-to-hex", "6699", "1a2b"),
        ("decimal-to-hex", "0000006699", "1A2B"),
        ("decimal-to-hex", "16", "10"),
        ("hex-to-decimal", "abc-1", "ABC-1"),
    ],
)
def test_RP3_both_sides_of_an_id_give_one_key(mode: str, resp: str, receipt: str) -> None:
    carrier = profile(receipt_id=mode)
    key = receipt_key(carrier, resp, from_receipt=False)
    assert key
    assert receipt_key(carrier, receipt, from_receipt=True) == key


@given(st.integers(0, 2**256 - 1))
def test_RP3_every_number_matches_in_both_bases(number: int) -> None:
    there, back = profile(receipt_id="hex-to-decimal"), profile(receipt_id="decimal-to-hex")
    if len(str(number)) > 64:
        number >>= 64
    assert receipt_key(there, f"{number:08X}", from_receipt=False) == receipt_key(
        there, f"{number:010}", from_receipt=True
    )
    assert receipt_key(back, f"{number:010}", from_receipt=False) == receipt_key(
        back, f"{number:x}", from_receipt=True
    )


@given(st.text(), st.booleans(), st.sampled_from(["same", "hex-to-decimal", "decimal-to-hex"]))
def test_any_id_has_a_key(message_id: str, from_receipt: bool, mode: str) -> None:
    carrier = profile(receipt_id=mode)
    assert isinstance(receipt_key(carrier, message_id, from_receipt=from_receipt), str)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ReceiptState.DELIVERED, "DELIVERED"),
        (ReceiptState.EXPIRED, "VALIDITY_EXPIRED"),
        (ReceiptState.UNDELIVERABLE, "FAILED"),
        (ReceiptState.DELETED, "FAILED"),
        (ReceiptState.REJECTED, "REJECTED"),
        (ReceiptState.UNKNOWN, "UNKNOWN"),
        (ReceiptState.ACCEPTED, "ACKNOWLEDGED"),
        (ReceiptState.ENROUTE, "ACKNOWLEDGED"),
    ],
)
def test_RP2_the_word_of_a_report(state: ReceiptState, word: str) -> None:
    assert report_status(state, "000") == word


def test_RP2_a_carriers_code_may_have_a_word_of_its_own() -> None:
    words = {"051": "NO_CREDIT"}
    assert report_status(ReceiptState.UNDELIVERABLE, "051", words=words) == "NO_CREDIT"
    assert report_status(ReceiptState.DELIVERED, "051", words=words) == "DELIVERED"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (CommandStatus.ESME_RINVDSTADR, "INVALID_MSISDN"),
        (CommandStatus.ESME_RSYSERR, "OPERATOR_ERROR"),
        (CommandStatus.ESME_RINVSRCADR, "REJECTED"),
        (0x455, "REJECTED"),
    ],
)
def test_RP2_the_word_of_a_refusal(status: int, word: str) -> None:
    assert refusal_status(status) == word
