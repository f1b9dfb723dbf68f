"""Every check of `make test`, cheapest first; then the tests, three runs side by side. Says at the end what ran."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent

CHECKS: dict[str, list[Path | str]] = {
    "ruff": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "imports": [BIN / "lint-imports", "--no-logo"],
    "mypy strict": [BIN / "mypy"],
    "smsc check": [BIN / "smsc", "check", "--config", "deploy/smsc.yaml", "--keywords", "keywords.yaml"],
}
SECRETS = {"HELVETIA_PASSWORD": "x", "HELVETIA_IN": "y", "USA_PASSWORD": "z"}
"""What deploy/smsc.yaml expects in the environment, for `smsc check`."""

CONVERSATIONS = ["tests/conversations"]
PROCESSES = ["tests/kill", "tests/interop", "tests/demo", "tests/flood", "tests/resets", "tests/pipeline"]
"""Whole servers talking: they wait more than they compute, and last as long as all the others."""
LIVELY = [*CONVERSATIONS, *PROCESSES]
TESTS: dict[str, list[Path | str]] = {
    "conversations": [BIN / "pytest", *CONVERSATIONS],
    "kills, judges": [BIN / "pytest", *PROCESSES],
    "rooms": [BIN / "pytest", "tests", *(f"--ignore={folder}" for folder in LIVELY)],
}


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended."""

    name: str
    passed: bool
    seconds: float


def main() -> int:
    """Run all checks, even after a failure; 0 when every one passed."""
    with tempfile.TemporaryDirectory() as folder:
        judges = Path(folder) / "judges"
        environment = {**SECRETS, **os.environ, "SMSC_JUDGES": str(judges)}
        results = [check(name, command, environment) for name, command in CHECKS.items()]
        results += side_by_side(Path(folder), environment)
        told = judges.read_text(encoding="utf-8") if judges.exists() else "none was asked\n"
    print("\n== what ran")
    for result in results:
        print(f"{result.name:14} {'passed' if result.passed else 'FAILED':7} {result.seconds:6.1f} s")
    failed = sum(not result.passed for result in results)
    print(f"checks: {len(results) - failed} passed, {failed} failed")
    print("\n== foreign judges of our SMPP")
    print(told, end="", flush=True)
    return 1 if failed else 0


def check(name: str, command: list[Path | str], environment: dict[str, str]) -> Result:
    """One check in the foreground."""
    print(f"== {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run([str(part) for part in command], check=False, env=environment)
    return Result(name, done.returncode == 0, time.monotonic() - started)


def side_by_side(folder: Path, environment: dict[str, str]) -> list[Result]:
    """The test runs at the same time; each one's output is shown whole when all have ended."""
    started = time.monotonic()
    running = []
    for number, (name, command) in enumerate(TESTS.items()):
        print(f"== {name}: running", flush=True)
        words = [*map(str, command), "-o", f"cache_dir=.pytest_cache/{number}"]
        output = (folder / f"output-{number}").open("w+", encoding="utf-8")
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=subprocess.STDOUT)
        running.append((name, process, output))
    ended: dict[str, float] = {}
    while len(ended) < len(running):
        for name, process, _ in running:
            if name not in ended and process.poll() is not None:
                ended[name] = time.monotonic() - started
        time.sleep(0.2)
    for name, _, output in running:
        with output:
            output.seek(0)
            print(f"== {name}\n{output.read()}", flush=True)
    return [Result(name, process.returncode == 0, ended[name]) for name, process, _ in running]


if __name__ == "__main__":
    sys.exit(main())
