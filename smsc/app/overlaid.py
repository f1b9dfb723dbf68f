"""The configuration in force: keywords.yaml with what accounts have changed, read from the store at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from smsc.app.check import cross_problems
from smsc.app.line import load_line
from smsc.config import Config
from smsc.keywords import Problem, Severity
from smsc.keywords.overlay import Change
from smsc.keywords.tenants import RULE as ANOTHERS_TEXTS
from smsc.pipeline.batch import Line
from smsc.pipeline.overlay import Overlay, Source, state_of
from smsc.store import Store


async def overlay_of(
    store: Store, config: Config, line: Line, *, source: Source, now: Callable[[], datetime]
) -> Overlay:
    """The overlay of a database over `line`, which is the file's alone.

    Raises: BadKeywords: the file collides with it.  StoreUnavailable.
    """
    carriers = line.carriers

    def load(source: Source, changes: Sequence[Change]) -> tuple[Line, Sequence[Problem]]:
        made = load_line(source.text, carriers, file=source.file, environ=source.environ, overlay=changes)
        found = cross_problems(made.book, made.table, config, file=source.file)
        errors = [one for one in found if one.severity is Severity.ERROR]
        # the file may take another account's texts with a warning; a change by API may not
        return made, errors + [one for one in made.table.warnings if one.rule == ANOTHERS_TEXTS]

    version, rows = await store.read(state_of)
    if rows:
        line, _ = await asyncio.to_thread(load, source, [row.change for row in rows])
    return Overlay(store, load=load, line=line, now=now, source=source, rows=rows, version=version)
