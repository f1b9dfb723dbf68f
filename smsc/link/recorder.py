"""The flight recorder: what passed last on a bind that dropped."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from smsc.link.board import BindSlot
from smsc.link.record import as_record, traces_of

log = logging.getLogger("smsc.link")


class FlightRecorder:
    """Writes one file of JSON lines for each drop into `folder` and keeps the newest `files_max`.

    The files hold numbers and texts of subscribers: only the server's own user may read them.
    """

    def __init__(self, folder: Path, *, files_max: int) -> None:
        self._folder = folder
        self._files_max = files_max
        self._writing: set[asyncio.Future[None]] = set()
        self._number = 0

    def dropped(self, slot: BindSlot, reason: str) -> None:
        """A bind dropped: note what is in memory now, write it in a thread."""
        records = [as_record(link, way, pdu, at=at) for at, link, way, pdu in slot.take_recorded()]
        now = datetime.now(UTC)
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{slot.settings.name}-{slot.session}")
        self._number += 1
        path = self._folder / f"{now:%Y%m%dT%H%M%S.%f}-{self._number:06}-{name}.jsonl"
        head = {
            "bind": slot.settings.name,
            "session": slot.session,
            "dropped": now.isoformat(),
            "reason": reason,
        }
        loop = asyncio.get_running_loop()
        writing = loop.run_in_executor(None, self._write, path, [head, *records])
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def written(self) -> None:
        """Wait until everything is in its file."""
        await asyncio.gather(*self._writing)

    async def forget(self, number: str) -> None:
        """Take what passed from or to a number out of the files (D6)."""
        await self.written()
        await asyncio.get_running_loop().run_in_executor(None, self._forget, traces_of(number))

    def _forget(self, traces: tuple[str, ...]) -> None:
        for path in sorted(self._folder.glob("*.jsonl")):
            try:
                head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = [line for line in lines if not any(trace in line for trace in traces)]
                if len(kept) < len(lines):
                    partial = path.with_suffix(".partial")
                    partial.touch(mode=0o600)
                    partial.write_text("".join([head, *kept]), encoding="utf-8")
                    partial.replace(path)
            except (OSError, ValueError) as error:
                log.error(
                    "flight record not erased", extra={"event": "flight_record_failed", "error": str(error)}
                )

    def _write(self, path: Path, records: list[Mapping[str, object]]) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
            for old in sorted(self._folder.glob("*.jsonl"))[: -self._files_max]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.error("flight record not kept", extra={"event": "flight_record_failed", "error": str(error)})
            return
        log.info("flight record kept", extra={"event": "flight_record", "file": str(path)})
