"""The database as a verb reads it: found by the configuration, with the key of the consent chain."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

from smsc.cli.check import DEFAULT_CONFIG, read_text
from smsc.config import BadConfig, Config, load_config
from smsc.store import Reader, Store, StoreError

T = TypeVar("T")


def configured(config: Path | None) -> Config:
    """The configuration; one line on stderr and exit 1 for each fault."""
    used = config if config is not None else (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    try:
        text = "" if used is None else read_text(used)
        return load_config(text, file=str(used or DEFAULT_CONFIG), environ=os.environ)
    except BadConfig as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from error


def look(config: Config, work: Callable[[Reader], T]) -> T:
    """Read the store, server running or not; one line on stderr and exit 1 when it cannot be had."""
    key = config.ledger_key.get_secret_value().encode()

    async def once() -> T:
        store = Store.open(config.database, readers=1, ledger_key=key)
        try:
            return await store.read(work)
        finally:
            await store.close()

    try:
        return asyncio.run(once())
    except StoreError as error:
        typer.echo(f"smsc: {str(error).partition(chr(10))[0]}", err=True)
        raise typer.Exit(1) from error
