"""`smsc serve`: a server from its files until SIGTERM; SIGHUP loads the keywords anew."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from smsc.app.compose import Running, start
from smsc.config import Config
from smsc.keywords import BadFile
from smsc.optin import BadProfiles

log = logging.getLogger("smsc.app")


async def serve(
    config: Config,
    keywords: Path,
    *,
    environ: Mapping[str, str],
) -> None:
    """Serve until SIGTERM or SIGINT, then drain (D5).

    Raises: as `compose.start`.
    """
    text = await asyncio.to_thread(keywords.read_text, encoding="utf-8")
    running = await start(
        config, text, keywords_file=str(keywords), environ=environ, reload_from=keywords
    )
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


def _reload(running: Running, keywords: Path, environ: Mapping[str, str]) -> None:
    """A bad file is told and leaves the old one in force."""
    try:
        running.reload(keywords.read_text(encoding="utf-8"), file=str(keywords), environ=environ)
    except (BadFile, BadProfiles, OSError, UnicodeDecodeError) as error:
        log.error("keywords not loaded", extra={"event": "reload_failed", "error": str(error)})
