"""`smsc binds`: what every bind of the running server is doing, for people, programs and Nagios."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from smsc.cli.admin_client import ConfigOption, SocketOption, Unreachable, client, find_socket, give_up

BOUND = "bound"
MAINTENANCE = "maintenance"

Row = Mapping[str, Any]


class Nagios(IntEnum):
    """Exit codes of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes")."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("binds")(binds)


def binds(
    as_json: Annotated[
        bool, typer.Option("--json", help="one JSON array, a member for each session")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="a line, perfdata and exit codes for Nagios")
    ] = False,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Show every bind of the running server.

    Exit code 0: shown; 1: no server answers. With --check: 0 all are bound, 1 some are not, 2 a carrier has none,
    3 no server answers or no bind is configured.
    """
    path = socket or find_socket(config, bad_exit=Nagios.UNKNOWN if check else 1)
    try:
        rows = fetch(path)
    except Unreachable as error:
        if check:
            print(f"SMSC UNKNOWN - {error}")
            raise typer.Exit(Nagios.UNKNOWN) from error
        raise give_up(error) from error
    if check:
        code, line = judge(rows)
        print(line)
        raise typer.Exit(code)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        _console().print(table(rows, now=datetime.now(UTC)))


def fetch(path: Path) -> list[Row]:
    """The rows of the server behind the admin socket.

    Raises: Unreachable.
    """
    with client(path) as server:
        answer = server.get("/binds").raise_for_status()
    try:
        rows: list[Row] = answer.json()["binds"]
    except (ValueError, KeyError) as error:
        raise Unreachable(f"{path}: no server answers ({error})") from error
    return rows


def judge(rows: Sequence[Row]) -> tuple[Nagios, str]:
    """The exit code and the plugin line with perfdata for these rows.

    Source: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios" and "Performance data".
    """
    if not rows:
        return Nagios.UNKNOWN, "SMSC UNKNOWN - no bind is configured"
    up = [row for row in rows if row["state"] == BOUND]
    missed = [row for row in rows if row["state"] not in (BOUND, MAINTENANCE)]
    dark = sorted({row["carrier"] for row in missed} - {row["carrier"] for row in up})
    held = [f"{_name(row)} {row['held']}" for row in rows if row.get("held")]
    code = Nagios.CRITICAL if dark else Nagios.WARNING if missed or held else Nagios.OK
    text = f"{len(up)} of {len(rows)} sessions bound"
    if dark:
        text += f", none to {', '.join(dark)}"
    elif down := [*(f"{_name(row)} {row['state']}" for row in rows if row["state"] != BOUND), *held]:
        text += f", {', '.join(down)}"
    perfdata = [f"bound={len(up)};;;0;{len(rows)}"]
    perfdata += [f"'{_name(row)} window'={row['window_in_use']};;;0;{row['window_size']}" for row in rows]
    perfdata += [
        f"'{_name(row)} rtt'={row['round_trip_ms']:.1f}ms" for row in up if row["round_trip_ms"] is not None
    ]
    return code, f"SMSC {code.name} - {_plain(text)} | {' '.join(perfdata)}"


def _name(row: Row) -> str:
    return f"{row['name']}/{row['session']}".replace("'", "").replace("=", "")


def _plain(text: str) -> str:
    """Without the bar that begins perfdata and the line ends that begin long output."""
    return text.replace("|", "/").replace("\n", " ")


def _console() -> Console:
    """On a terminal its own width; in a pipe wide enough that no cell is cut."""
    return Console() if Console().is_terminal else Console(width=240)


def table(rows: Sequence[Row], *, now: datetime) -> Table:
    """The rows as a table."""
    made = Table(box=box.SIMPLE, header_style="bold", pad_edge=False)
    for heading in ("bind", "carrier", "state", "for", "system_id", "mode", "peer"):
        made.add_column(heading, no_wrap=heading in ("bind", "state", "for"))
    for heading in ("window", "in", "out", "rtt ms"):
        made.add_column(heading, justify="right")
    made.add_column("receipt ids")
    made.add_column("errors and last reason", overflow="fold")
    for row in rows:
        colour = "green" if row["state"] == BOUND else "red"
        rtt = row["round_trip_ms"]
        errors = [f"{name} {count}" for name, count in row["errors"].items()]
        reason = [row["last_reason"]] if row["last_reason"] and row["state"] != BOUND else []
        made.add_row(
            _name(row),
            str(row["carrier"]),
            f"[{colour}]{row['state']}[/]" + (f" ({row['held']})" if row.get("held") else ""),
            ago(row["since"], now=now),
            str(row["system_id"]),
            f"{row['mode']}, we {row['direction']}",
            str(row["peer"]),
            f"{row['window_in_use']}/{row['window_size']}",
            str(row["pdus_in"]),
            str(row["pdus_out"]),
            "" if rtt is None else f"{rtt:.1f}",
            str(row.get("receipt_ids", "")),
            ", ".join(errors + reason),
        )
    return made


def ago(since: str, *, now: datetime) -> str:
    """How long ago an ISO 8601 time was: "42 s", "7 min", "3 h 5 min", "12 d"."""
    seconds = max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    if seconds < 2 * 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} d"
