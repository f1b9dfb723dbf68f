"""Calls ESMEs as message centre: connects, says outbind, and takes the bind that answers it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

from smsc.link.backoff import Backoff
from smsc.link.board import BindBoard, BindState
from smsc.link.callbacks import LinkEvents
from smsc.link.governor import DialGovernor
from smsc.link.link import Link
from smsc.link.passwords import same_secret
from smsc.link.settings import BindSettings, Outbind, split_address
from smsc.smpp.codes import CommandStatus, Role
from smsc.smpp.pdu import Pdu


class Outbinder:
    """Keeps one session up with the ESME at `outbind.address`, which binds with the account `settings`.

    Source: SMPP v3.4 §2.2.1, §4.1.7. An ESME that does not want us hangs up.
    Raises: ValueError: no such address.
    """

    def __init__(
        self,
        settings: BindSettings,
        outbind: Outbind,
        events: LinkEvents,
        *,
        board: BindBoard,
        rng: Random | None = None,
        governor: DialGovernor | None = None,
        system_id: str = "smsc",
    ) -> None:
        self.settings = settings
        self._outbind = outbind
        self._host, self._port = split_address(outbind.address)
        self._events = events
        self._board = board
        self._rng = rng or Random()
        self._governor = governor or DialGovernor(per_s=1000.0, rng=self._rng)
        self._system_id = system_id
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin; nothing happens when it has begun."""
        if self._task is None:
            self._stopping = asyncio.Event()
            self._task = asyncio.create_task(self._keep(), name=f"{self.settings.name}/outbind")
            self._board.watch(self._task)

    async def stop(self, *, drain_s: float = 10.0) -> None:
        """Unbind (see `Link.unbind`) and hang up. `start` may follow."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        if self._link is not None:
            await self._link.unbind(drain_s=drain_s)
        else:
            task.cancel()
        await asyncio.wait((task,))

    async def _keep(self) -> None:
        backoff = Backoff(self.settings.rebind, self._rng)
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            await self._wait(self._governor.wait_s(loop.time()))
            up_s = await self._once()
            await self._wait(backoff.after(up_s=up_s, refused=False))

    async def _wait(self, delay_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._stopping.wait()

    async def _once(self) -> float:
        """One connection from dialling to its end: how long it was bound, in seconds."""
        loop = asyncio.get_running_loop()
        link = Link(self.settings, self._events, board=self._board, role=Role.MC, bind_received=self._on_bind)
        try:
            async with asyncio.timeout(self.settings.connect_s):
                await loop.create_connection(lambda: link.wire, self._host, self._port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            slot = self._board.slot(self.settings, "accept", 0)
            if slot.link is None:
                slot.becomes(BindState.DOWN, f"outbind: {error or 'no connection in time'}")
            return 0.0
        self._link = link
        try:
            link.call(self._outbind)
            await link.ended
        finally:
            self._link = None
        return 0.0 if link.bound_at is None else loop.time() - link.bound_at

    def _on_bind(self, link: Link, pdu: Pdu) -> None:
        settings = self.settings
        known = pdu.text("system_id") == settings.system_id
        if not known or not same_secret(pdu.text("password"), settings.password):
            status = CommandStatus.ESME_RINVPASWD if known else CommandStatus.ESME_RINVSYSID
            link.refuse(pdu, status)
        elif (slot := self._board.claim(settings)) is None:
            link.refuse(pdu, CommandStatus.ESME_RALYBND)
        else:
            link.accept(pdu, settings, slot=slot, system_id=self._system_id)
