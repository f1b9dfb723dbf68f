"""The command line: one file for each family of verbs.

Exit codes: 0 fine, 1 what was checked is wrong, 2 bad usage. Errors are one line on stderr: what, where, how to mend.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from smsc.cli import (
    bench,
    bind,
    binds,
    callbacks,
    check,
    consent,
    data,
    dialogue,
    explain,
    overlay,
    probe,
    reload,
    review,
    serve,
    sim,
    top,
    trace,
)

app = typer.Typer(
    name="smsc",
    help="A carrier-facing SMPP short-code server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for family in (
    bench,
    serve,
    check,
    data,
    binds,
    bind,
    top,
    trace,
    probe,
    sim,
    consent,
    review,
    explain,
    callbacks,
    overlay,
    reload,
    dialogue,
):
    family.register(app)


Usage: type[Any] = typer.BadParameter.__bases__[0]
"""What typer raises for bad usage: click's exception, or its own copy of it."""


def main() -> None:
    """The console script. Bad usage is one line, as every other error is."""
    try:
        code = app(standalone_mode=False)
    except Usage as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group of verbs without a verb: its help
            typer.echo(error.format_message(), err=True)
            sys.exit(2)
        path = error.ctx.command_path if error.ctx is not None else "smsc"
        said = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
        typer.echo(f"{path}: {said}; mend: see {path} --help", err=True)
        sys.exit(2)
    except typer.Abort:
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
