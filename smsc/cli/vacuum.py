"""`smsc vacuum`: nothing that was erased stays in the free space of the database."""

from __future__ import annotations

import typer

from smsc.cli.admin_client import ConfigOption
from smsc.cli.ledger_file import configured
from smsc.store import StoreError, compact


def vacuum(config: ConfigOption = None) -> None:
    """Rewrite the SQLite database, so that nothing that was erased is left in its free space. For a quiet hour.

    The server may run: whoever would write meanwhile is asked to come again. Exit code 1: it could not be done.
    """
    try:
        octets = compact(configured(config).database)
    except StoreError as error:
        typer.echo(f"smsc: {str(error).partition(chr(10))[0]}", err=True)
        raise typer.Exit(1) from error
    print(f"rewritten: {octets} octets")
