"""The museum, mutated without mercy: any octets give events and a known state, never another exception."""

from __future__ import annotations

from random import Random

import pytest

from smsc.smpp import events as ev
from smsc.smpp.codes import Role, State
from smsc.smpp.errors import RemoteProtocolError
from smsc.smpp.receipt import parse_receipt
from smsc.smpp.session import Session
from tests.smpp.conftest import SOAK
from tests.smpp.test_museum import PDUS, octets
from tests.smpp.test_session_states import session_in

STREAMS = 60_000 if SOAK else 600
SEEDS = [octets(name) for name in PDUS]


def mutated(rng: Random) -> bytes:
    """A few PDUs with octets changed, cut out, doubled or put in; sometimes with the length mended."""
    stream = bytearray()
    for _ in range(rng.randint(1, 4)):
        frame = bytearray(rng.choice(SEEDS))
        for _ in range(rng.choice((0, 1, 1, 2, 5, 20))):
            at = rng.randrange(len(frame))
            match rng.randrange(4):
                case 0:
                    frame[at] = rng.randrange(256)
                case 1 if len(frame) > 17:
                    del frame[at : at + rng.randint(1, 8)]
                case 2:
                    frame[at:at] = frame[at : at + rng.randint(1, 16)]
                case _:
                    frame[at:at] = rng.randbytes(rng.randint(1, 8))
        if rng.random() < 0.7 and len(frame) >= 16:
            frame[:4] = len(frame).to_bytes(4, "big")
        stream += frame
    return bytes(stream)


def heard(session: Session, data: bytes, sizes: list[int]) -> list[ev.Event]:
    events: list[ev.Event] = []
    at = 0
    for size in sizes:
        events += session.receive_data(data[at : at + size], 0.0)
        at += size
    return events


def opened(role: Role | None, state: State) -> Session:
    return Session(None, now=0.0) if role is None else session_in(role, state, "normal")


@pytest.mark.parametrize(
    ("role", "state"),
    [
        (None, State.OPEN),
        (Role.ESME, State.OPEN),
        (Role.MC, State.OPEN),
        (Role.ESME, State.BOUND_TRX),
        (Role.MC, State.BOUND_TRX),
        (Role.ESME, State.BOUND_RX),
    ],
)
def test_any_octets_give_events_and_a_known_state(role: Role | None, state: State) -> None:
    rng = Random(f"museum {role} {state}")
    for _ in range(STREAMS):
        data = mutated(rng)
        whole, dripped = opened(role, state), opened(role, state)
        events = heard(whole, data, [len(data)])
        drops = heard(dripped, data, [1] * len(data))
        assert [repr(event) for event in events] == [repr(event) for event in drops]
        assert whole.state is dripped.state and isinstance(whole.state, State)
        assert not any(isinstance(event, RemoteProtocolError) for event in events)


def test_any_text_is_a_receipt_or_none() -> None:
    rng = Random("receipts")
    whole = "id:0123456789 sub:001 dlvrd:001 submit date:2503051000 done date:2503051001 stat:DELIVRD err:000 text:x"
    for _ in range(STREAMS):
        text = list(whole)
        for _ in range(rng.randint(0, 12)):
            text[rng.randrange(len(text))] = chr(rng.randrange(0x250))
        parse_receipt("".join(text))
