"""`smsc explain` and `smsc replay`: why something was decided, and what another keywords.yaml would decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from smsc.cli.admin_client import ConfigOption
from smsc.cli.ledger_file import configured, look
from smsc.cli.replay import replay
from smsc.pipeline.explaining import explain as explain_id
from smsc.pipeline.explaining import lately
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store.pages import ID_MAX


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("explain")(explain)
    app.command("replay")(replay)


def explain(
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]", help="of an MO, an MT, an invitation, a refused call or a consent event"
        ),
    ] = None,
    msisdn: Annotated[str, typer.Option(help="list the last of this number, with their ids, instead")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    config: ConfigOption = None,
) -> None:
    """Tell the rule and the record that decided a message or a refused call.

    Exit code 1: nothing has this id; 2: neither an id nor --msisdn, or both.
    """
    if (number is None) == (msisdn == ""):
        raise typer.BadParameter("name an ID, or a number with --msisdn")
    if number is None:
        listed(_number(msisdn), as_json=as_json, config=config)
        return
    found = look(configured(config), lambda r: explain_id(r, number) if 0 < number < ID_MAX else None)
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


def _number(text: str) -> Msisdn:
    try:
        return parse_msisdn(text)
    except BadMsisdn as error:
        raise typer.BadParameter(str(error)) from error


def listed(msisdn: Msisdn, *, as_json: bool, config: Path | None) -> None:
    """The last that was sent, refused or came in of a number, newest first, one a line."""
    found = look(configured(config), lambda r: lately(r, msisdn))
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        how = one.get("state") or one.get("answered") or one.get("taken_for")
        print(f"{one['at']}  {one['id']}  {one['what']} {how}  {one['rule']}: {one['because']}")
