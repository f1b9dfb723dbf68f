"""`smsc callbacks`: what merchants were not told, and telling it again."""

from __future__ import annotations

from typing import Annotated, Any

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

MerchantArgument = Annotated[str, typer.Argument(metavar="MERCHANT")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    callbacks = typer.Typer(no_args_is_help=True, help="Callbacks of merchants: list, show, replay, enable.")
    callbacks.command("list")(list_callbacks)
    callbacks.command("show")(show)
    callbacks.command("replay")(replay)
    callbacks.command("enable")(enable)
    app.add_typer(callbacks, name="callbacks")


def list_callbacks(
    merchant: Annotated[str, typer.Argument(metavar="[MERCHANT]")] = "",
    state: Annotated[str, typer.Option(help="due, delivered, parked or replay")] = "parked",
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """List callbacks, oldest first (parked ones unless told otherwise), after endpoints that are off or resting."""
    after, first = "0", True
    while True:
        given = f"?merchant={merchant}&state={state}&after={after}"
        found = _call(config, socket, "GET", f"/callbacks{given}")
        for one in found["endpoints"] if first else ():
            when = one.get("since") or one.get("until")
            print(f"{one['merchant']}: {one['state']} {'since' if 'since' in one else 'until'} {when[:19]}Z")
        first = False
        for one in found["callbacks"]:
            print(
                f"{one['id']}  {one['created_at'][:19]}Z  {one['merchant']}  {one['kind']:<10} {one['msisdn']}"
                f"  {one['state']}  attempts {one['attempts']}  {one['last_error']}".rstrip()
            )
        if not found["callbacks"]:
            return
        after = found["callbacks"][-1]["id"]


def show(
    id: Annotated[int, typer.Argument(help="the callback's id")],
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Show one callback with its last attempts."""
    one = _call(config, socket, "GET", f"/callbacks/{id}")
    print(f"{one['id']}  {one['merchant']}  {one['kind']}  {one['msisdn']}  {one['state']}")
    for attempt in one["last_attempts"]:
        said = attempt["error"] or f"HTTP {attempt['status']}"
        print(f"  {attempt['at'][:19]}Z  {attempt['took_ms']} ms  {said}")


def replay(
    merchant: MerchantArgument,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="all parked ones without")
    ] = None,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Post parked callbacks of a merchant again, oldest first; their 72 hours begin anew."""
    body: dict[str, Any] = {"merchant": merchant} | ({"ids": [str(i) for i in ids]} if ids else {})
    done = _call(config, socket, "POST", "/callbacks/replay", body)
    print(f"{merchant}: {done['replayed']} to be told again")


def enable(merchant: MerchantArgument, config: ConfigOption = None, socket: SocketOption = None) -> None:
    """Tell an endpoint again that was disabled because it answered 410."""
    done = _call(config, socket, "POST", "/callbacks/enable", {"merchant": merchant})
    print(f"{merchant}: {'enabled; replay what is parked' if done['enabled'] else 'was not disabled'}")


def _call(config: Any, socket: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        with client(find_socket(config) if socket is None else socket) as server:
            answer = server.request(method, path, json=body)
    except Unreachable as error:
        raise give_up(error) from error
    if answer.is_error:
        typer.echo(f"{refusal(answer)}; mend: see smsc callbacks --help", err=True)
        raise typer.Exit(1)
    return answer.json()
