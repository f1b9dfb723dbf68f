"""One running demo for the tests that only look at it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

END_S = 60.0


def a_free_port() -> int:
    """Below those that the system gives away, so that it is free still when the listener comes."""
    for port in range(19900, 19950):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no port is free")


@pytest.fixture(scope="session")
def exported() -> Iterator[dict[str, str]]:
    """What a demo says to export, of one that stays up: SMSC is its URL, LISTENER where its merchants listen."""
    options = ("--story", "s4", "--http", "18080", "--smpp", "12775", "--listener", str(a_free_port()))
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            (sys.executable, "-m", "smsc", "demo", *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": folder},
            text=True,
        )
        assert process.stdout is not None
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith("export "):
                    break
            else:
                raise AssertionError("".join(said))
            yield dict(pair.split("=", 1) for pair in line.removeprefix("export ").split())
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=END_S)
            assert process.returncode == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
