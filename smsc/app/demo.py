"""`smsc demo`: a server with a simulated carrier and merchant plays a story, then serves a page to try it.

The server runs here, on SQLite in a temporary folder; carrier and merchant are processes of their own, reached
over TCP. Everything ends with this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from smsc.app.demo_ports import Ports, choose_ports
from smsc.app.demo_stage import CODES, HOLD, Demo, DemoFailed
from smsc.app.stories import STORIES

__all__ = ["DemoFailed", "run_demo"]


async def run_demo(
    *, stories: Sequence[str], once: bool, http_port: int, smpp_port: int, listener_port: int
) -> None:
    """Play the stories in turn, then stay up until SIGINT or SIGTERM (with `once`: do not).

    Raises: DemoFailed, ChildFailed, OSError.
    """
    console = Console(width=None if os.isatty(1) else 150)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    ports = choose_ports(console, http=http_port, smpp=smpp_port, listener=listener_port)
    with tempfile.TemporaryDirectory(prefix="smsc-demo-") as folder:
        demo = Demo(console)
        work = asyncio.create_task(_demonstrate(demo, stories, folder, ports, once=once))
        stopped = asyncio.create_task(ended.wait())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            console.print("\nEnding: the binds are drained, carrier and merchant end.")
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _demonstrate(demo: Demo, stories: Sequence[str], folder: str, ports: Ports, *, once: bool) -> None:
    console = demo.console
    console.print("Starting the server on SQLite, a carrier over SMPP and a merchant over HTTP ...")
    async with demo.running(folder, ports) as url:
        telling = asyncio.create_task(demo.tell())
        try:
            for name in stories:
                await STORIES[name](demo)
            await asyncio.sleep(2 * HOLD.total_seconds())
            if once:
                return
            _invite(demo, url, ports, folder)
            await asyncio.Event().wait()
        finally:
            telling.cancel()
            demo.tell_until(datetime.now(UTC))


def _invite(demo: Demo, url: str, ports: Ports, folder: str) -> None:
    """What one can do now."""
    console = demo.console
    console.print()
    console.print(Text(f"Open {url} and text 543 yourself. Ctrl-C ends everything.", style="bold"))
    console.print(f"Other codes to text there: {', '.join(code for code in CODES if code != '543')}")
    console.print(f"Or chat at another terminal: {_program()} handset --server 127.0.0.1:{ports.smpp}")
    console.print(
        f"Or watch as its operator: {_program()} top --socket {folder}/smsc.db.admin",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        "Or be a merchant there: paste this, and go on in README.md, From zero to a callback", highlight=False
    )
    values = {"SMSC": url.rstrip("/"), "LISTENER": f"127.0.0.1:{ports.listener}"}
    values |= {name.upper(): demo.keys[name].ekey for name in ("astro", "tarot", "cafe")}
    values |= {name.upper(): demo.keys[name].bearer for name in ("quiz", "news")}
    line = " ".join(f"{name}={value}" for name, value in values.items())
    console.print(f"export {line}", highlight=False, soft_wrap=True)


def _program() -> str:
    """How this program is called from here."""
    if shutil.which("smsc"):
        return "smsc"
    return sys.argv[0] if sys.argv[0].endswith("smsc") else "python -m smsc"
