"""MTs as carriers want them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.carrier import BilledParts, NoTariff, Tariff, has_tariff, may_bill, parts, read, verdict, write
from smsc.carrier.joining import join_mo
from smsc.carrier.writing import validity_period
from smsc.messages import Mo, Money, Verdict
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Command, CommandStatus, Tag
from smsc.smpp.pdu import Pdu
from smsc.sms import Alphabet, Octets
from tests.carrier.samples import NOW, PRICE, mt, profile


def test_a_free_mt_is_written_whole() -> None:
    (pdu,) = write(profile(), mt("Grüezi", validity_s=3600))
    assert pdu.command is Command.SUBMIT_SM
    expected = {
        "service_type": "FREE",
        "source_addr_ton": 3,
        "source_addr_npi": 0,
        "source_addr": "543",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "41791234567",
        "esm_class": 0,
        "registered_delivery": 1,
        "data_coding": 0,
        "validity_period": "000000010000000R",
        "short_message": b"Gr\x7eezi",
    }
    assert pdu.fields == expected
    assert pdu.tlvs == {Tag.USER_MESSAGE_REFERENCE: b"\x12\x34"}


@pytest.mark.parametrize(
    ("tariff", "service_type", "source_addr", "tlvs"),
    [
        (Tariff(service_type="P300"), "P300", "543", {}),
        (Tariff(source_addr="5433"), "", "5433", {}),
        (Tariff(tlvs={0x1401: b"0300"}), "", "543", {0x1401: b"0300"}),
        (Tariff("X", "5433", {0x1403: b"00300\0"}), "X", "5433", {0x1403: b"00300\0"}),
    ],
)
def test_CH1_a_tariff_goes_the_carriers_way(
    tariff: Tariff, service_type: str, source_addr: str, tlvs: dict[int, bytes]
) -> None:
    (pdu,) = write(profile(tariffs={PRICE: tariff}), mt(value=PRICE))
    assert (pdu["service_type"], pdu["source_addr"]) == (service_type, source_addr)
    assert pdu.tlvs == {Tag.USER_MESSAGE_REFERENCE: b"\x12\x34", **tlvs}


def test_CH1_an_unmapped_price_is_never_sent() -> None:
    for value in (Money(301, "CHF"), Money(300, "EUR")):
        assert not has_tariff(profile(), value)
        with pytest.raises(NoTariff):
            write(profile(), mt(value=value))


def test_CH1_zero_needs_no_tariff_and_takes_no_billed_one() -> None:
    bare = profile(tariffs={PRICE: Tariff("P300")})
    for value in (None, Money(0, "CHF"), Money(0, "EUR")):
        assert has_tariff(bare, value)
        assert write(bare, mt(value=value))[0]["service_type"] == ""


def test_MT5_billed_text_is_one_part_unless_parts_are_billed_once() -> None:
    long = "a" * 161
    for carrier in (profile(), profile(long_text="payload"), profile(long_text="sar")):
        assert not may_bill(carrier, long)
        with pytest.raises(BilledParts):
            write(carrier, mt(long, value=PRICE))
    once = profile(bills_parts_once=True)
    assert may_bill(once, long)
    assert [pdu.tlvs[0x1401] for pdu in write(once, mt(long, value=PRICE))] == [b"0300", b"0300"]
    assert may_bill(profile(), "a" * 160)


def test_MT5_ucs2_gets_its_data_coding() -> None:
    assert write(profile(), mt("čao"))[0]["data_coding"] == 8
    carrier = profile(mt_data_codings={Alphabet.UCS2: 0x18, Alphabet.GSM7: 1})
    assert [write(carrier, mt(text))[0]["data_coding"] for text in ("čao", "ciao")] == [0x18, 1]


def test_MT5_udh() -> None:
    pdus = write(profile(), mt("a" * 153 + "b" * 10))
    assert [pdu["esm_class"] for pdu in pdus] == [0x40, 0x40]
    assert [pdu["short_message"][:6] for pdu in pdus] == [
        bytes.fromhex("050003340201"),
        bytes.fromhex("050003340202"),
    ]
    assert pdus[1]["short_message"][6:] == b"b" * 10


def test_MT5_sar_never_with_udhi() -> None:
    pdus = write(profile(long_text="sar"), mt("a" * 161))
    assert [pdu["esm_class"] for pdu in pdus] == [0, 0]
    assert [
        (pdu.tlvs[Tag.SAR_MSG_REF_NUM], pdu.tlvs[Tag.SAR_TOTAL_SEGMENTS], pdu.tlvs[Tag.SAR_SEGMENT_SEQNUM])
        for pdu in pdus
    ] == [(b"\x12\x34", b"\2", b"\1"), (b"\x12\x34", b"\2", b"\2")]


def test_MT5_message_payload_never_with_short_message() -> None:
    carrier = profile(long_text="payload")
    (pdu,) = write(carrier, mt("a" * 161))
    assert (pdu["short_message"], pdu.tlvs[Tag.MESSAGE_PAYLOAD]) == (b"", b"a" * 161)
    (pdu,) = write(carrier, mt("a" * 160))
    assert (pdu["short_message"], Tag.MESSAGE_PAYLOAD in pdu.tlvs) == (b"a" * 160, False)


def test_an_mt_may_travel_in_another_pdu() -> None:
    (pdu,) = write(profile(mt_pdu="deliver_sm"), mt(validity_s=60))
    assert (pdu.command, pdu["validity_period"]) == (Command.DELIVER_SM, "")
    (pdu,) = write(profile(mt_pdu="data_sm"), mt(validity_s=60))
    assert pdu.command is Command.DATA_SM
    assert (pdu.tlvs[Tag.MESSAGE_PAYLOAD], pdu.tlvs[Tag.QOS_TIME_TO_LIVE]) == (b"Hallo", b"\0\0\0\x3c")


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe"), max_size=400)
    | st.text("aé€", max_size=400),
    st.sampled_from(["submit_sm", "deliver_sm", "data_sm"]),
    st.sampled_from(["udh", "sar", "payload"]),
    st.sampled_from([Alphabet.GSM7, Alphabet.LATIN1, Alphabet.LATIN9, Alphabet.ASCII, Alphabet.UCS2]),
)
def test_MT5_what_is_written_is_read_on_the_other_side(
    text: str, mt_pdu: str, long_text: str, default: Alphabet
) -> None:
    carrier = profile(mt_pdu=mt_pdu, long_text=long_text, default_alphabet=default)
    message = mt(text)
    pdus: list[Pdu] = [decode(encode(pdu)) for pdu in write(carrier, message)]
    got = [read(carrier, pdu, bind="b", id=1, now=NOW) for pdu in pdus]
    mos = [mo for mo in got if isinstance(mo, Mo)]
    assert len(mos) == len(pdus)
    assert join_mo(carrier, mos).text == text
    if default is Alphabet.GSM7:
        assert parts(carrier, message) == len(pdus)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "000000000001000R"),
        (59, "000000000059000R"),
        (3661, "000000010101000R"),
        (86400, "000001000000000R"),
        (86400 * 31, "000101000000000R"),
        (86400 * 365, "010000000000000R"),
        (86400 * 364, "001130000000000R"),
        (10**12, "991130235959000R"),
    ],
)
def test_a_validity_is_relative(seconds: int, written: str) -> None:
    assert validity_period(seconds) == written


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (CommandStatus.ESME_ROK, Verdict.ACCEPTED),
        (CommandStatus.ESME_RTHROTTLED, Verdict.THROTTLE),
        (CommandStatus.ESME_RMSGQFUL, Verdict.THROTTLE),
        (CommandStatus.ESME_RSYSERR, Verdict.RETRY),
        (CommandStatus.ESME_RX_T_APPN, Verdict.RETRY),
        (CommandStatus.ESME_RINVBNDSTS, Verdict.RETRY),
        (CommandStatus.ESME_RX_P_APPN, Verdict.REFUSED),
        (CommandStatus.ESME_RINVDSTADR, Verdict.REFUSED),
        (CommandStatus.ESME_RMISSINGOPTPARAM, Verdict.REFUSED),
        (0x455, Verdict.REFUSED),
        (0xFFFFFFFF, Verdict.REFUSED),
    ],
)
def test_MT6a_every_status_has_a_verdict(status: int, expected: Verdict) -> None:
    assert verdict(profile(), status) is expected


def test_MT6a_a_carrier_may_mean_something_else() -> None:
    carrier = profile(verdicts={0x455: Verdict.RETRY, 0x14: Verdict.REFUSED})
    assert [verdict(carrier, status) for status in (0x455, 0x14, 0)] == [
        Verdict.RETRY,
        Verdict.REFUSED,
        Verdict.ACCEPTED,
    ]


@pytest.mark.parametrize("long_text", ["udh", "sar", "payload"])
def test_octets_are_one_request_with_their_header_announced(long_text: str) -> None:
    udh, data = bytes.fromhex("0605040b8423f0"), bytes(range(133))
    shaped = profile(long_text=long_text, tariffs={PRICE: Tariff(service_type="P300")})
    message = mt("", octets=Octets(udh, data), value=PRICE)
    assert parts(shaped, message) == 1
    [pdu] = write(shaped, message)
    assert decode(encode(pdu)) == pdu
    assert (pdu["esm_class"], pdu["data_coding"], pdu["service_type"]) == (0x40, 4, "P300")
    assert pdu["short_message"] == udh + data
    with pytest.raises(NoTariff):
        write(shaped, mt("", octets=Octets(udh, data), value=Money(301, "CHF")))


def test_octets_have_the_data_coding_and_the_place_that_the_carrier_wants() -> None:
    shaped = profile(mt_data_codings={Alphabet.OCTETS: 0xF5}, mt_pdu="data_sm", esm_class=3)
    [pdu] = write(shaped, mt("", octets=Octets(b"", b"\x00\xff")))
    assert (pdu["esm_class"], pdu["data_coding"]) == (3, 0xF5)
    assert pdu.tlvs[Tag.MESSAGE_PAYLOAD] == b"\x00\xff"
