"""`smsc explain` and `smsc replay`: why something was decided, and what another keywords.yaml would decide."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from smsc.cli.admin_client import ConfigOption
from smsc.cli.ledger_file import configured, look
from smsc.cli.replay import replay
from smsc.pipeline.explaining import explain as explain_id


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("explain")(explain)
    app.command("replay")(replay)


def explain(
    number: Annotated[int, typer.Argument(metavar="ID", help="of an MO, an MT or an invitation")],
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    config: ConfigOption = None,
) -> None:
    """Tell the rule and the record that decided a message. Exit code 1: nothing has this id."""
    found = look(configured(config), lambda r: explain_id(r, number))
    if found is None:
        typer.echo(f"smsc: nothing has the id {number}", err=True)
        raise typer.Exit(1)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for name, value in found.items():
        if isinstance(value, list):
            for one in value:
                print(f"{name:<12} " + ", ".join(f"{k} {v}" for k, v in one.items()))
        elif value not in (None, ""):
            print(f"{name:<12} {value}")
