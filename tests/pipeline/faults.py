"""What goes wrong under the line: a store that stalls or is locked, an engine that raises."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from smsc.optin import Book, Decision, decide
from smsc.optin.events import Event
from smsc.optin.standing import Standing
from smsc.pipeline import batch as batch_module
from smsc.store import Store

WAIT_S = 20.0


class Stall:
    """The writer's thread stands still before its next transaction until `ends`."""

    def __init__(self, store: Store) -> None:
        self._store, self._transact = store, store._transact
        self._reached, self._over = threading.Event(), threading.Event()
        store._transact = self._stands  # type: ignore[method-assign]

    def _stands(self, work: Callable[..., Any]) -> Any:
        self._reached.set()
        assert self._over.wait(WAIT_S)
        return self._transact(work)

    async def is_reached(self) -> None:
        """Wait until a transaction stands still."""
        assert await asyncio.to_thread(self._reached.wait, WAIT_S)

    def ends(self) -> None:
        """Let it go on, and everything after it."""
        self._store._transact = self._transact  # type: ignore[method-assign]
        self._over.set()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another connection holds the database, as an operator's sqlite3 would."""
    with closing(sqlite3.connect(folder / "smsc.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Bug(Exception):
    """What a broken decision raises."""


def break_decisions(monkeypatch: pytest.MonkeyPatch, meant: Callable[[Standing, Event], bool]) -> list[Event]:
    """Let the engine raise for the events that are meant; returns those it has raised for."""
    broken: list[Event] = []

    def decide_or_raise(book: Book, standing: Standing, event: Event, now: datetime) -> Decision:
        if meant(standing, event):
            broken.append(event)
            raise Bug("a bug in the engine")
        return decide(book, standing, event, now)

    monkeypatch.setattr(batch_module, "decide", decide_or_raise)
    return broken
