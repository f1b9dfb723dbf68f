"""The command line: one file for each family of verbs.

Exit codes: 0 fine, 1 what was checked is wrong, 2 bad usage. Errors are one line on stderr: what, where, how to mend.
"""

from __future__ import annotations

import typer

from smsc.cli import (
    bench,
    bind,
    binds,
    callbacks,
    check,
    consent,
    data,
    explain,
    probe,
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
):
    family.register(app)


def main() -> None:
    """The console script."""
    app()
