"""`smsc dialogue`: does a profile talk as its dialogue says? Played in this process; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from smsc.app.dialogue import Rig, read_dialogue
from smsc.app.own_profiles import all_profiles
from smsc.cli.check import DEFAULT_KEYWORDS, read_text
from smsc.keywords import BadFile
from smsc.keywords.lines import load_yaml, plain


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("dialogue")(dialogue)


def dialogue(
    file: Annotated[Path, typer.Argument(help="the dialogue, as docs/countries.md shows")],
    keywords: Annotated[
        Path | None, typer.Option(help="keywords.yaml with own profiles and short codes; the one here")
    ] = None,
) -> None:
    """Play a dialogue against the configuration and print each line: ok, or what came instead. Nothing is sent.

    Exit code 0: it goes as written; 1: it does not, or a file is wrong; 2: a file cannot be read.
    """
    used = keywords if keywords is not None else (DEFAULT_KEYWORDS if DEFAULT_KEYWORDS.exists() else None)
    try:
        given = _configured("" if used is None else read_text(used), str(used or DEFAULT_KEYWORDS))
        read = read_dialogue(read_text(file), file=str(file))
        rig = Rig(read, own=given.get("profiles"), codes=given.get("short_codes"))
    except BadFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    wrong = 0
    for step, otherwise in rig.lines():
        print(f"{'no' if otherwise else 'ok':<3} {_said(step)}")
        if otherwise:
            wrong += 1
            print(f"    {otherwise}")
    if wrong:
        raise typer.Exit(1)


def _configured(text: str, file: str) -> Mapping[str, Any]:
    """keywords.yaml as plain data, its profiles proved.  Raises: BadFile."""
    tree = plain(load_yaml(text, file=file))
    all_profiles(text, file=file)
    return tree if isinstance(tree, dict) else {}


def _said(step: Mapping[str, str]) -> str:
    return ", ".join(f"{verb}: {said}" for verb, said in step.items())
