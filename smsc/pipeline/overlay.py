"""Changes of the configuration while the server serves: made by API, kept in the store, in force on every node.

A change is judged by the loader of keywords.yaml, together with the file and with all earlier changes; only then it is
committed, and what was judged takes effect as a reload does. Nodes look for the changes of others by the log's version.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smsc.keywords import BadFile, BadKeywords, Problem
from smsc.keywords.overlay import Change
from smsc.pipeline.batch import Line
from smsc.pipeline.calls import Busy
from smsc.store import Reader, Store, StoreUnavailable, Tx
from smsc.store.overlay import OverlayRow, Superseded, after

log = logging.getLogger("smsc.pipeline")

TRIES = 5
"""How often a change is judged anew because another one came first."""
A_DAY_MAX = 200
"""Changes of one account in 24 hours."""


@dataclass(frozen=True, slots=True)
class Source:
    """A keywords.yaml and what is needed to read it."""

    text: str
    file: str
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """A user of a new account; `password` is its slow digest."""

    merchant: str
    user: str
    password: str
    name: str = ""


class UserTaken(Exception):
    """Another account has the user name."""


class TooManyChanges(Exception):
    """The account has changed enough for today."""


Load = Callable[[Source, Sequence[Change]], tuple[Line, Sequence[Problem]]]
"""The line of a file with changes, and every error that `smsc check` finds beyond. Raises: BadKeywords."""
Edit = Callable[[Sequence[OverlayRow]], Sequence[Change]]
"""From what is in force to what shall change; it refuses by raising."""


class Overlay:
    """What accounts have changed, on this node.

    `line` is what is in force at the start; set `on_line` to what puts a later one in force.
    """

    def __init__(
        self,
        store: Store,
        *,
        load: Load,
        line: Line,
        now: Callable[[], datetime],
        source: Source,
        rows: Sequence[OverlayRow] = (),
        version: int = 0,
    ) -> None:
        self._store, self._load, self._now = store, load, now
        self.line = line
        self.on_line: Callable[[Line], None] = lambda line: None
        self._source, self.rows, self._version = source, tuple(rows), version
        self._turn = asyncio.Lock()

    def reload(self, source: Source) -> Line:
        """Put another file in force, the changes kept.  Raises: BadFile; then all stays as it is."""
        line, _ = self._load(source, _changes(self.rows))
        self._source = source
        self._in_force(line)
        return line

    async def change(self, edit: Edit, *, owner: str, by: str, login: Login | None = None) -> None:
        """Judge, commit and put in force what `edit` makes of the rows in force; with `login`, a user with it.

        Raises: BadKeywords: what the loader says against it.  UserTaken, TooManyChanges, Busy, StoreUnavailable;
                what `edit` raises.
        """
        async with self._turn:
            for _ in range(TRIES):
                source = self._source
                version, rows = await self._read(owner)
                now = self._now()
                made = [
                    OverlayRow(replace(change, version=version + place), by, now)
                    for place, change in enumerate(edit(rows), 1)
                ]
                wanted = after(rows, made)
                line = await asyncio.to_thread(self._judged, source, rows, wanted)
                try:
                    await self._store.run(lambda tx: _put(tx, made, login, now))  # noqa: B023
                except Superseded:
                    continue
                self._take(source, line, wanted, version + len(made))
                log.info("overlay changed", extra={"event": "overlay", "by": by, "version": self._version})
                return
        raise Busy("others change the configuration as well")

    async def refresh(self) -> bool:
        """Put in force what others have changed; whether there was anything. What does not load is told once."""
        version = await self._store.read(lambda reader: reader.overlay.latest())
        if version == self._version:
            return False
        async with self._turn:
            source = self._source
            version, rows = await self._store.read(state_of)
            try:
                line, _ = await asyncio.to_thread(self._load, source, _changes(rows))
            except BadFile as error:
                self._version = version
                log.error("overlay not loaded", extra={"event": "overlay_failed", "error": str(error)})
                return False
            self._take(source, line, rows, version)
        return True

    async def follow(self, every_s: float) -> None:
        """Refresh for ever."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.refresh()
            except StoreUnavailable as error:
                log.warning("overlay not read", extra={"event": "overlay_unread", "error": str(error)})

    async def _read(self, owner: str) -> tuple[int, list[OverlayRow]]:
        since = self._now() - timedelta(days=1)

        def work(reader: Reader) -> tuple[int, list[OverlayRow], int]:
            return *state_of(reader), reader.overlay.made_since(owner, since)

        version, rows, made = await self._store.read(work)
        if made >= A_DAY_MAX:
            raise TooManyChanges(f"{A_DAY_MAX} changes in 24 hours are the limit")
        return version, rows

    def _judged(self, source: Source, rows: Sequence[OverlayRow], wanted: Sequence[OverlayRow]) -> Line:
        """The line of `wanted`.  Raises: BadKeywords: it has an error that `rows` have not."""
        _, before = self._load(source, _changes(rows))
        line, found = self._load(source, _changes(wanted))
        known = {(one.rule, one.message) for one in before}
        if new := [one for one in found if (one.rule, one.message) not in known]:
            raise BadKeywords(new)
        return line

    def _take(self, source: Source, line: Line, rows: Sequence[OverlayRow], version: int) -> None:
        self.rows, self._version = tuple(rows), version
        if source is self._source:
            self._in_force(line)
            return
        try:  # the file was reloaded meanwhile
            self.reload(self._source)
        except BadFile as error:
            log.error("overlay not loaded", extra={"event": "overlay_failed", "error": str(error)})

    def _in_force(self, line: Line) -> None:
        self.line = line
        self.on_line(line)


def state_of(reader: Reader) -> tuple[int, list[OverlayRow]]:
    """The log's version and what is in force."""
    return reader.overlay.latest(), reader.overlay.in_force()


def _changes(rows: Sequence[OverlayRow]) -> list[Change]:
    return [row.change for row in rows]


def _put(tx: Tx, made: Sequence[OverlayRow], login: Login | None, now: datetime) -> None:
    tx.overlay.put(made)
    if login is not None and not tx.create_login(
        login.merchant, now, user=login.user, password=login.password, name=login.name
    ):
        raise UserTaken(login.user)
