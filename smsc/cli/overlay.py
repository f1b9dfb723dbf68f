"""`smsc overlay`: what accounts have changed by API beside keywords.yaml; list it, take a change back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from smsc.cli.data import ConfigOption, DatabaseOption, fail, read, url_of, write
from smsc.cli.overlay_rows import line_of
from smsc.keywords.overlay import STORE, Change
from smsc.store import Reader, Tx
from smsc.store.overlay import OverlayRow, Superseded

LOG_MAX = 1000


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="What accounts have changed by API beside keywords.yaml.")
    verbs.command("list")(list_)
    verbs.command("remove")(remove)
    app.add_typer(verbs, name="overlay")


def list_(
    config: ConfigOption = None,
    database: DatabaseOption = None,
    log: Annotated[
        bool, typer.Option("--log", help="every change, newest first, also those taken back")
    ] = False,
) -> None:
    """List what is in force: row, when, who, kind, owner, name, and what it says."""

    def work(reader: Reader) -> list[OverlayRow]:
        return reader.overlay.log(limit=LOG_MAX) if log else reader.overlay.in_force()

    for row in read(url_of(config, database), work):
        print(line_of(row))


def remove(
    row: Annotated[int, typer.Argument(help="the number of a row in force, as smsc overlay list shows it")],
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take a change back, and with a store all that was changed in it. Servers notice within seconds.

    Exit code 1: no such row is in force.
    """
    now = datetime.now(UTC)

    def work(tx: Tx) -> list[OverlayRow]:
        rows = tx.overlay.in_force()
        first = next((one for one in rows if one.change.version == row), None)
        if first is None:
            return []
        gone = [
            first,
            *(one for one in rows if first.change.kind == STORE and one.change.owner == first.change.name),
        ]
        latest = tx.overlay.latest()
        taken = [_taken(one.change, latest + n) for n, one in enumerate(gone, 1)]
        tx.overlay.put([OverlayRow(change, "smsc overlay remove", now) for change in taken])
        return gone

    try:
        gone = write(url_of(config, database), work)
    except Superseded:
        fail("another change came at the same moment: try again")
    if not gone:
        fail(f"no row {row} is in force: see smsc overlay list")
    for one in gone:
        print(f"removed: {line_of(one)}")


def _taken(change: Change, version: int) -> Change:
    return replace(change, body={}, version=version)
