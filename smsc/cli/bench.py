"""`smsc bench`: one figure for a whole server on this machine, the load and the server as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Annotated, Any

import typer

STOP_S = 30.0

KEYWORDS = """\
short_codes:
  "543": {country: CH, role: premium, carriers: [helvetia], stop_scope: all, unknown_reply: "Hilfe: HELP"}
merchants:
  astro: {name: Astro AG, hotline: "0800 123 456"}
campaigns:
  - keyword: HOROSKOP
    short_code: "543"
    merchant: astro
    profile: ch-mo
    language: de
    price: "3.00"
    currency: CHF
    frequency: {messages: 5, per: week}
"""

SETTINGS = """\
database: "DATABASE"
http: {listen: "127.0.0.1:0"}
admin_socket: "FOLDER/smsc.admin"
logs: {level: warning}
carriers:
  helvetia:
    country: CH
    networks: ["22801"]
    prefixes: ["41"]
    tariffs: {"CHF 0.00": {service_type: FREE}, "CHF 3.00": {tlv: {0x1401: "0300"}}}
    binds:
      - {address: "ADDRESS", system_id: bench, password: bench, sessions: SESSIONS, window: 100}
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("bench")(bench)


def bench(
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="MOs in all")] = 20_000,
    window: Annotated[int, typer.Option(min=1, max=10_000, help="MOs outstanding in a session")] = 100,
    text: Annotated[str, typer.Option(help="what every handset texts; HELP or HOROSKOP")] = "HELP",
    sessions: Annotated[int, typer.Option(min=1, max=16)] = 1,
    rate: Annotated[float, typer.Option(min=0, help="MOs a second; 0: as the window allows")] = 0,
    receipts: Annotated[bool, typer.Option("--receipts", help="a delivery receipt for every MT")] = False,
    database: Annotated[str, typer.Option(help="another database; default a fresh SQLite file")] = "",
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Start a server on a fresh SQLite file, put the load on it, print pairs/s. Exit 0: every pair came back."""
    options = ["--count", count, "--window", window, "--text", text, "--sessions", sessions, "--rate", rate]
    words = [str(o) for o in options] + (["--receipts"] if receipts else [])
    with tempfile.TemporaryDirectory(prefix="smsc-bench-") as name:
        folder = Path(name)
        with (folder / "server.log").open("w+", encoding="utf-8") as log:
            figures = measure(folder, log, words=words, sessions=sessions, database=database)
            if figures is None:
                log.seek(0)
                typer.echo("".join(log.readlines()[-20:]) or "smsc bench: the server ended", err=True)
                raise typer.Exit(1)
    typer.echo(json.dumps(figures) if json_ else told(figures))
    if figures["acked"] < count or figures["answered"] < count:
        raise typer.Exit(1)


def told(figures: dict[str, Any]) -> str:
    """The figures for people. CPU is the server's, user and system."""
    pairs = max(1, figures["answered"])
    return (
        f"{figures['pairs_per_s']:.0f} pairs/s: {figures['acked']} of {figures['count']} MOs acked, "
        f"{figures['answered']} answered in {figures['seconds']:.2f} s; "
        f"ack p50 {figures['ack_p50_ms']:.1f} ms, p99 {figures['ack_p99_ms']:.1f} ms; "
        f"server CPU {figures['server_cpu_s'] / pairs * 1000:.3f} s per 1,000"
    )


def measure(
    folder: Path, log: IO[str], *, words: list[str], sessions: int, database: str
) -> dict[str, Any] | None:
    """The load first, for it knows its port; then the server that dials it. None: the server ended early."""
    load = subprocess.Popen(
        [sys.executable, "-m", "smsc.sim.load", "--json", *words], stdout=subprocess.PIPE, text=True
    )
    assert load.stdout is not None
    address = json.loads(load.stdout.readline())["listening"]
    files = write_files(folder, address=address, sessions=sessions, database=database)
    server = subprocess.Popen(
        [sys.executable, "-m", "smsc", "serve", *files], cwd=folder, stdout=log, stderr=log, text=True
    )
    try:
        while load.poll() is None and server.poll() is None:
            time.sleep(0.05)
        if server.poll() is not None:
            return None
        figures: dict[str, Any] = json.loads(load.stdout.read())
        figures["server_cpu_s"] = cpu_s(server.pid)
        return figures
    finally:
        load.stdout.close()
        for process in (load, server):
            stop(process)


def write_files(folder: Path, *, address: str, sessions: int, database: str) -> list[str]:
    """smsc.yaml and keywords.yaml for a server that dials `address`; the arguments that name them."""
    settings = SETTINGS.replace("ADDRESS", address).replace("SESSIONS", str(sessions))
    settings = settings.replace("DATABASE", database or f"sqlite:///{folder / 'smsc.db'}")
    (folder / "smsc.yaml").write_text(settings.replace("FOLDER", str(folder)), encoding="utf-8")
    (folder / "keywords.yaml").write_text(KEYWORDS, encoding="utf-8")
    return ["--config", str(folder / "smsc.yaml"), "--keywords", str(folder / "keywords.yaml")]


def cpu_s(pid: int) -> float:
    """User and system seconds of a process so far (Linux: proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM, then, when draining takes too long, SIGKILL."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
