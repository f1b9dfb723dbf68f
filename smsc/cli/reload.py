"""`smsc reload`: keywords.yaml anew in the running server, without touching a bind."""

from __future__ import annotations

import typer

from smsc.cli.admin_client import ConfigOption, SocketOption, Unreachable, client, find_socket, give_up

TIMEOUT_S = 60.0


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("reload")(reload)


def reload(config: ConfigOption = None, socket: SocketOption = None) -> None:
    """Load keywords.yaml anew in the running server. No bind is touched.

    Exit code 0: in force; 1: something is wrong with the file, or no server answers: the old one stays in force.
    """
    try:
        with client(socket or find_socket(config), timeout_s=TIMEOUT_S) as server:
            answer = server.post("/reload")
    except Unreachable as error:
        raise give_up(error) from error
    said = answer.json()
    if answer.is_error:
        typer.echo(f"{said['detail']}\nnot loaded: the old keywords stay in force", err=True)
        raise typer.Exit(1)
    print(f"loaded: {said['loaded']}")
