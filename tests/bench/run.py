"""One figure for a whole server: start `smsc serve` on a fresh SQLite file and put the load on it.

    python tests/bench/run.py --count 20000 --window 100 --text HELP

Options that are not known here go to load.py. Prints what load.py prints; exits as it does.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

LOAD = Path(__file__).with_name("load.py")
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
database: DATABASE
http: {listen: "127.0.0.1:0"}
carriers:
  helvetia:
    country: CH
    networks: ["22801"]
    prefixes: ["41"]
    default_alphabet: gsm7
    receipt_id: same
    tariffs: {"CHF 0.00": {service_type: FREE}, "CHF 3.00": {tlv: {0x1401: "0300"}}}
    binds:
      - {address: "ADDRESS", system_id: bench, password: bench, sessions: SESSIONS, window: 100}
"""


def write_files(folder: Path, *, address: str, sessions: int, database: str) -> list[str]:
    """smsc.yaml and keywords.yaml for a server that dials `address`; the arguments that name them."""
    database = database or f"sqlite:///{folder / 'smsc.db'}"
    settings = SETTINGS.replace("ADDRESS", address).replace("SESSIONS", str(sessions))
    (folder / "smsc.yaml").write_text(settings.replace("DATABASE", database), encoding="utf-8")
    (folder / "keywords.yaml").write_text(KEYWORDS, encoding="utf-8")
    return ["--config", str(folder / "smsc.yaml"), "--keywords", str(folder / "keywords.yaml")]


def listening(load: subprocess.Popen[str]) -> str:
    """Where load.py listens, from its first line."""
    assert load.stdout is not None
    line = load.stdout.readline()
    if line.startswith("{"):
        return str(json.loads(line)["listening"])
    return line.removeprefix("listening on ").strip()


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM, then, when draining takes too long, SIGKILL."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve_and_load(folder: Path, log: IO[str], *, sessions: int, database: str, rest: list[str]) -> int:
    """Load first, for it knows its port; then the server that dials it."""
    load = subprocess.Popen(
        [sys.executable, str(LOAD), "--sessions", str(sessions), *rest], stdout=subprocess.PIPE, text=True
    )
    assert load.stdout is not None
    files = write_files(folder, address=listening(load), sessions=sessions, database=database)
    server = subprocess.Popen(
        [sys.executable, "-m", "smsc", "serve", *files], cwd=folder, stdout=log, stderr=log, text=True
    )
    try:
        while load.poll() is None and server.poll() is None:
            try:
                load.wait(1.0)
            except subprocess.TimeoutExpired:
                continue
        if load.poll() is None:
            stop(load)
        print(load.stdout.read(), end="", flush=True)
        return 0 if load.returncode == 0 else 1
    finally:
        load.stdout.close()
        stop(server)


def main(arguments: list[str]) -> int:
    """Exit 0 when every MO was acked and answered; otherwise 1, and the end of the server's log is shown."""
    parser = argparse.ArgumentParser(description="Start a server, put the load on it, print the figure.")
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--database", default="", help="default: a fresh SQLite file")
    options, rest = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="smsc-bench-") as name:
        folder = Path(name)
        with (folder / "server.log").open("w+", encoding="utf-8") as log:
            code = serve_and_load(
                folder, log, sessions=options.sessions, database=options.database, rest=rest
            )
            if code:
                log.seek(0)
                print("".join(log.readlines()[-40:]), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
