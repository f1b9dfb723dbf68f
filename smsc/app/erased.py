"""What an erasure leaves outside the rows of the store: PDUs in memory, flight records, the write-ahead log (D6)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from smsc.link.board import BindBoard
from smsc.link.recorder import FlightRecorder
from smsc.sms.numbers import Msisdn
from smsc.store import Store, StoreUnavailable

log = logging.getLogger("smsc.app")

Forget = Callable[[Msisdn], Awaitable[None]]


def forgetting(store: Store, board: BindBoard, recorder: Callable[[], FlightRecorder | None]) -> Forget:
    """What is to be done when the rows of a number are erased. `recorder`: the one in use then."""

    async def forget(msisdn: Msisdn) -> None:
        board.forget(str(msisdn))
        if (files := recorder()) is not None:
            await files.forget(str(msisdn))
        try:
            whole = await store.settle_log()
        except StoreUnavailable:
            whole = False
        if not whole:  # somebody reads: the next checkpoint that finds nobody overwrites it
            log.warning("write-ahead log not emptied", extra={"event": "log_not_emptied"})

    return forget
