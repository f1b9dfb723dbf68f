"""A carrier that pumps MOs as fast as its window allows, and counts what comes back.

Plays the SMSC that the server under test dials into: accepts its bind, sends `--count` deliver_sm with at
most `--window` unanswered on each session, every one from another MSISDN; answers each submit_sm at once.
Has its own PDU code, so that the server's codec is not measured against itself.

    python -m smsc.sim.load --listen 127.0.0.1:0 --count 20000 --window 100 --text HELP
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import cast

HEADER = struct.Struct(">IIII")
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x15
SUBMIT_SM_RESP, DELIVER_SM_RESP = 0x80000004, 0x80000005
BINDS = (0x01, 0x02, 0x09)
RECEIPT_SEQUENCE = 0x40000000
"""Receipts are numbered from here, MOs from 1."""
MSISDN_DIGITS = 7
TICK_S = 0.005


@dataclass(frozen=True, slots=True)
class Load:
    """What to send. `rate`: MOs a second, 0 as the window allows; `patience_s`: the silence that ends it."""

    count: int
    window: int
    text: str
    code: str
    prefix: str
    rate: float
    sessions: int
    receipts: bool
    patience_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What came back. A pair is an MO acked with status 0 whose MSISDN got an MT."""

    count: int
    acked: int
    refused: int
    submits: int
    answered: int
    repeated: int
    receipts_acked: int
    seconds: float
    pairs_per_s: float
    ack_p50_ms: float
    ack_p99_ms: float
    ack_max_ms: float
    complete: bool


class Tally:
    """One run: which MOs are sent, acked and answered, over all sessions."""

    def __init__(self, load: Load, done: Callable[[], None]) -> None:
        self.load, self._done = load, done
        self.next = 0
        self.sent_at = [0.0] * load.count
        self.latencies: list[float] = []
        self.refused = self.submits = self.answered = self.repeated = self.receipts_acked = 0
        self._answered = bytearray(load.count)
        self._prefix = load.prefix.encode()
        self.began = self.ended = self.moved = time.perf_counter()
        head = b"\0\x01\x01" + self._prefix
        tail = b"\0\x00\x00" + load.code.encode() + b"\0" + bytes(9) + bytes([len(load.text)])
        tail += load.text.encode("ascii")
        length = 16 + len(head) + MSISDN_DIGITS + len(tail)
        self.frames = [
            HEADER.pack(length, DELIVER_SM, 0, i + 1) + head + b"%0*d" % (MSISDN_DIGITS, i) + tail
            for i in range(load.count)
        ]

    def allowance(self) -> int:
        """How many MOs the rate lets go now."""
        left = self.load.count - self.next
        if not self.load.rate:
            return left
        return min(left, int((time.perf_counter() - self.began) * self.load.rate) - self.next + 1)

    def ack(self, sequence_number: int, status: int) -> None:
        """One deliver_sm_resp to an MO."""
        self.moved = now = time.perf_counter()
        if status:
            self.refused += 1
        else:
            self.latencies.append(now - self.sent_at[sequence_number - 1])
        self._check()

    def submit(self, msisdn: bytes) -> None:
        """One submit_sm, to whomever."""
        self.moved = time.perf_counter()
        self.submits += 1
        digits = msisdn.removeprefix(self._prefix)
        if len(digits) == MSISDN_DIGITS and digits.isdigit() and int(digits) < self.load.count:
            index = int(digits)
            self.repeated += self._answered[index]
            self.answered += not self._answered[index]
            self._answered[index] = 1
        self._check()

    def ack_receipt(self) -> None:
        """One deliver_sm_resp to a receipt."""
        self.moved = time.perf_counter()
        self.receipts_acked += 1
        self._check()

    def _check(self) -> None:
        answered = len(self.latencies) + self.refused == self.load.count and self.answered >= len(
            self.latencies
        )
        if answered and self._receipts_done:
            self.ended = time.perf_counter()
            self._done()

    @property
    def _receipts_done(self) -> bool:
        return not self.load.receipts or self.receipts_acked == self.submits

    @property
    def complete(self) -> bool:
        """Whether every MO was acked and answered."""
        return len(self.latencies) == self.load.count == self.answered and self._receipts_done

    def figures(self) -> Figures:
        """The result; times from the first MO to the last ack or MT."""
        seconds = max((self.ended if self.ended > self.began else self.moved) - self.began, 1e-9)
        ordered = sorted(self.latencies) or [0.0]

        def percentile(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)

        return Figures(
            count=self.load.count,
            acked=len(self.latencies),
            refused=self.refused,
            submits=self.submits,
            answered=self.answered,
            repeated=self.repeated,
            receipts_acked=self.receipts_acked,
            seconds=round(seconds, 3),
            pairs_per_s=round(min(len(self.latencies), self.answered) / seconds, 1),
            ack_p50_ms=percentile(0.5),
            ack_p99_ms=percentile(0.99),
            ack_max_ms=percentile(1.0),
            complete=self.complete,
        )


