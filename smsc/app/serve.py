"""`smsc serve`: a server from its files until SIGTERM; SIGHUP loads the keywords anew."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from smsc.app.compose import Running, start
from smsc.config import Config
from smsc.keywords import BadFile
from smsc.keywords.lines import decoded
from smsc.optin import BadProfiles

log = logging.getLogger("smsc.app")

YOUNG_OBJECTS = 50_000
"""New containers before the collector looks at the young ones; some hundred messages' worth."""


async def serve(
    config: Config,
    keywords: Path,
    *,
    environ: Mapping[str, str],
) -> None:
    """Serve until SIGTERM or SIGINT, then drain (D5).

    Raises: as `compose.start`.
    """
    text = decoded(await asyncio.to_thread(keywords.read_bytes), file=str(keywords))
    running = await start(config, text, keywords_file=str(keywords), environ=environ, reload_from=keywords)
    settle_garbage_collector()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    loop.add_signal_handler(signal.SIGHUP, _reload, running, keywords, environ)
    log.info("serving", extra={"event": "serving", "pid": os.getpid(), "http": running.http_address})
    try:
        await ended.wait()
        log.info("draining", extra={"event": "draining"})
    finally:
        await running.stop()


def settle_garbage_collector() -> None:
    """Keep the cyclic collector off the hot path: nothing of a message is part of a cycle.

    What was made by the start is never looked at again; young objects are looked at a few times a second under load
    instead of a few hundred.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def _reload(running: Running, keywords: Path, environ: Mapping[str, str]) -> None:
    """A bad file is told and leaves the old one in force."""
    try:
        text = decoded(keywords.read_bytes(), file=str(keywords))
        running.reload(text, file=str(keywords), environ=environ)
    except (BadFile, BadProfiles, OSError) as error:
        log.error("keywords not loaded", extra={"event": "reload_failed", "error": str(error)})
