"""`smsc explain` and `smsc replay`: why something was decided, and what another keywords.yaml would decide."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from smsc.app.carriers import profiles_of
from smsc.app.line import load_line
from smsc.app.replay import Difference, compare
from smsc.cli.admin_client import ConfigOption
from smsc.cli.check import read_text
from smsc.cli.ledger_file import configured, look
from smsc.keywords import BadKeywords
from smsc.optin import BadProfiles
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


def replay(
    keywords: Annotated[Path, typer.Option(help="the changed keywords.yaml")],
    last: Annotated[int, typer.Option(help="how many of the newest MOs", min=1, max=1_000_000)] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object in each line")] = False,
    config: ConfigOption = None,
) -> None:
    """Run stored MOs against a changed keywords.yaml and show what would be taken for something else. Sends nothing.

    Exit code 0: nothing would differ; 1: something would, or the file is wrong.
    """
    loaded = configured(config)
    try:
        line = load_line(read_text(keywords), profiles_of(loaded), file=str(keywords), environ=os.environ)
    except (BadKeywords, BadProfiles) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    seen, differences = look(loaded, lambda r: compare(r, line.table, last=last))
    for one in differences:
        print(_json(one) if as_json else _line(one))
    if not as_json:
        print(f"{seen} MOs, {len(differences)} would be taken for something else")
    if differences:
        raise typer.Exit(1)


def _json(one: Difference) -> str:
    return json.dumps({"mo": str(one.mo), "text": one.text, "was": one.was, "would_be": one.would_be})


def _line(one: Difference) -> str:
    return f"{one.mo}  {one.short_code}  {one.text!r}: {one.was} -> {one.would_be}"
