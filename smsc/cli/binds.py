"""`smsc binds`: what every bind of the running server is doing, for people, programs and Nagios."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from smsc.cli.check import DEFAULT_CONFIG, read_text
from smsc.config import BadConfig, load_config
from smsc.http.admin import socket_path

TIMEOUT_S = 5.0
BOUND = "bound"

Row = Mapping[str, Any]


class Nagios(IntEnum):
    """Exit codes of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes")."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Unreachable(Exception):
    """No server answers on the admin socket."""


class _AnySecret(Mapping[str, str]):
    """The environment, with a stand-in for secrets that this shell lacks: binds needs none of them."""

    def __contains__(self, name: object) -> bool:
        return name in os.environ or not str(name).startswith("SMSC_")

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name, "unknown")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


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
    config: Annotated[Path | None, typer.Option(help="smsc.yaml; the one here, else defaults")] = None,
    socket: Annotated[Path | None, typer.Option(help="the admin socket; else beside the database")] = None,
) -> None:
    """Show every bind of the running server.

    Exit code 0: shown; 1: no server answers. With --check: 0 all are bound, 1 some are not, 2 a carrier has none,
    3 no server answers or no bind is configured.
    """
    path = socket or _socket(config, check=check)
    try:
        rows = fetch(path)
    except Unreachable as error:
        if check:
            print(f"SMSC UNKNOWN - {error}")
            raise typer.Exit(Nagios.UNKNOWN) from error
        typer.echo(f"{error}; mend: start smsc serve, or name its socket with --socket", err=True)
        raise typer.Exit(1) from error
    if check:
        code, line = judge(rows)
        print(line)
        raise typer.Exit(code)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        _console().print(table(rows, now=datetime.now(UTC)))


def _socket(config: Path | None, *, check: bool) -> Path:
    """Where the configuration puts the admin socket."""
    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    text = "" if used is None else read_text(used)
    try:
        loaded = load_config(text, file=str(used or DEFAULT_CONFIG), environ=_AnySecret())
    except BadConfig as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(Nagios.UNKNOWN if check else 1) from error
    return Path(loaded.admin_socket) if loaded.admin_socket else socket_path(loaded.database)


def fetch(path: Path) -> list[Row]:
    """The rows of the server behind the admin socket.

    Raises: Unreachable.
    """
    if not path.is_socket():
        raise Unreachable(f"{path}: no server answers (no such socket)")
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(
        transport=transport, base_url="http://smsc", timeout=TIMEOUT_S, trust_env=False
    ) as client:
        try:
            answer = client.get("/binds")
            answer.raise_for_status()
            rows: list[Row] = answer.json()["binds"]
        except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
            raise Unreachable(f"{path}: no server answers ({error})") from error
    return rows


def judge(rows: Sequence[Row]) -> tuple[Nagios, str]:
    """The exit code and the plugin line with perfdata for these rows.

    Source: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios" and "Performance data".
    """
    if not rows:
        return Nagios.UNKNOWN, "SMSC UNKNOWN - no bind is configured"
    up = [row for row in rows if row["state"] == BOUND]
    carriers = {row["carrier"] for row in rows}
    dark = sorted(carriers - {row["carrier"] for row in up})
    code = Nagios.CRITICAL if dark else Nagios.OK if len(up) == len(rows) else Nagios.WARNING
    text = f"{len(up)} of {len(rows)} sessions bound"
    if dark:
        text += f", none to {', '.join(dark)}"
    elif down := [f"{_name(row)} {row['state']}" for row in rows if row["state"] != BOUND]:
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
    made.add_column("errors and last reason", overflow="fold")
    for row in rows:
        colour = "green" if row["state"] == BOUND else "red"
        rtt = row["round_trip_ms"]
        errors = [f"{name} {count}" for name, count in row["errors"].items()]
        reason = [row["last_reason"]] if row["last_reason"] and row["state"] != BOUND else []
        made.add_row(
            _name(row),
            str(row["carrier"]),
            f"[{colour}]{row['state']}[/]",
            ago(row["since"], now=now),
            str(row["system_id"]),
            f"{row['mode']}, we {row['direction']}",
            str(row["peer"]),
            f"{row['window_in_use']}/{row['window_size']}",
            str(row["pdus_in"]),
            str(row["pdus_out"]),
            "" if rtt is None else f"{rtt:.1f}",
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
