"""What operators decide about numbers: `smsc review`, `smsc block`, `smsc stop-number`, `smsc deactivate`."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
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
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import parse_msisdn

NumberArgument = Annotated[str, typer.Argument(metavar="MSISDN")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    review = typer.Typer(no_args_is_help=True, help="Free texts that may be a stop: list, stop, dismiss.")
    review.command("list")(list_reviews)
    review.command("stop")(stop)
    review.command("dismiss")(dismiss)
    app.add_typer(review, name="review")
    block = typer.Typer(no_args_is_help=True, help="Blocks of numbers: list, set, lift.")
    block.command("list")(list_blocks)
    block.command("set")(set_block)
    block.command("lift")(lift_block)
    app.add_typer(block, name="block")
    app.command("deactivate")(deactivate)
    app.command("optout")(opt_out)


def list_reviews(config: ConfigOption = None, socket: SocketOption = None) -> None:
    """List the texts that wait for a decision, oldest first: MO, time, number, code, campaigns, text."""
    for one in _call(config, socket, "GET", "/review")["review"]:
        campaigns = ", ".join(one["campaigns"]) or "the whole code"
        print(f"{one['mo']}  {one['at'][:19]}Z  {one['msisdn']}  {one['short_code']}  {campaigns}")
        print(f"      {one['text']}")


def stop(
    mo: Annotated[int, typer.Argument(help="the MO's id")],
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Decide that a text is a STOP: the campaigns it concerns end, like by any other STOP."""
    _call(config, socket, "POST", f"/review/{mo}", {"stop": True, "by": getpass.getuser()})
    print(f"{mo}: stopped")


def dismiss(
    mo: Annotated[int, typer.Argument(help="the MO's id")],
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Decide that a text is no STOP."""
    _call(config, socket, "POST", f"/review/{mo}", {"stop": False, "by": getpass.getuser()})
    print(f"{mo}: dismissed")


def list_blocks(
    msisdn: Annotated[str | None, typer.Argument(metavar="MSISDN", help="only this number's")] = None,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """List blocks: number, scope, key, since. Blocks whose number was erased are found by the number only."""
    after = ""
    while True:
        query = f"?msisdn={msisdn}" if msisdn else f"?after={after}"
        found = _call(config, socket, "GET", f"/blocks{query}")["blocks"]
        for one in found:
            print(f"{one['msisdn']}  {one['scope']:<7} {one['key'] or '-':<20} {one['since'][:19]}Z")
        if msisdn or not found or found[-1]["msisdn"] == after:
            return
        after = found[-1]["msisdn"]


def set_block(
    msisdn: NumberArgument,
    scope: Annotated[str, typer.Argument(help="invite, code or store")],
    key: Annotated[
        str, typer.Argument(help="the short code, or the store's campaign; nothing for invite")
    ] = "",
    note: Annotated[str, typer.Option(help="why; kept as evidence")] = "",
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Block a number."""
    _change(config, socket, {"msisdn": msisdn, "scope": scope, "key": key, "note": note, "lift": False})


def lift_block(
    msisdn: NumberArgument,
    scope: Annotated[str, typer.Argument(help="code or store; invite is lifted by its owner only")],
    key: Annotated[str, typer.Argument(help="the short code, or the store's campaign")] = "",
    note: Annotated[str, typer.Option(help="why; kept as evidence")] = "",
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Lift a block. The block for invitations is lifted by its owner in the portal, by nobody else."""
    _change(config, socket, {"msisdn": msisdn, "scope": scope, "key": key, "note": note, "lift": True})


def opt_out(
    msisdn: NumberArgument,
    campaign: Annotated[str, typer.Argument(help="like 543/HOROSKOP; else everything")] = "",
    reason: Annotated[str, typer.Option(help="kept as evidence")] = "",
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """End the opt-ins of a number, with the same effect as its own STOP."""
    body = {"msisdn": msisdn, "campaign": campaign, "reason": reason}
    print(f"ended: {_call(config, socket, 'POST', '/stops', body)['detail']}")


def deactivate(
    file: Annotated[Path, typer.Argument(help="one number in each line; what follows it is ignored")],
    carrier: Annotated[
        str, typer.Option(help="whose file it is: numbers last seen elsewhere are left alone")
    ] = "",
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """End everything of the numbers in a carrier's deactivation file, silently; their evidence is kept.

    Who opts in next with such a number is a new person. Exit code 1: a line is no number.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"smsc: {file}: {error}", err=True)
        raise typer.Exit(2) from error
    ended = unknown = bad = 0
    path = find_socket(config) if socket is None else socket
    try:
        with client(path) as made:
            for place, line in enumerate(lines, 1):
                text = line.partition("#")[0].replace(";", ",").partition(",")[0].strip()
                if not text:
                    continue
                try:
                    number = parse_msisdn(text)
                except BadMsisdn as error:
                    bad += 1
                    typer.echo(f"{file}:{place}: {error}", err=True)
                    continue
                body = {"msisdn": number, "carrier": carrier, "file": file.name}
                done = made.post("/deactivations", json=body).status_code == 200
                ended, unknown = ended + done, unknown + (not done)
    except Unreachable as error:
        raise give_up(error) from error
    print(f"deactivated: {ended}, not ours: {unknown}, no number: {bad}")
    if bad:
        raise typer.Exit(1)


def _change(config: Path | None, socket: Path | None, body: Mapping[str, object]) -> None:
    reason = _call(config, socket, "POST", "/blocks", body)["reason"]
    print("it was so already" if reason == "repeated" else "done")


def _call(
    config: Path | None,
    socket: Path | None,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
) -> Any:
    """One call of the running server; one line on stderr and exit 1 when it refuses or nobody answers."""
    try:
        with client(find_socket(config) if socket is None else socket) as made:
            answer = made.request(method, path, json=body)
    except Unreachable as error:
        raise give_up(error) from error
    if answer.status_code != 200:
        typer.echo(f"smsc: {refusal(answer)}", err=True)
        raise typer.Exit(1)
    return answer.json()
