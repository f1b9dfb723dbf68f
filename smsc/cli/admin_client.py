"""Speaking with the running server over its admin socket."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from smsc.cli.check import DEFAULT_CONFIG, read_text
from smsc.config import BadConfig, load_config
from smsc.http.admin import socket_path

TIMEOUT_S = 5.0

ConfigOption = Annotated[Path | None, typer.Option("--config", help="smsc.yaml; the one here, else defaults")]
SocketOption = Annotated[
    Path | None, typer.Option("--socket", help="the admin socket; else beside the database")
]


class Unreachable(Exception):
    """No server answers on the admin socket."""


class _AnySecret(Mapping[str, str]):
    """The environment, with a stand-in for secrets that this shell lacks: the admin socket needs none of them."""

    def __contains__(self, name: object) -> bool:
        return name in os.environ or not str(name).startswith("SMSC_")

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name, "unknown")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def find_socket(config: Path | None, *, bad_exit: int = 1) -> Path:
    """Where the configuration puts the admin socket; one line on stderr and `bad_exit` when it is faulty."""
    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    text = "" if used is None else read_text(used)
    try:
        loaded = load_config(text, file=str(used or DEFAULT_CONFIG), environ=_AnySecret())
    except BadConfig as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(bad_exit) from error
    return Path(loaded.admin_socket) if loaded.admin_socket else socket_path(loaded.database)


@contextmanager
def client(path: Path, *, timeout_s: float | None = TIMEOUT_S) -> Iterator[httpx.Client]:
    """A client of the server behind the socket.

    Raises: Unreachable: nobody answers, or the answer is an error; its words say why.
    """
    if not path.is_socket():
        raise Unreachable(f"{path}: no server answers (no such socket)")
    transport = httpx.HTTPTransport(uds=str(path))
    timeout = httpx.Timeout(TIMEOUT_S, read=timeout_s)
    with httpx.Client(transport=transport, base_url="http://smsc", timeout=timeout, trust_env=False) as made:
        try:
            yield made
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(f"{path}: no server answers ({error})") from error


def refusal(answer: httpx.Response) -> str:
    """What a problem answer says, in one line."""
    try:
        said = answer.json()
        return f"{said.get('title', answer.status_code)}: {said.get('detail', '')}".rstrip(": ")
    except (ValueError, AttributeError):
        return f"status {answer.status_code}"


def give_up(error: Unreachable) -> typer.Exit:
    """One line on stderr; the exit that tells that nothing was done."""
    typer.echo(f"{error}; mend: start smsc serve, or name its socket with --socket", err=True)
    return typer.Exit(1)
