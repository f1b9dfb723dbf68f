"""Properties of the codec over what its own tables allow, and over garbage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command
from smsc.smpp.errors import RemoteProtocolError
from smsc.smpp.layout import (
    LAYOUTS,
    CString,
    Destinations,
    DistributionList,
    Field,
    Integer,
    Octets,
    SmeAddress,
    Unsuccessful,
    UnsuccessfulSme,
)
from smsc.smpp.pdu import Pdu, view
from smsc.smpp.tlvs import TLV_TYPES

OCTET = st.integers(0, 255)
STATUS = st.sampled_from([0, 0, 0, 8, 0x58, 0x401])
SEQUENCE = st.integers(0, 0xFFFFFFFF)
VENDOR_TAG = st.integers(0x1400, 0x3FFF)


def latin1(octets_max: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=octets_max - 1)


def values(field: Field) -> st.SearchStrategy[Any]:
    match field:
        case CString(octets_max=octets_max, fixed=True):
            return st.just("") | st.just("2311221003" + "0" * (octets_max - 11))
        case CString(octets_max=octets_max):
            return latin1(octets_max)
        case Integer():
            return OCTET
        case Octets(octets_max=octets_max):
            return st.binary(max_size=octets_max)
        case Destinations():
            entry = st.builds(SmeAddress, OCTET, OCTET, latin1(21)) | st.builds(DistributionList, latin1(21))
            return st.lists(entry, max_size=4).map(tuple)
        case Unsuccessful():
            refused = st.builds(UnsuccessfulSme, OCTET, OCTET, latin1(21), SEQUENCE)
            return st.lists(refused, max_size=4).map(tuple)


def parameters() -> st.SearchStrategy[tuple[int, bytes]]:
    known = st.sampled_from(sorted(TLV_TYPES)).flatmap(
        lambda tag: st.tuples(
            st.just(int(tag)),
            st.binary(min_size=TLV_TYPES[tag].octets_min, max_size=min(TLV_TYPES[tag].octets_max, 300)),
        )
    )
    return known | st.tuples(VENDOR_TAG, st.binary(max_size=40))


@st.composite
def pdus(draw: st.DrawFn) -> Pdu:
    command = draw(st.sampled_from(list(Command)))
    table = LAYOUTS[command].fields
    fields = draw(st.fixed_dictionaries({}, optional={field.name: values(field) for field in table}))
    found = draw(st.lists(parameters(), max_size=4))
    tlvs: dict[int, bytes] = {}
    repeated = []
    for tag, value in found:
        if tag in tlvs:
            repeated.append((tag, value))
        tlvs.setdefault(tag, value)
    status = draw(STATUS)
    return Pdu(
        command, fields, tlvs=tlvs, repeated=repeated, command_status=status, sequence_number=draw(SEQUENCE)
    )


@given(pdus())
def test_what_is_encoded_decodes_to_the_same(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu
    assert repr(pdu) and view(pdu)


@given(st.binary(max_size=120))
def test_any_octets_are_a_pdu_or_the_peers_fault(octets: bytes) -> None:
    try:
        decode(octets)
    except RemoteProtocolError as error:
        assert error.fatal or len(octets) >= 16


@given(st.sampled_from(list(Command)), STATUS, st.binary(max_size=120))
def test_any_body_of_a_known_command_is_a_pdu_or_an_answer(
    command: Command, status: int, body: bytes
) -> None:
    header = b"".join(n.to_bytes(4, "big") for n in (16 + len(body), int(command), status, 9))
    try:
        pdu = decode(header + body)
    except RemoteProtocolError as error:
        assert not error.fatal and error.sequence_number == 9 and error.command_id == command
        assert not command.is_response, "a response is never refused: its request would be left in doubt"
    else:
        assert pdu.sequence_number == 9 and pdu.command_status == status
        assert repr(pdu) and view(pdu)


@given(pdus(), st.data())
def test_a_pdu_with_a_few_octets_changed_or_cut_is_a_pdu_or_an_answer(pdu: Pdu, data: st.DataObject) -> None:
    frame = bytearray(encode(pdu))
    for _ in range(data.draw(st.integers(0, 3))):
        if len(frame) > 16:
            frame[data.draw(st.integers(16, len(frame) - 1))] = data.draw(OCTET)
    frame = frame[: data.draw(st.integers(16, len(frame)))]
    frame[:4] = len(frame).to_bytes(4, "big")
    try:
        decode(bytes(frame))
    except RemoteProtocolError as error:
        assert not error.fatal


@given(st.lists(pdus(), max_size=4), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_a_stream_reads_the_same_however_it_is_cut(conversation: list[Pdu], sizes: list[int]) -> None:
    stream = b"".join(encode(pdu) for pdu in conversation)
    buffer = bytearray()
    found: list[Pdu] = []
    at, turn = 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        buffer += stream[at : at + size]
        at, turn = at + size, turn + 1
        while (frame := take_frame(buffer)) is not None:
            found.append(decode(frame))
    assert found == conversation and not buffer


@given(st.binary(max_size=60))
def test_a_garbled_stream_never_buffers_for_ever(octets: bytes) -> None:
    buffer = bytearray(octets)
    try:
        while take_frame(buffer, octets_max=100) is not None:
            pass
    except RemoteProtocolError as error:
        assert error.fatal
    else:
        assert len(buffer) < 100


@pytest.mark.parametrize("command", list(Command))
def test_the_compiled_and_the_lenient_reader_agree_on_an_empty_pdu(command: Command) -> None:
    assert decode(encode(Pdu(command))) == Pdu(command)
