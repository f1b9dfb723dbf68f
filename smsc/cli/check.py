"""`smsc check`: is what people wrote in smsc.yaml and keywords.yaml right?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from smsc.app.check import Checked, examine
from smsc.cli.overlay_rows import line_of, rows_of
from smsc.config import config_schema
from smsc.keywords import BadFile, keywords_schema
from smsc.keywords.lines import decoded

DEFAULT_CONFIG = Path("smsc.yaml")
DEFAULT_KEYWORDS = Path("keywords.yaml")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("check")(check)


def check(
    config: Annotated[Path | None, typer.Option(help="smsc.yaml; without it built-in defaults")] = None,
    keywords: Annotated[Path, typer.Option(help="keywords.yaml")] = DEFAULT_KEYWORDS,
    database: Annotated[
        str | None,
        typer.Option(help="also what accounts have changed by API: sqlite:///smsc.db, postgresql://..."),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schemas of both files")] = False,
) -> None:
    """Check smsc.yaml and keywords.yaml: every fault with file, line, rule and how to mend it.

    Exit code 0: fine (warnings are said); 1: something is wrong; 2: a file cannot be read.
    """
    if schema:
        print(json.dumps({"smsc.yaml": config_schema(), "keywords.yaml": keywords_schema()}, indent=2))
        return
    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    rows = [] if database is None else rows_of(database)
    checked = examine(
        None if used is None else read_text(used),
        read_text(keywords),
        environ=os.environ,
        config_file=str(used or DEFAULT_CONFIG),
        keywords_file=str(keywords),
        overlay=[row.change for row in rows],
    )
    for row in rows:
        print(f"overlay row {line_of(row)}")
    for problem in checked.problems:
        typer.echo(str(problem), err=True)
    if checked.errors:
        raise typer.Exit(1)
    print(_fine(checked, used))


def read_text(path: Path) -> str:
    """The text of a file; one line on stderr, and exit code 2 when it cannot be had, 1 when it is no text."""
    try:
        octets = path.read_bytes()
        return decoded(octets, file=str(path))
    except BadFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        reason = f"{error.strerror or error}; mend: name the file, see smsc check --help"
    typer.echo(f"{path}: {reason}", err=True)
    raise typer.Exit(2)


def _fine(checked: Checked, config: Path | None) -> str:
    table = checked.table
    sizes = (
        {}
        if table is None
        else {"short codes": table.codes, "merchants": table.merchants, "campaigns": table.campaigns}
    )
    counts = ", ".join(f"{len(one)} {name}" for name, one in sizes.items())
    if config is None or checked.config is None:
        return f"ok: {counts}; no smsc.yaml, so built-in defaults and carriers unchecked"
    return f"ok: {counts}, {len(checked.config.carriers)} carriers"
