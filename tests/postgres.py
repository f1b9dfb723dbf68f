"""A PostgreSQL of the test run's own: the system's binaries, a directory that is thrown away, a socket in it.

Found in PATH or under /usr/lib/postgresql/*/bin. initdb refuses root, so a root run uses `postgres` or `nobody`.
Where the binaries are missing the tests run on SQLite alone and the summary says so; with CI=true they fail.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from smsc.store import migrate

HOW_TO_GET_IT = "PostgreSQL's initdb was not found: apt-get install postgresql (nothing has to be running)"

Command = Sequence[str | Path]
_names = itertools.count(1)


class NoPostgres(Exception):
    """The binaries are not installed."""


def find_binaries() -> Path:
    """The directory with initdb and postgres, newest version first. Raises NoPostgres."""
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True
    )
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgres(HOW_TO_GET_IT)


def unprivileged() -> pwd.struct_passwd | None:
    """Whom to run it as; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


class Postgres:
    """A running server; `new_database` gives a fresh one each time."""

    def __init__(self, directory: Path, user: str) -> None:
        self.directory = directory
        self.user = user
        self._migrated = ""

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{self.user}@/{database}?host={self.directory}"

    def empty_database(self, *, template: str = "template0") -> str:
        """Make a database without our schema; returns its URL."""
        name = f"smsc_{next(_names)}"
        with psycopg.connect(f"host={self.directory} user={self.user} dbname=postgres", autocommit=True) as c:
            c.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    def new_database(self) -> str:
        """Make a database with the current schema, migrated once and copied from then on; returns its URL."""
        if not self._migrated:
            url = self.empty_database()
            migrate(url)
            self._migrated = url.partition("@/")[2].partition("?")[0]
        return self.empty_database(template=self._migrated)


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server and stop it again. Raises NoPostgres."""
    binaries = find_binaries()
    owner = unprivileged()
    with tempfile.TemporaryDirectory(prefix="smsc-pg-") as made:
        directory = Path(made)
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        data, control = directory / "data", binaries / "pg_ctl"
        settings = (
            f"-c listen_addresses='' -c unix_socket_directories='{directory}' -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=40"
        )
        init: Command = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "smsc",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        ]
        _run(init, owner=owner, directory=directory)
        start: Command = [control, "-D", data, "-w", "-l", directory / "log", "-o", settings, "start"]
        _run(start, owner=owner, directory=directory)
        try:
            yield Postgres(directory, "smsc")
        finally:
            stop: Command = [control, "-D", data, "-m", "immediate", "-w", "stop"]
            _run(stop, owner=owner, directory=directory)


def _run(words: Command, *, owner: pwd.struct_passwd | None, directory: Path) -> None:
    """Run one step as `owner`; what it says goes to a file, for the server would keep a pipe open."""
    said = directory / "said"
    with said.open("wb") as output:
        done = subprocess.run(
            words,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
        )
    assert done.returncode == 0, said.read_text(errors="replace")


@functools.cache
def shared() -> Postgres:
    """The run's one server, stopped when the run ends. Raises NoPostgres."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running())


def databases() -> list[str]:
    """The kinds of database the behavioural suite runs on: in CI always both."""
    return ["sqlite", "postgresql"] if not missing() or os.environ.get("CI") == "true" else ["sqlite"]


def missing() -> str:
    """Nothing when PostgreSQL is there, else how to get it."""
    try:
        find_binaries()
    except NoPostgres as error:
        return str(error)
    return ""
