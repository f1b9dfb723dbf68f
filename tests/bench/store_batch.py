"""What a batch of 300 MO->MT pairs costs the store, by step: `python tests/bench/store_batch.py [URL] [PAIRS]`.

Each pair is a new number: its row, its standing, the MO, the subscription, the consent line, a timer and an MT born
`sending`; then the batch with the 300 responses. SQLite in a file of the working directory with synchronous=FULL.
Steps are processor time of the writer thread, batches are wall time with the commit. Medians.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from smsc.messages import Kind, Mo, Mt, MtState, State
from smsc.optin.decision import RecordConsent, SetTimer
from smsc.optin.events import TimerKind
from smsc.optin.standing import Subscription
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import ConsentRow, MtRow, Store, StoredMo, TimerRow, Tx, Writes, migrate

Step = Callable[[Tx, int, int, datetime, dict[str, float]], None]
ROUNDS = 30
CODE = ShortCode("543")


def subscribe(tx: Tx, first: int, pairs: int, now: datetime, took: dict[str, float]) -> None:
    """One batch of keyword MOs."""
    clock = time.thread_time()
    numbers = [Msisdn(f"4179{(first + i) * 7919 % 10_000_000:07d}") for i in range(pairs)]
    prints = [hashlib.blake2b(f"{first + i}".encode(), digest_size=16).digest() for i in range(pairs)]
    standings = tx.standings(numbers)
    tx.earlier(prints, since=now)
    clock = lap(took, "load", clock)
    w = Writes()
    for i, number in enumerate(numbers):
        n = (first + i) * 10
        mo = Mo(n, "helvetia", "helvetia-1", number, CODE, "HOROSKOP", now, b"HOROSKOP")
        w.mos.append(StoredMo(mo, prints[i], "s-1", "keyword", "543/HOROSKOP", "done", "OI1"))
        before = standings[number]
        open_ = Subscription(
            "543/HOROSKOP", State.PENDING, "ch-mo", 1, now, opening_mo=n, opening_text="HOROSKOP"
        )
        after = replace(before, last_carrier="helvetia", subscriptions={"543/HOROSKOP": open_})
        w.standings.append((before, after))
        mt = Mt(n + 1, Kind.REQUEST, number, CODE, "helvetia", "HOROSKOP-Abo: ..." * 6, n & 0xFFFF)
        w.mts.append(
            MtRow(mt, MtState.SENDING, 0, now, now, now + timedelta(days=1), node=1, submitted_at=now)
        )
        consent = RecordConsent("543/HOROSKOP", "pending", "mo", n, "HOROSKOP", mt.text, "ch-mo", 1)
        w.consents.append(ConsentRow(n + 2, number, 1, now, consent))
        timer = SetTimer(f"confirm:{n}", TimerKind.CONFIRM, now + timedelta(days=1), "543/HOROSKOP")
        w.timers.append(TimerRow(number, timer))
    clock = lap(took, "(making the rows)", clock)
    tx.write(w)
    lap(took, "write", clock)


def accept(tx: Tx, first: int, pairs: int, now: datetime, took: dict[str, float]) -> None:
    """The batch of their responses."""
    clock = time.thread_time()
    rows = tx.mts([(first + i) * 10 + 1 for i in range(pairs)])
    tx.waiting_receipts([("helvetia", f"{row.mt.id:X}") for row in rows.values()])
    clock = lap(took, "results load", clock)
    changed = [
        replace(row, state=MtState.ACCEPTED, message_id=f"{row.mt.id:X}", deadline=None)
        for row in rows.values()
    ]
    tx.write(Writes(changed_mts=changed))
    lap(took, "results write", clock)


def timed(step: Step, first: int, pairs: int, took: dict[str, float], tx: Tx) -> None:
    """One batch of now."""
    step(tx, first, pairs, datetime.now(UTC), took)


def lap(took: dict[str, float], name: str, since: float) -> float:
    """Add the processor time since `since` to `name`; returns it as it is now."""
    now = time.thread_time()
    took[name] = took.get(name, 0.0) + now - since
    return now


async def measure(url: str, pairs: int) -> None:
    """Run the rounds and print the medians."""
    store = Store.open(url)
    rounds: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        took: dict[str, float] = {}
        for name, step in (("MO->MT", subscribe), ("results", accept)):
            start = time.perf_counter()
            await store.run(partial(timed, step, 1 + number * pairs, pairs, took))
            took[f"{name} batch with commit"] = time.perf_counter() - start
        for key, value in took.items():
            rounds.setdefault(key, []).append(value)
    await store.close()
    for key, values in rounds.items():
        median = statistics.median(values)
        print(f"{key:28} {median * 1000:7.2f} ms  {median / pairs * 1e6:6.1f} us a pair")


def main() -> None:
    """Measure on the URL given, else on a SQLite file here."""
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as here:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{here}/bench.db"
        migrate(url)
        asyncio.run(measure(url, pairs))


if __name__ == "__main__":
    main()
