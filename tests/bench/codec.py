"""Microseconds for each PDU of the hot path, ours and a foreign codec's: `python tests/bench/codec.py`."""

from __future__ import annotations

import timeit
from collections.abc import Callable

from aiosmpplib import protocol as aio

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu

ROUNDS, REPEATS = 20000, 5

MO = Pdu(
    Command.DELIVER_SM,
    {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": "41791234567",
        "destination_addr": "543",
        "short_message": b"HOROSKOP",
    },
    sequence_number=77,
)


def microseconds(work: Callable[[], object]) -> float:
    """The best of a few runs, per call."""
    return min(timeit.repeat(work, number=ROUNDS, repeat=REPEATS)) / ROUNDS * 1e6


def main() -> None:
    """Print one line for each."""
    frame = encode(MO)
    tariff = Pdu(Command.SUBMIT_SM, dict(MO.fields), tlvs={0x1401: b"0300"}, sequence_number=1)
    tariff_frame = encode(tariff)
    ack = Pdu(Command.DELIVER_SM_RESP, sequence_number=1)
    answer = encode(Pdu(Command.SUBMIT_SM_RESP, {"message_id": "075BCD15"}, sequence_number=1))
    header = aio.SmppMessage.parse_header(frame)
    works: dict[str, Callable[[], object]] = {
        "take_frame": lambda: take_frame(bytearray(frame)),
        "decode deliver_sm": lambda: decode(frame),
        "encode deliver_sm": lambda: encode(MO),
        "decode submit_sm with a TLV": lambda: decode(tariff_frame),
        "encode submit_sm with a TLV": lambda: encode(tariff),
        "decode submit_sm_resp": lambda: decode(answer),
        "encode deliver_sm_resp": lambda: encode(ack),
        "aiosmpplib decode deliver_sm": lambda: aio.DeliverSm.from_pdu(frame, header, "gsm0338"),
    }
    for name, work in works.items():
        print(f"{name:30} {microseconds(work):6.2f} us")


if __name__ == "__main__":
    main()
