"""`smsc serve`: the server."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from smsc.app.check import examine
from smsc.app.serve import serve as serve_until_told
from smsc.cli.check import DEFAULT_CONFIG, DEFAULT_KEYWORDS, read_text
from smsc.cli.loop import run
from smsc.keywords import BadFile
from smsc.ops.logs import set_up
from smsc.store import StoreError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve")(serve)


def serve(
    config: Annotated[Path | None, typer.Option(help="smsc.yaml; without it built-in defaults")] = None,
    keywords: Annotated[Path, typer.Option(help="keywords.yaml")] = DEFAULT_KEYWORDS,
) -> None:
    """Serve until SIGTERM, then drain. SIGHUP loads keywords.yaml anew; a bad one leaves the old in force."""
    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    checked = examine(
        "" if used is None else read_text(used),
        read_text(keywords),
        environ=os.environ,
        config_file=str(used or DEFAULT_CONFIG),
        keywords_file=str(keywords),
    )
    for problem in checked.problems:
        typer.echo(str(problem), err=True)
    if checked.errors or checked.config is None:
        raise typer.Exit(1)
    set_up(level=checked.config.logs.level, style=checked.config.logs.format)
    try:
        run(serve_until_told(checked.config, keywords, environ=os.environ))
    except BadFile as error:  # the files are fine: what accounts have changed by API is in the way
        for problem in error.problems:
            typer.echo(f"{problem}", err=True)
        raise typer.Exit(1) from None
    except (OSError, StoreError) as error:
        said = " ".join(str(error).split())  # what comes from a driver may have lines
        typer.echo(f"smsc serve: {said}; mend: {_mend(error)}", err=True)
        raise typer.Exit(1) from None


def _mend(error: OSError | StoreError) -> str:
    """How to go on, where the two files are fine and the machine is in the way."""
    match error:
        case OSError(errno=errno.EADDRINUSE):
            return "stop what listens there (ss -ltnp shows it), or give another port"
        case socket.gaierror() | OSError(errno=errno.EADDRNOTAVAIL | socket.EAI_NONAME):
            return "give an address of this machine, or 0.0.0.0 for all of them"
        case OSError(errno=errno.EACCES | errno.EPERM):
            return "let the server's user do that, or give another port or path"
        case OSError():
            return "see the path or address that it names"
        case _:
            return "see that the database is there and may be used (smsc migrate brings it up to date)"
