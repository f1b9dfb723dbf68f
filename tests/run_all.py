"""Every check of `make test`, in the order in which failures are cheapest to find; says at the end what ran."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent

CHECKS: list[tuple[str, list[Path | str]]] = [
    ("ruff", [BIN / "ruff", "check", "."]),
    ("format", [BIN / "ruff", "format", "--check", "."]),
    ("imports", [BIN / "lint-imports", "--no-logo"]),
    ("mypy strict", [BIN / "mypy"]),
    ("smsc check", [BIN / "smsc", "check", "--config", "deploy/smsc.yaml", "--keywords", "keywords.yaml"]),
    ("pytest", [BIN / "pytest", "tests"]),
]


def main() -> int:
    """Run all checks, even after a failure; 0 when every one passed."""
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder) / "judges")


def run(judges: Path) -> int:
    """The tests write what became of each foreign judge into `judges`; it is said last of all."""
    results: list[tuple[str, bool, float]] = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            [str(part) for part in command], check=False, env={**os.environ, "SMSC_JUDGES": str(judges)}
        )
        results.append((name, done.returncode == 0, time.monotonic() - started))
    print("\n== what ran")
    for name, passed, seconds in results:
        print(f"{name:12} {'passed' if passed else 'FAILED':7} {seconds:6.1f} s")
    failed = sum(not passed for _, passed, _ in results)
    print(f"checks: {len(results) - failed} passed, {failed} failed")
    told = judges.read_text(encoding="utf-8") if judges.exists() else "none was asked\n"
    print("\n== foreign judges of our SMPP")
    print(told, end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
