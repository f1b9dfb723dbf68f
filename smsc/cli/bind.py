"""`smsc bind NAME VERB`: one bind of the running server is started, stopped, drained, suspended, isolated, resumed."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from smsc.cli.admin_client import (
    ConfigOption,
    SocketOption,
    Unreachable,
    client,
    find_socket,
    give_up,
    refusal,
)
from smsc.link import Verb

DRAIN_S_MAX = 120.0
"""A drain takes as long as the carrier takes to answer, up to the server's drain_s."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("bind")(bind)


def bind(
    name: Annotated[str, typer.Argument(help="the bind's name, see smsc binds")],
    verb: Annotated[Verb, typer.Argument(help="what to do to it")],
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Turn one bind while the rest runs.

    start: dial again, or let the carrier in again. stop: unbind at once. drain: await the open window, then unbind.
    suspend: send no MT. isolate: answer what the carrier brings with "try again". resume: end suspend and isolate.
    The state lasts until the server stops. Exit code 0: done; 1: no server answers, or no such bind.
    """
    try:
        with client(socket or find_socket(config), timeout_s=DRAIN_S_MAX) as server:
            answer = server.post(f"/binds/{quote(name, safe='')}/{verb.value}")
    except Unreachable as error:
        raise give_up(error) from error
    if answer.is_error:
        typer.echo(f"smsc bind: {name}: {refusal(answer)}", err=True)
        raise typer.Exit(1)
    print(f"{name}: {verb.value} done")
