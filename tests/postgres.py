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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from smsc.store import migrate

HOW_TO_GET_IT = "PostgreSQL's initdb was not found: apt-get install postgresql (nothing has to be running)"

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
    as_owner: dict[str, int] = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid}
    with tempfile.TemporaryDirectory(prefix="smsc-pg-") as made:
        directory = Path(made)
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        data = directory / "data"
        settings = (
            f"-c listen_addresses='' -c unix_socket_directories='{directory}' -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=40"
        )
        steps = (
            [binaries / "initdb", "-D", data, "-U", "smsc", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            [binaries / "pg_ctl", "-D", data, "-w", "-l", directory / "log", "-o", settings, "start"],
        )
        for step in steps:
            done = subprocess.run(
                step,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
                **as_owner,  # type: ignore[arg-type]
            )
            assert done.returncode == 0, done.stderr.decode(errors="replace")
        try:
            yield Postgres(directory, "smsc")
        finally:
            stop = [binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
            subprocess.run(
                stop,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                check=True,
                **as_owner,  # type: ignore[arg-type]
            )


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
