"""`smsc top`: binds and queues of the running server, live."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from smsc.cli.admin_client import ConfigOption, SocketOption, Unreachable, client, find_socket, give_up
from smsc.cli.binds import BOUND, Row, ago

Queues = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("top")(top)


def top(
    every_s: Annotated[
        float, typer.Option("--every", help="seconds from one look to the next", min=0.2)
    ] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="look once and end")] = False,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Show binds and queues live, with PDUs a second in and out, until Ctrl-C. Exit code 1: no server answers."""
    path = socket or find_socket(config)
    rates = Rates()
    console = Console() if Console().is_terminal else Console(width=160)
    try:
        with client(path) as server, Live(console=console, auto_refresh=False, transient=once) as live:
            while True:
                rows = server.get("/binds").raise_for_status().json()["binds"]
                queues = server.get("/queues").raise_for_status().json()
                view = screen(rows, queues, rates.of(rows, time.monotonic()), now=datetime.now(UTC))
                live.update(view, refresh=True)
                if once:
                    break
                time.sleep(every_s)
        console.print(view)
    except Unreachable as error:
        raise give_up(error) from error
    except KeyboardInterrupt:
        return


class Rates:
    """PDUs a second since the last look."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[float, int, int]] = {}

    def of(self, rows: Sequence[Row], now: float) -> dict[str, tuple[float, float]]:
        """(in, out) by session; nothing for one that is seen for the first time."""
        rates: dict[str, tuple[float, float]] = {}
        for row in rows:
            key, pdus_in, pdus_out = _key(row), int(row["pdus_in"]), int(row["pdus_out"])
            if key in self._before:
                then, was_in, was_out = self._before[key]
                span_s = max(now - then, 1e-6)
                rates[key] = ((pdus_in - was_in) / span_s, (pdus_out - was_out) / span_s)
            self._before[key] = (now, pdus_in, pdus_out)
        return rates


def _key(row: Row) -> str:
    return f"{row['name']} {row['direction']} {row['session']}"


def screen(
    rows: Sequence[Row], queues: Queues, rates: Mapping[str, tuple[float, float]], *, now: datetime
) -> Group:
    """Everything at a glance."""
    up = sum(row["state"] == BOUND for row in rows)
    head = f"smsc  {now:%H:%M:%S} UTC  {up} of {len(rows)} sessions bound"
    made = Table(box=box.SIMPLE, header_style="bold", pad_edge=False)
    for heading in ("bind", "carrier", "state", "for"):
        made.add_column(heading, no_wrap=True)
    for heading in ("window", "in/s", "out/s", "rate", "rtt ms", "throttled"):
        made.add_column(heading, justify="right")
    made.add_column("errors, last reason", overflow="fold")
    for row in rows:
        rate_in, rate_out = rates.get(_key(row), (0.0, 0.0))
        made.add_row(
            f"{row['name']}/{row['session']}",
            str(row["carrier"]),
            _state(row),
            ago(row["since"], now=now),
            f"{row['window_in_use']}/{row['window_size']}",
            f"{rate_in:.1f}",
            f"{rate_out:.1f}",
            "" if row["rate"] is None else f"{row['rate']:g}",
            "" if row["round_trip_ms"] is None else f"{row['round_trip_ms']:.1f}",
            str(row["throttled"] or ""),
            ", ".join([*(f"{name} {n}" for name, n in row["errors"].items()), *_reason(row)]),
        )
    return Group(Text(head, style="bold"), made, _queues(queues))


def _state(row: Row) -> Text:
    words = f"{row['state']} ({row['held']})" if row["held"] else str(row["state"])
    return Text(words, style="green" if row["state"] == BOUND and not row["held"] else "red")


def _reason(row: Row) -> list[str]:
    return [row["last_reason"]] if row["last_reason"] and row["state"] != BOUND else []


def _queues(queues: Queues) -> Table:
    made = Table(box=box.SIMPLE, header_style="bold", pad_edge=False)
    made.add_column("waits")
    made.add_column("number", justify="right")
    for waiting in queues.get("mts", ()):
        made.add_row(f"MTs {waiting['state']} to {waiting['carrier']}", str(waiting["number"]))
    for name in ("callbacks_due", "callbacks_parked", "timers", "mos_parked"):
        if name in queues:
            made.add_row(name.replace("_", " "), str(queues[name]))
    return made
