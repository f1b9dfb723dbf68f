"""Bytes to PDUs and back. Decoding is liberal, encoding strict (see `layout` for the tables)."""

from __future__ import annotations

from struct import Struct
from struct import error as StructError

from smsc.smpp.codes import COMMANDS, STATUSES, CommandStatus
from smsc.smpp.compiled import compile_decoder, compile_encoder
from smsc.smpp.errors import LocalProtocolError, RemoteProtocolError
from smsc.smpp.layout import LAYOUTS, Layout
from smsc.smpp.lenient import HEADER_OCTETS, Unreadable, explain, walk
from smsc.smpp.pdu import Pdu
from smsc.smpp.tlvs import TLV_TYPES

FRAME_OCTETS_MAX = 70_000
"""Default limit of one PDU: a message_payload of 64 KiB and the largest body around it fit."""

_HEADER = Struct(">IIII")
_TLV = Struct(">HH")
_DECODERS = {int(command): (compile_decoder(made), made) for command, made in LAYOUTS.items()}
_ENCODERS = {command: (compile_encoder(made), made) for command, made in LAYOUTS.items()}


def take_frame(buffer: bytearray, *, octets_max: int = FRAME_OCTETS_MAX) -> bytes | None:
    """Cut the first whole PDU off `buffer`; None: it is not all there yet.

    The length is judged as soon as its 4 octets are there: nothing is buffered for a length that is a lie.

    Raises: RemoteProtocolError (fatal, ESME_RINVCMDLEN): a length below 16 or above `octets_max`.
    Source: SMPP v3.4 §3.2, §4.3.
    """
    if len(buffer) < 4:
        return None
    length = int.from_bytes(buffer[:4], "big")
    if not HEADER_OCTETS <= length <= octets_max:
        sequence_number = int.from_bytes(buffer[12:16], "big") if len(buffer) >= HEADER_OCTETS else 0
        raise _bad_length(f"command_length {length}, allowed 16..{octets_max}", sequence_number)
    if len(buffer) < length:
        return None
    frame = bytes(buffer[:length])
    del buffer[:length]
    return frame


def decode(frame: bytes) -> Pdu:
    """Read one whole PDU, as `take_frame` cuts it.

    A request that cannot be understood raises; of a response what is readable is kept, for the request that
    it answers must not be left in doubt.

    Raises: RemoteProtocolError: with `answer` and `sequence_number`; fatal only when the length is wrong.
    """
    size = len(frame)
    if size < HEADER_OCTETS:
        raise _bad_length(f"{size} octets are no header", 0)
    length, command_id, status, sequence_number = _HEADER.unpack_from(frame)
    if length != size:
        raise _bad_length(f"command_length {length} of {size} octets", sequence_number)
    try:
        decoder, layout = _DECODERS[command_id]
    except KeyError:
        raise Unreadable(f"command_id 0x{command_id:08X}", CommandStatus.ESME_RINVCMDID).as_remote(
            command_id, sequence_number
        ) from None
    pdu = Pdu(
        COMMANDS[command_id],
        command_status=STATUSES.get(status, status) if status else CommandStatus.ESME_ROK,
        sequence_number=sequence_number,
    )
    if size == HEADER_OCTETS and not layout.required:
        return pdu
    text = frame.decode("latin-1")
    try:
        try:
            pdu.fields, at = decoder(frame, text)
        except (IndexError, ValueError):
            pdu.fields, at = walk(layout, frame, text)
        if at < size:
            _read_tail(pdu, layout, frame, at)
    except Unreadable as fault:
        raise fault.as_remote(command_id, sequence_number) from fault
    return pdu


def _read_tail(pdu: Pdu, layout: Layout, frame: bytes, at: int) -> None:
    """Everything behind the mandatory body. Raises: Unreadable: only for a request that has a body."""
    try:
        _read_tlvs(pdu, frame, at)
    except Unreadable:
        if layout.required:
            raise
        _reread_response(pdu, frame)


def _reread_response(pdu: Pdu, frame: bytes) -> None:
    """Some peers leave the body of a response out and send its optional parameters all the same."""
    bare = Pdu(pdu.command)
    try:
        _read_tlvs(bare, frame, HEADER_OCTETS)
    except Unreadable:
        return  # what was readable stands; nobody can be answered about a response
    pdu.fields, pdu.tlvs, pdu.repeated = {}, bare.tlvs, bare.repeated


def _read_tlvs(pdu: Pdu, frame: bytes, at: int) -> None:
    """SMPP v3.4 §5.3.1: any order, unknown ones kept. Repeats are kept apart; a tail of NULs is padding."""
    size = len(frame)
    tlvs = pdu.tlvs
    while at < size:
        if size - at < 4:
            if any(frame[at:]):
                raise Unreadable("half a TLV header", CommandStatus.ESME_RINVOPTPARSTREAM)
            return
        tag, length = _TLV.unpack_from(frame, at)
        end = at + 4 + length
        if end > size:
            raise Unreadable(f"TLV 0x{tag:04X} overruns the PDU", CommandStatus.ESME_RINVOPTPARSTREAM)
        if tag in tlvs:
            pdu.repeated.append((tag, frame[at + 4 : end]))
        else:
            tlvs[tag] = frame[at + 4 : end]
        at = end


def encode(pdu: Pdu, *, sequence_number: int | None = None) -> bytes:
    """Write one PDU; `sequence_number` overrides the one in `pdu`.

    An error response whose body the specification leaves out, and that has none set, is a bare header.

    Raises: LocalProtocolError: an unknown field, or a value that does not fit; nothing is cut short.
    """
    number = pdu.sequence_number if sequence_number is None else sequence_number
    encoder, layout = _ENCODERS[pdu.command]
    if pdu.command_status and layout.bodiless_error and not pdu.fields and not pdu.tlvs:
        body = b""
    else:
        try:
            body = encoder(pdu.fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise explain(layout, pdu.fields) from error
    if pdu.tlvs or pdu.repeated:
        body += _write_tlvs(pdu)
    try:
        return _HEADER.pack(HEADER_OCTETS + len(body), pdu.command, pdu.command_status, number) + body
    except StructError as error:
        raise LocalProtocolError(f"{pdu.command.name} header: {error}") from error


def _write_tlvs(pdu: Pdu) -> bytes:
    chunks: list[bytes] = []
    for tag, value in pdu.all_tlvs() if pdu.repeated else pdu.tlvs.items():
        known = TLV_TYPES.get(tag)
        if known is not None and not known.octets_min <= len(value) <= known.octets_max:
            raise LocalProtocolError(f"TLV 0x{tag:04X}: {len(value)} octets do not fit its type")
        try:
            chunks.append(_TLV.pack(tag, len(value)) + value)
        except (StructError, TypeError) as error:
            raise LocalProtocolError(f"TLV {tag!r}: {error}") from error
    return b"".join(chunks)


def _bad_length(message: str, sequence_number: int) -> RemoteProtocolError:
    return RemoteProtocolError(
        message, answer=CommandStatus.ESME_RINVCMDLEN, sequence_number=sequence_number, fatal=True
    )
