"""Chromium without a window, over its debugging pipe: a page at a phone's size, and what is wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from typing import Any

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
ERRORS = frozenset({"Runtime.exceptionThrown", "Log.entryAdded"})
ANSWER_S = 60.0
LINE_OCTETS_MAX = 16 * 1024 * 1024


class Browser:
    """One page of one Chromium."""

    def __init__(self, said: asyncio.StreamReader, pipe: int) -> None:
        self._said, self._pipe, self._session, self._number = said, pipe, "", 0
        self.errors: list[dict[str, Any]] = []
        """What the page's console said is wrong."""

    async def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        asked = {"id": self._number, "method": method, "params": params, **session}
        os.write(self._pipe, json.dumps(asked).encode() + b"\0")
        async with asyncio.timeout(ANSWER_S):
            while True:
                told = json.loads((await self._said.readuntil(b"\0"))[:-1])
                if told.get("method") in ERRORS:
                    self.errors.append(told["params"])
                if told.get("id") == self._number:
                    assert "error" not in told, told
                    result: dict[str, Any] = told["result"]
                    return result

    async def opens(self) -> None:
        """A page as large as a phone."""
        target = await self._ask("Target.createTarget", url="about:blank")
        session = await self._ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self._ask(f"{domain}.enable")
        await self._ask("Emulation.setDeviceMetricsOverride", **PHONE)

    async def goes(self, url: str, *, until: str) -> None:
        """Open `url` and wait until the script `until` is true there."""
        await self._ask("Page.navigate", url=url)
        seen = f"""new Promise(done => {{
            const look = () => {{ ({until}) ? done(true) : setTimeout(look, 20); }}; look();
        }})"""
        while not await self.says(f"location.href === {json.dumps(url)}"):
            pass
        await self.says(seen)

    async def says(self, script: str) -> Any:
        """The value of a script in the page."""
        told = await self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    async def closes(self) -> None:
        """End Chromium."""
        self._session = ""
        await self._ask("Browser.close")


@contextlib.asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A Chromium for a test, ended with it.  Raises: AssertionError: there is none on this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "apt-get install chromium"
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage"
        words = f"{program} {options} --remote-debugging-pipe --user-data-dir={folder} about:blank"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", f"exec 3<&{theirs_in} 4>&{theirs_out}; exec {words}"),
            pass_fds=(theirs_in, theirs_out),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        said = asyncio.StreamReader(limit=LINE_OCTETS_MAX)
        loop = asyncio.get_running_loop()
        reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(said), os.fdopen(ours_in, "rb", 0)
        )
        browser = Browser(said, ours_out)
        try:
            await browser.opens()
            yield browser
            await browser.closes()
            await asyncio.wait_for(process.wait(), ANSWER_S)
        finally:
            reading.close()
            os.close(ours_out)
            if process.returncode is None:
                process.kill()
                await process.wait()
