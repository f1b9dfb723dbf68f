"""Delivery receipts as carriers write them (SMPP v3.4 appendix B and its variants)."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.smpp.codes import MessageState
from smsc.smpp.receipt import STAT_WORDS, ReceiptText, format_receipt, parse_labels, parse_receipt, read_date

WHOLE = (
    "id:0123456789 sub:001 dlvrd:001 submit date:2311221003 done date:2311221004"
    " stat:DELIVRD err:000 text:Ihr Horoskop"
)
SUBMITTED, DONE = datetime(2023, 11, 22, 10, 3), datetime(2023, 11, 22, 10, 4)
READ = ReceiptText(
    "0123456789", MessageState.DELIVERED, "DELIVRD", "000", SUBMITTED, DONE, "001", "001", "Ihr Horoskop"
)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        WHOLE.replace("text:", "Text:"),
        WHOLE.replace("stat:DELIVRD err:000", "err:000 stat:DELIVRD"),
        WHOLE.replace("submit date", "submit_date").replace("done date", "doneDate"),
        WHOLE.replace("2311221003", "231122100300").replace("2311221004", "20231122100400"),
        WHOLE.replace(" ", "  ", 6),
        WHOLE.replace(" sub", ";sub").replace(" stat", ", stat"),
        WHOLE.replace("id:", "ID: ").replace("stat:", "STAT: "),
        WHOLE + "\0",
    ],
)
def test_the_same_receipt_in_many_hands(text: str) -> None:
    assert parse_receipt(text) == READ


def test_only_id_and_stat() -> None:
    assert parse_receipt("id:c0ffee stat:UNDELIV") == ReceiptText(
        "c0ffee", MessageState.UNDELIVERABLE, "UNDELIV"
    )


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        *((word, state) for state, word in STAT_WORDS.items()),
        ("delivrd", MessageState.DELIVERED),
        ("REJECTED", MessageState.REJECTED),
        ("FAILED", MessageState.UNDELIVERABLE),
        ("BUFFERD", MessageState.ENROUTE),
        ("ACKED", MessageState.ACCEPTED),
        ("0", MessageState.DELIVERED),
        ("LOSTINSPACE", None),
    ],
)
def test_the_words_for_a_state(stat: str, state: MessageState | None) -> None:
    read = parse_receipt(f"id:1 stat:{stat} err:001")
    assert read is not None
    assert (read.state, read.stat) == (state, stat)


@pytest.mark.parametrize("err", ["000", "0", "017", "E42", "0x00000045"])
def test_err_is_kept_as_written(err: str) -> None:
    read = parse_receipt(WHOLE.replace("err:000", f"err:{err}"))
    assert read is not None and read.err == err


@pytest.mark.parametrize(
    ("digits", "date"),
    [
        ("2311221003", SUBMITTED),
        ("231122100359", datetime(2023, 11, 22, 10, 3, 59)),
        ("20231122100359", datetime(2023, 11, 22, 10, 3, 59)),
        ("202311221003", SUBMITTED),
        ("0000000000", None),
        ("", None),
        ("yesterday!", None),
        ("２３１１２２１００３", None),
        ("2313321003", None),
        ("231122", None),
    ],
)
def test_dates_of_every_length(digits: str, date: datetime | None) -> None:
    assert read_date(digits) == date


def test_the_text_of_the_message_cannot_forge_its_receipt() -> None:
    read = parse_receipt("id:1 stat:UNDELIV err:001 text:id:2 stat:DELIVRD err:000")
    assert read is not None
    assert (read.message_id, read.state, read.err) == ("1", MessageState.UNDELIVERABLE, "001")
    assert read.text == "id:2 stat:DELIVRD err:000"


@pytest.mark.parametrize("text", ["", "STOP", "valid:1 state:2", "text:id:1 stat:DELIVRD"])
def test_what_is_no_receipt(text: str) -> None:
    assert parse_receipt(text) is None


@pytest.mark.parametrize("state", list(MessageState))
def test_what_we_write_we_read(state: MessageState) -> None:
    text = format_receipt("77", state, submitted=SUBMITTED, done=DONE, err="017", text="x" * 30, parts=2)
    read = parse_receipt(text)
    delivered = "002" if state is MessageState.DELIVERED else "000"
    assert read == ReceiptText(
        "77", state, STAT_WORDS[state], "017", SUBMITTED, DONE, "002", delivered, "x" * 20
    )


def test_we_write_the_form_of_appendix_b() -> None:
    text = format_receipt(
        "0123456789", MessageState.DELIVERED, submitted=SUBMITTED, done=DONE, text="Ihr Horoskop"
    )
    assert text == WHOLE


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["id:", "stat:", "text:", "1", " ", "\0", "DELIVRD"])).map("".join)
)
def test_any_text_is_a_receipt_or_none(text: str) -> None:
    read = parse_receipt(text)
    assert read is None or isinstance(read, ReceiptText)


EXACT = (
    "id:0123456789 sub:001 dlvrd:001 submit date:2503051000 done date:2503051001 stat:DELIVRD err:000 text:"
)


@given(
    st.text(
        st.characters(codec="latin-1", exclude_characters=" \t\r\n\0\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"),
        max_size=20,
    ),
    st.sampled_from(["DELIVRD", "UNDELIV", "delivrd", "WEIRD", "0"]),
    st.text(max_size=30),
)
def test_the_exact_form_reads_the_same_in_one_go_and_label_by_label(
    message_id: str, stat: str, text: str
) -> None:
    receipt = EXACT.replace("0123456789", message_id).replace("DELIVRD", stat) + text
    assert parse_receipt(receipt) == parse_labels(receipt)


def test_the_exact_form_takes_the_short_way() -> None:
    def seconds(read: Callable[[str], ReceiptText | None]) -> float:
        return min(timeit.repeat(lambda: read(EXACT + "Hallo du"), number=200, repeat=20))

    assert seconds(parse_receipt) < 0.6 * seconds(parse_labels), "the short way has become the long one"
