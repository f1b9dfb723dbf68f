"""The rows of the overlay as the command line reads and prints them."""

from __future__ import annotations

from smsc.cli.data import fail, read
from smsc.store.dialect import find_database
from smsc.store.errors import StoreError
from smsc.store.overlay import OverlayRow


def rows_of(url: str) -> list[OverlayRow]:
    """What is in force in a database that is there. Exits with 1 where it is not."""
    try:
        path = find_database(url, readers=1).path
    except StoreError as error:
        fail(str(error))
    if path is not None and not path.exists():
        fail(f"{path}: no database; mend: name the one that smsc serve uses")
    return read(url, lambda reader: reader.overlay.in_force())


def line_of(row: OverlayRow) -> str:
    """A row as it is listed."""
    change = row.change
    said = "  ".join(f"{name}={value!r}" for name, value in change.body.items()) or "taken back"
    return (
        f"{change.version:>4}  {row.at:%Y-%m-%d %H:%M}Z  {change.owner}  {change.kind}  {said}  by {row.by}"
    )
