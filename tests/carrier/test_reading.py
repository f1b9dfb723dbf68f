"""MOs as carriers hand them over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.carrier import BINARY, DAMAGED, INCOMPLETE, fingerprint, join_mo, read
from smsc.messages import Mo, Part, Receipt
from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu
from smsc.sms import Alphabet
from tests.carrier.samples import NOW, deliver, mo_of, profile


def test_an_mo_is_read_whole() -> None:
    carrier = profile(mo_id_tlv=0x1502, network_tlv=0x1503)
    pdu = deliver(b"Gr\x7eezi", {0x1502: b"mo-17\0", 0x1503: b"22802"}, data_coding=0)
    mo = mo_of(pdu, carrier)
    assert (mo.id, mo.carrier, mo.bind, mo.received_at) == (1, "helvetia", "helvetia-1", NOW)
    assert (str(mo.source), str(mo.short_code), mo.text, mo.raw) == (
        "41791234567",
        "543",
        "Grüezi",
        b"Gr\x7eezi",
    )
    assert (mo.carrier_mo_id, mo.network, mo.may_answer, mo.part, mo.flags) == (
        "mo-17",
        "22802",
        True,
        None,
        (),
    )


def test_without_a_network_of_its_own_the_carriers_name_for_merchants_is_given() -> None:
    assert mo_of(deliver()).network == "SWISSCOM8CH4"
    assert mo_of(deliver(), profile(networks=("22801",))).network == "helvetia"


@pytest.mark.parametrize("command", [Command.DELIVER_SM, Command.SUBMIT_SM, Command.DATA_SM])
def test_the_text_may_stand_in_message_payload(command: Command) -> None:
    fields = {"source_addr": "41791234567", "destination_addr": "543", "data_coding": 8}
    pdu = Pdu(command, fields, tlvs={Tag.MESSAGE_PAYLOAD: "ČAO".encode("utf-16-be")})
    assert mo_of(pdu).text == "ČAO"


@pytest.mark.parametrize(
    ("data", "data_coding", "text", "flags"),
    [
        (b"\x1be", 0, "€", ()),
        (b"STOP", 0xF0, "STOP", ()),
        (b"\xe9", 3, "é", ()),
        (b"STOP", 4, "STOP", (BINARY,)),
        (b"STOP\xff", 0, "STOPÿ", (DAMAGED,)),
        (b"\0S\0T\0O\0P\0", 8, "STOP", (DAMAGED,)),
        (b"STOP", 5, "STOP", (BINARY,)),
    ],
)
def test_OO1_no_text_is_lost_to_its_coding(
    data: bytes, data_coding: int, text: str, flags: tuple[str, ...]
) -> None:
    mo = mo_of(deliver(data, data_coding=data_coding))
    assert (mo.text, mo.flags, mo.raw) == (text, flags, data)


def test_a_carriers_own_meaning_of_data_coding_is_its_profiles() -> None:
    assert mo_of(deliver(b"\xa4"), profile(default_alphabet=Alphabet.LATIN9)).text == "€"
    assert mo_of(deliver(b"\0", data_coding=1), profile(data_codings={1: Alphabet.GSM7})).text == "@"


@pytest.mark.parametrize(
    ("address", "ton", "source", "may_answer"),
    [
        ("41791234567", 1, "41791234567", True),
        ("41791234567", 0, "41791234567", True),
        ("+41791234567", 1, "41791234567", True),
        ("0041791234567", 0, "41791234567", True),
        ("791234567", 2, "41791234567", True),
        ("0791234567", 0, "41791234567", True),
        ("#288166360171234", 0, "#288166360171234", True),
        ("Swisscom", 5, "Swisscom", False),
        ("41791234567", 5, "41791234567", False),
        ("Swisscom", 0, "Swisscom", False),
        ("444", 0, "444", False),
        ("77007700", 3, "77007700", False),
        ("444999", 6, "444999", False),
        ("41791234567", 3, "41791234567", True),
        ("", 0, "", False),
    ],
)
def test_RT7_who_may_be_answered(address: str, ton: int, source: str, may_answer: bool) -> None:
    mo = mo_of(deliver(source_addr=address, source_addr_ton=ton))
    assert (str(mo.source), mo.may_answer) == (source, may_answer)


@pytest.mark.parametrize(
    "pdu",
    [
        deliver(bytes.fromhex("050003070201") + b"STO", esm_class=0x40),
        deliver(bytes.fromhex("06080400070201") + b"STO", esm_class=0x40),
        deliver(
            b"STO",
            {Tag.SAR_MSG_REF_NUM: b"\0\7", Tag.SAR_TOTAL_SEGMENTS: b"\2", Tag.SAR_SEGMENT_SEQNUM: b"\1"},
        ),
    ],
)
def test_RT8_a_part_names_its_place(pdu: Pdu) -> None:
    mo = mo_of(pdu)
    assert (mo.part, mo.text, mo.raw) == (Part(7, 2, 1), "STO", pdu["short_message"])


def test_a_header_that_is_not_there_is_text() -> None:
    mo = mo_of(deliver(b"STOP", esm_class=0x40))
    assert (mo.text, mo.part, mo.flags) == ("STOP", None, (DAMAGED,))


@pytest.mark.parametrize(("total", "number"), [(0, 0), (1, 1), (2, 3), (2, 0)])
def test_impossible_sar_parts_are_whole_messages(total: int, number: int) -> None:
    tlvs = {
        Tag.SAR_MSG_REF_NUM: b"\7",
        Tag.SAR_TOTAL_SEGMENTS: bytes((total,)),
        Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
    }
    assert mo_of(deliver(b"x", {int(tag): value for tag, value in tlvs.items()})).part is None


def sar(number: int, data: bytes) -> Mo:
    tlvs: dict[int, bytes] = {
        Tag.SAR_MSG_REF_NUM: b"\0\7",
        Tag.SAR_TOTAL_SEGMENTS: b"\2",
        Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
    }
    return mo_of(deliver(data, tlvs, data_coding=8))


def test_RT8_parts_are_joined_and_an_emoji_cut_by_the_handset_is_whole() -> None:
    data = "STOP 😀".encode("utf-16-be")
    joined = join_mo(profile(), [sar(2, data[12:]), sar(1, data[:12])])
    assert (joined.text, joined.part, joined.flags, joined.raw) == ("STOP 😀", None, (), data)


def test_RT8_udh_parts_are_joined_and_what_is_missing_is_flagged() -> None:
    parts = [
        mo_of(deliver(bytes((5, 0, 3, 9, 3, number)) + text, esm_class=0x40))
        for number, text in ((1, b"ST"), (3, b"OP"))
    ]
    joined = join_mo(profile(), parts)
    assert (joined.text, joined.flags, joined.esm_class) == ("STOP", (INCOMPLETE,), 0)


@given(
    st.binary(max_size=160),
    st.integers(0, 255),
    st.integers(0, 255),
    st.dictionaries(st.sampled_from([int(tag) for tag in Tag] + [0x1401]), st.binary(max_size=30)),
    st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=20),
    st.integers(0, 7),
)
def test_nothing_a_carrier_writes_makes_reading_raise(
    data: bytes, esm_class: int, data_coding: int, tlvs: dict[int, bytes], source: str, ton: int
) -> None:
    carrier = profile(mo_id_tlv=0x1401, network_tlv=0x1401)
    pdu = deliver(
        data, tlvs, esm_class=esm_class, data_coding=data_coding, source_addr=source, source_addr_ton=ton
    )
    event = read(carrier, pdu, bind="b", id=1, now=NOW)
    assert event.raw == (tlvs.get(Tag.MESSAGE_PAYLOAD) or data)
    match event:
        case Mo():
            assert len(fingerprint(event)) == 16
        case Receipt():
            assert esm_class & 0x3C or Tag.MESSAGE_STATE in tlvs


def test_D1a_equal_mos_have_equal_fingerprints_whatever_their_id_and_bind() -> None:
    first = read(profile(), deliver(), bind="a", id=1, now=NOW)
    second = read(profile(), deliver(), bind="b", id=2, now=NOW)
    assert isinstance(first, Mo) and isinstance(second, Mo)
    assert fingerprint(first) == fingerprint(second)


def test_D1a_whatever_differs_makes_another_fingerprint() -> None:
    carrier = profile(mo_id_tlv=0x1502)
    variants = [
        mo_of(deliver(), carrier),
        mo_of(deliver(), profile(name="other")),
        mo_of(deliver(b"HOROSKOP "), carrier),
        mo_of(deliver(source_addr="41791234568"), carrier),
        mo_of(deliver(destination_addr="544"), carrier),
        mo_of(deliver(esm_class=0x80), carrier),
        mo_of(deliver(data_coding=0xF0), carrier),
        mo_of(deliver(tlvs={0x1502: b"a"}), carrier),
        mo_of(deliver(tlvs={0x1502: b"b"}), carrier),
        sar(1, b"\0a"),
        sar(2, b"\0a"),
    ]
    assert len({fingerprint(mo) for mo in variants}) == len(variants)