class Carrier(asyncio.Protocol):
    """One session with the server under test."""

    def __init__(self, tally: Tally, bound: Callable[[Carrier], None]) -> None:
        self._tally, self._bound = tally, bound
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._open = 0
        self._running = False
        self._receipts = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        self._running = False
        self.transport = None

    def start(self) -> None:
        """Begin to pump."""
        self._running = True
        self.pump()

    def pump(self) -> None:
        """Fill the window as far as the rate allows, and write all that is due in one go."""
        if self._running:
            tally = self._tally
            first = tally.next
            last = first + min(self._tally.load.window - self._open, tally.allowance())
            if last > first:
                now = time.perf_counter()
                tally.sent_at[first:last] = [now] * (last - first)
                self._out += tally.frames[first:last]
                self._open += last - first
                tally.next = last
        if self._out and self.transport is not None:
            self.transport.write(b"".join(self._out))
        self._out.clear()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        octets = bytes(self._buffer)
        at, size = 0, len(octets)
        while size - at >= 16:
            length, command, status, number = HEADER.unpack_from(octets, at)
            if size - at < length:
                break
            self._take(command, status, number, octets[at : at + length])
            at += length
        del self._buffer[:at]
        self.pump()

    def _take(self, command: int, status: int, number: int, frame: bytes) -> None:
        if command == DELIVER_SM_RESP:
            if number < RECEIPT_SEQUENCE:
                self._open -= 1
                self._tally.ack(number, status)
            else:
                self._tally.ack_receipt()
        elif command == SUBMIT_SM:
            self._answer_submit(number, frame)
        elif command in BINDS:
            self._out.append(HEADER.pack(21, command | 0x80000000, 0, number) + b"load\0")
            self._bound(self)
        elif command in (ENQUIRE_LINK, UNBIND):
            self._out.append(HEADER.pack(16, command | 0x80000000, 0, number))

    def _answer_submit(self, number: int, frame: bytes) -> None:
        source_at = frame.index(0, 16) + 3
        dest_at = frame.index(0, source_at) + 3
        dest_end = frame.index(0, dest_at)
        message_id = b"%08X" % (self._tally.submits + 1)
        self._out.append(HEADER.pack(25, SUBMIT_SM_RESP, 0, number) + message_id + b"\0")
        if self._tally.load.receipts:
            source, dest = frame[source_at : frame.index(0, source_at)], frame[dest_at:dest_end]
            self._out.append(self._receipt(message_id, source, dest))
        self._tally.submit(frame[dest_at:dest_end])

    def _receipt(self, message_id: bytes, source: bytes, dest: bytes) -> bytes:
        text = (
            b"id:%b sub:001 dlvrd:001 submit date:2601010000 done date:2601010000"
            b" stat:DELIVRD err:000 text:" % message_id
        )
        body = b"\0\x01\x01%b\0\x00\x00%b\0\x04" % (dest, source)
        body += bytes(8) + bytes([len(text)]) + text
        self._receipts += 1
        return HEADER.pack(16 + len(body), DELIVER_SM, 0, RECEIPT_SEQUENCE + self._receipts) + body


async def run(load: Load, host: str, port: int, *, announce: Callable[[str], None]) -> Figures:
    """Listen, say where, wait for the sessions, send the load, and report."""
    loop = asyncio.get_running_loop()
    finished = asyncio.Event()
    ready = asyncio.Event()
    carriers: list[Carrier] = []

    def bound(carrier: Carrier) -> None:
        carriers.append(carrier)
        if ready.is_set():
            carrier.start()
        elif len(carriers) >= load.sessions:
            ready.set()

    tally = Tally(load, finished.set)
    server = await loop.create_server(lambda: Carrier(tally, bound), host, port)
    address = server.sockets[0].getsockname()
    announce(f"{address[0]}:{address[1]}")
    await ready.wait()
    tally.began = tally.moved = time.perf_counter()
    for carrier in carriers:
        carrier.start()
    while not finished.is_set() and time.perf_counter() - tally.moved < load.patience_s:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(finished.wait(), TICK_S if load.rate else 1.0)
        if load.rate:
            for carrier in carriers:
                carrier.pump()
    server.close()
    for carrier in carriers:
        if carrier.transport is not None:
            carrier.transport.close()
    return tally.figures()


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A carrier that pumps MOs and counts acks and MTs.")
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--window", type=int, default=100, help="unanswered deliver_sm per session")
    parser.add_argument("--text", default="HELP")
    parser.add_argument("--code", default="543")
    parser.add_argument("--prefix", default="4179", help="of the MSISDNs; seven digits follow")
    parser.add_argument("--rate", type=float, default=0.0, help="MOs a second; 0: as the window allows")
    parser.add_argument("--sessions", type=int, default=1, help="binds to wait for")
    parser.add_argument("--receipts", action="store_true", help="send a DELIVRD receipt for each submit_sm")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds of silence that end the run")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Exit 0 when every MO was acked and answered."""
    options = parse_arguments(arguments)
    load = Load(
        count=options.count,
        window=options.window,
        text=options.text,
        code=options.code,
        prefix=options.prefix,
        rate=options.rate,
        sessions=options.sessions,
        receipts=options.receipts,
        patience_s=options.patience,
    )
    host, _, port = options.listen.rpartition(":")
    as_json = bool(options.json)

    def announce(address: str) -> None:
        print(json.dumps({"listening": address}) if as_json else f"listening on {address}", flush=True)

    try:
        import uvloop

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        figures = runner.run(run(load, host, int(port), announce=announce))
    print(json.dumps(asdict(figures)) if as_json else _told(figures), flush=True)
    return 0 if figures.complete else 1


def _told(figures: Figures) -> str:
    return (
        f"{figures.pairs_per_s:.0f} pairs/s: {figures.acked} of {figures.count} MOs acked"
        f" ({figures.refused} refused), {figures.answered} answered by {figures.submits} MTs"
        f" ({figures.repeated} twice) in {figures.seconds:.2f} s;"
        f" ack p50 {figures.ack_p50_ms} ms, p99 {figures.ack_p99_ms} ms, max {figures.ack_max_ms} ms"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
