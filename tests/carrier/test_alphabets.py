"""Carriers whose data_coding 0 is packed, whose handsets have national tables, whose references have 16 bits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.carrier import join_mo, may_bill, parts, read, write
from smsc.messages import Mo
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Tag
from smsc.sms.alphabets import Alphabet
from smsc.sms.packing import fill_bits, pack
from tests.carrier.samples import NOW, deliver, mo_of, mt, profile

PACKED = {"default_alphabet": Alphabet.GSM7_PACKED}


def read_back(text: str, **changes: Any) -> tuple[str, int]:
    """The text of an MT as a carrier of the same profile would read it, and its parts."""
    carrier = profile(mt_pdu="deliver_sm", **changes)
    pdus = [decode(encode(pdu)) for pdu in write(carrier, mt(text))]
    assert parts(carrier, mt(text)) == len(pdus)
    mos = [mo for pdu in pdus if isinstance(mo := read(carrier, pdu, bind="b", id=1, now=NOW), Mo)]
    return join_mo(carrier, list(reversed(mos))).text, len(mos)


def test_a_packed_mo_is_read_and_kept_as_it_came() -> None:
    octets = pack(b"STOP HOROSKOP")
    mo = mo_of(deliver(octets), profile(**PACKED))
    assert (mo.text, mo.raw, mo.flags) == ("STOP HOROSKOP", octets, ())


def test_a_packed_part_has_fill_bits_behind_its_header() -> None:
    udh = bytes.fromhex("05000307" + "0201")
    mo = mo_of(deliver(udh + pack(b"STO", skip=fill_bits(6)), esm_class=0x40), profile(**PACKED))
    assert (mo.text, mo.part is not None) == ("STO", True)


def test_the_gsm_class_forms_are_packed_where_the_default_is() -> None:
    assert mo_of(deliver(pack(b"STOP"), data_coding=0xF0), profile(**PACKED)).text == "STOP"
    latin = profile(**PACKED, data_codings={0x01: Alphabet.GSM7})
    assert mo_of(deliver(b"STOP", data_coding=1), latin).text == "STOP"


def test_each_direction_has_its_own_default() -> None:
    carrier = profile(default_alphabet=Alphabet.LATIN1, mt_default_alphabet=Alphabet.GSM7_PACKED)
    assert mo_of(deliver("Grüezi".encode("latin-1")), carrier).text == "Grüezi"
    (pdu,) = write(carrier, mt("Hallo"))
    assert pdu["short_message"] == pack(b"Hallo")
    renamed = profile(mt_default_alphabet=Alphabet.GSM7_PACKED, mt_data_codings={Alphabet.GSM7_PACKED: 0xF0})
    assert write(renamed, mt("Hallo"))[0]["data_coding"] == 0xF0


@pytest.mark.parametrize("long_text", ["udh", "udh16", "sar", "payload"])
@pytest.mark.parametrize("default", [Alphabet.GSM7, Alphabet.GSM7_PACKED])
@given(text=st.text("aü€^ \nŞşİıçáãõ∞€", max_size=400))
def test_what_is_written_with_national_tables_is_read(long_text: str, default: Alphabet, text: str) -> None:
    for national in ("", "tr", "es", "pt"):
        back, count = read_back(text, long_text=long_text, default_alphabet=default, national=national)
        if default is Alphabet.GSM7:
            assert back == text
        else:
            assert back.rstrip("@\r") == text.rstrip("@\r")  # padding cannot be told from an "@"
        assert count >= 1


def test_a_turkish_text_of_155_is_one_message_that_may_be_billed() -> None:
    text = "ş" + "a" * 153
    assert may_bill(profile(national="tr"), text)
    assert not may_bill(profile(), text)
    assert not may_bill(profile(national="tr"), text + "aaa")
    (pdu,) = write(profile(national="tr"), mt(text))
    assert pdu["esm_class"] & 0x40 and pdu["short_message"][:4] == b"\x03\x24\x01\x01"
    assert pdu["data_coding"] == 0


def test_national_tables_are_none_where_data_coding_0_is_no_gsm() -> None:
    (pdu,) = write(profile(national="tr", default_alphabet=Alphabet.LATIN1), mt("ş"))
    assert (pdu["data_coding"], pdu["short_message"]) == (8, "ş".encode("utf-16-be"))


def test_parts_with_16_bit_references() -> None:
    pdus = write(profile(long_text="udh16"), mt("a" * 161))
    assert [pdu["short_message"][:7].hex() for pdu in pdus] == ["06080412340201", "06080412340202"]
    assert [len(pdu["short_message"]) for pdu in pdus] == [7 + 152, 7 + 9]
    assert parts(profile(long_text="udh16"), mt("a" * 305)) == 3


def test_national_parts_have_their_place_in_the_header_also_with_sar() -> None:
    pdus = write(profile(long_text="sar", national="tr"), mt("ş" * 200))
    assert all(pdu["esm_class"] & 0x40 and Tag.SAR_MSG_REF_NUM not in pdu.tlvs for pdu in pdus)
