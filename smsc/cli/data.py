"""The verbs about the database: `smsc migrate`, `smsc backup`, `smsc key create`, `rotate`, `list` and `revoke`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from smsc.store import ApiKey, NewKey, Reader, Store, StoreError, Tx
from smsc.store import backup as back_up
from smsc.store import migrate as migrate_to_head
from smsc.store.keys import SCOPES

DEFAULT_CONFIG = Path("smsc.yaml")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="smsc.yaml; the one here, else built-in defaults")
]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", help="sqlite:///smsc.db or postgresql://user@host/db")
]
T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    keys = typer.Typer(no_args_is_help=True, help="API keys of merchants: cc, ekey and bearer token.")
    keys.command("create")(create)
    keys.command("rotate")(rotate)
    keys.command("list")(list_)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="key")
    app.command("migrate")(migrate)
    app.command("backup")(backup)


def create(
    merchant: Annotated[str, typer.Argument(help="the merchant's name in keywords.yaml")],
    scope: Annotated[str, typer.Option(help="what it is good for, with commas")] = ",".join(SCOPES),
    name: Annotated[str, typer.Option(help="what it is for; shown in lists")] = "",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="after how many it ends by itself")
    ] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a further API key of a merchant and print its secrets, this once; earlier keys stay valid.

    Works before the first serve: makes the database.
    """
    now = datetime.now(UTC)
    scopes = {word.strip() for word in scope.split(",")}
    if not scopes <= set(SCOPES):
        fail(f"--scope {scope}: one or more of {', '.join(SCOPES)}, with commas", code=2)
    ends = None if days is None else now + timedelta(days=days)
    key = write(
        url_of(config, database),
        lambda tx: tx.create_key(merchant, now, scopes=scopes, name=name, expires_at=ends),
    )
    _shown(key)


def rotate(
    merchant: Annotated[str, typer.Argument(help="whose key gets a successor")],
    key: Annotated[int, typer.Option("--key", help="its number of smsc key list")],
    overlap_h: Annotated[
        float, typer.Option(min=0, max=720, help="hours that the old key stays valid")
    ] = 24.0,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a successor with the same scopes and print its secrets, this once; the old key ends after the overlap.

    Exit code 1: the merchant has no such valid key.
    """
    now = datetime.now(UTC)
    ends = now + timedelta(hours=overlap_h)
    made = write(url_of(config, database), lambda tx: tx.rotate_key(merchant, now, key=key, ends=ends))
    if made is None:
        fail(f"no valid key {key} of {merchant}: see smsc key list")
    _shown(made)


def _shown(key: NewKey) -> None:
    print(f"cc: {key.cc}")
    print(f"ekey: {key.ekey}")
    print(f"bearer: {key.bearer}")


def list_(
    merchant: Annotated[str | None, typer.Argument(help="only this merchant's")] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the API keys: number, merchant, scopes, when made, when they end. Nobody knows the secrets."""
    for key in read(url_of(config, database), lambda reader: reader.keys()):
        if merchant in (None, key.merchant):
            print(_line(key))


def revoke(
    merchant: Annotated[str, typer.Argument(help="whose keys end")],
    key: Annotated[int | None, typer.Option("--key", help="only this number of smsc key list")] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """End the API keys of a merchant, or one of them. Exit code 1: there was none to end."""
    now = datetime.now(UTC)
    ended = write(url_of(config, database), lambda tx: tx.revoke_keys(merchant, now, key=key))
    if not ended:
        which = f"key {key} of {merchant}" if key is not None else f"key of {merchant}"
        fail(f"no valid {which}: see smsc key list")
    print(f"revoked: {ended}")


def migrate(config: ConfigOption = None, database: DatabaseOption = None) -> None:
    """Bring the database to the current schema; makes it where there is none."""
    url = url_of(config, database)
    with _said():
        version = migrate_to_head(url)
    print(f"schema {version}")


def backup(
    file: Annotated[Path, typer.Argument(help="where the copy goes; must not exist")],
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Copy the SQLite database while the server runs."""
    url = url_of(config, database)
    with _said():
        octets = back_up(url, file)
    print(f"{file}: {octets} octets")


def url_of(config: Path | None, database: str | None) -> str:
    """The database meant: the option, else the configuration's (environment over file over default)."""
    if database is not None:
        return database
    from smsc.config import BadConfig, load_config

    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    try:
        text = "" if used is None else used.read_text(encoding="utf-8")
        return load_config(text, file=str(used or DEFAULT_CONFIG), environ=os.environ).database
    except OSError as error:
        fail(f"{used}: {error.strerror}: name the file with --config, or give --database", code=2)
    except BadConfig as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def write(url: str, work: Callable[[Tx], T]) -> T:
    """Do `work` in one transaction; makes the database, and brings it to the current schema. Exits with 1."""

    async def once() -> T:
        store = Store.open(url, readers=1)
        try:
            return await store.run(work)
        finally:
            await store.close()

    with _said():
        migrate_to_head(url)
        return asyncio.run(once())


def read(url: str, work: Callable[[Reader], T]) -> T:
    """Do `work` on one view of the database. Exits with 1."""

    async def once() -> T:
        store = Store.open(url, readers=1)
        try:
            return await store.read(work)
        finally:
            await store.close()

    with _said():
        return asyncio.run(once())


@contextmanager
def _said() -> Iterator[None]:
    """Say what is wrong with the store in one line and exit with 1."""
    try:
        yield
    except StoreError as error:
        fail(str(error).partition("\n")[0])


def fail(message: str, *, code: int = 1) -> NoReturn:
    """One line on stderr, and the exit code."""
    typer.echo(f"smsc: {message}", err=True)
    raise typer.Exit(code)


def _line(key: ApiKey) -> str:
    if key.revoked_at is not None:
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}Z"
    elif key.expires_at is not None:
        word = "ends" if key.valid(datetime.now(UTC)) else "ended"
        state = f"{word} {key.expires_at:%Y-%m-%d %H:%M}Z"
    else:
        state = "valid"
    scopes = ",".join(scope for scope in SCOPES if scope in key.scopes)
    state += f"  {key.name}" if key.name else ""
    whose = f"{key.id:>4}  {key.merchant:<20} cc {key.cc:<20}"
    return f"{whose} made {key.created_at:%Y-%m-%d %H:%M}Z  {scopes:<15}  {state}"
