"""Keeps binds up that we dial."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

from smsc.link.backoff import Backoff
from smsc.link.board import BindBoard, BindSlot, BindState
from smsc.link.callbacks import LinkEvents
from smsc.link.link import LONG_REFUSED, Link, bind_pdu
from smsc.link.settings import BindSettings, split_address
from smsc.smpp.codec import encode
from smsc.smpp.codes import Role


class Dialer:
    """Dials, binds as ESME, and dials again, for each of `settings.sessions`.

    Raises: ValueError: no such address.  LocalProtocolError: a bind of these settings does not fit a PDU.
    """

    def __init__(
        self, settings: BindSettings, events: LinkEvents, *, board: BindBoard, rng: Random | None = None
    ) -> None:
        self.settings = settings
        self._host, self._port = split_address(settings.address)
        encode(bind_pdu(settings))
        self._events = events
        self._board = board
        self._rng = rng or Random()
        self._links: dict[int, Link] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def links(self) -> list[Link]:
        """The sessions that are bound."""
        return [link for link in self._links.values() if link.is_bound]

    def start(self) -> None:
        """Begin; nothing happens when it has begun."""
        if self._tasks:
            return
        self._stopping = asyncio.Event()
        for number in range(self.settings.sessions):
            slot = self._board.slot(self.settings, "dial", number)
            self._tasks.append(asyncio.create_task(self._keep(slot), name=f"{self.settings.name}/{number}"))

    async def stop(self, *, drain_s: float = 10.0) -> None:
        """Unbind: send nothing more, wait up to `drain_s` for what is open, hang up. `start` may follow."""
        self._stopping.set()
        await asyncio.gather(*(link.unbind(drain_s=drain_s) for link in list(self._links.values())))
        tasks, self._tasks = self._tasks, []
        for number, task in enumerate(tasks):
            if number not in self._links:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for number in range(self.settings.sessions):
            slot = self._board.slot(self.settings, "dial", number)
            slot.next_try = None
            slot.becomes(BindState.STOPPED)

    async def _keep(self, slot: BindSlot) -> None:
        backoff = Backoff(self.settings.rebind, self._rng)
        while not self._stopping.is_set():
            slot.attempts += 1
            slot.next_try = None
            slot.becomes(BindState.CONNECTING)
            up_s, refused = await self._once(slot)
            if self._stopping.is_set():
                return
            delay_s = backoff.after(up_s=up_s, refused=refused)
            slot.next_try = datetime.now(UTC) + timedelta(seconds=delay_s)
            slot.becomes(BindState.WAITING)
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._stopping.wait()

    async def _once(self, slot: BindSlot) -> tuple[float, bool]:
        """One connection from dialling to its end: how long it was bound, and whether it was refused."""
        loop = asyncio.get_running_loop()
        link = Link(self.settings, self._events, board=self._board, role=Role.ESME, slot=slot)
        settings = self.settings
        name = (settings.tls_name or self._host) if settings.tls is not None else None
        try:
            async with asyncio.timeout(settings.connect_s):
                await loop.create_connection(
                    lambda: link.wire, self._host, self._port, ssl=settings.tls, server_hostname=name
                )
        except TimeoutError:
            slot.becomes(BindState.DOWN, f"no connection within {settings.connect_s:g} s")
            return 0.0, False
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that is no name
            slot.becomes(BindState.DOWN, str(error))
            return 0.0, False
        self._links[slot.session] = link
        try:
            if not link.ended.done():
                link.start_bind()
            await link.ended
        finally:
            del self._links[slot.session]
        up_s = 0.0 if link.bound_at is None else loop.time() - link.bound_at
        return up_s, link.refused in LONG_REFUSED
