"""Keeps binds up that we dial."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

from smsc.link.backoff import Backoff
from smsc.link.bind import LONG_REFUSED, bind_pdu
from smsc.link.board import BindBoard, BindSlot, BindState
from smsc.link.callbacks import LinkEvents
from smsc.link.governor import DialGovernor
from smsc.link.link import Link
from smsc.link.maintenance import maintenance_ends
from smsc.link.settings import BindSettings, split_address
from smsc.smpp.codec import encode
from smsc.smpp.codes import Role


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Dialer:
    """Dials, binds as ESME, and dials again, for each of `settings.sessions`.

    Args:   governor: shared by all diallers of the process; now: the wall clock, for maintenance windows.
    Raises: ValueError: no such address.  LocalProtocolError: a bind of these settings does not fit a PDU.
    """

    def __init__(
        self,
        settings: BindSettings,
        events: LinkEvents,
        *,
        board: BindBoard,
        rng: Random | None = None,
        governor: DialGovernor | None = None,
        now: Callable[[], datetime] = _wall_clock,
    ) -> None:
        self.settings = settings
        self._addresses = [split_address(address) for address in (settings.address, *settings.fallback)]
        encode(bind_pdu(settings))
        self._events = events
        self._board = board
        self._rng = rng or Random()
        self._governor = governor or DialGovernor(per_s=1000.0, rng=self._rng)
        self._now = now
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
            task = asyncio.create_task(self._keep(slot), name=f"{self.settings.name}/{number}")
            self._board.watch(task)
            self._tasks.append(task)

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
        trouble = _Trouble(self._board, slot, asyncio.get_running_loop().time())
        while not self._stopping.is_set():
            if (until := maintenance_ends(self.settings.maintenance, self._now())) is not None:
                trouble.over()
                slot.next_try = until
                slot.becomes(BindState.MAINTENANCE)
                await self._wait((until - self._now()).total_seconds())
                continue
            slot.attempts += 1
            slot.next_try = None
            up_s, refused = await self._round(slot)
            if self._stopping.is_set():
                return
            trouble.tell(asyncio.get_running_loop().time(), up_s=up_s, refused=refused)
            delay_s = backoff.after(up_s=up_s, refused=refused)
            slot.next_try = self._now() + timedelta(seconds=delay_s)
            slot.becomes(BindState.WAITING)
            await self._wait(delay_s)

    async def _round(self, slot: BindSlot) -> tuple[float, bool]:
        """Every address once, until one is reached: how long the bind stood, whether it was refused."""
        for host, port in self._addresses:
            await self._wait(self._governor.wait_s(asyncio.get_running_loop().time()))
            if self._stopping.is_set():
                break
            slot.becomes(BindState.CONNECTING)
            if (link := await self._connect(slot, host, port)) is not None:
                return await self._stand(slot, link)
        return 0.0, False

    async def _wait(self, delay_s: float) -> None:
        """Wait unless the dialler stops."""
        if delay_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._stopping.wait()

    async def _connect(self, slot: BindSlot, host: str, port: int) -> Link | None:
        settings = self.settings
        link = Link(settings, self._events, board=self._board, role=Role.ESME, slot=slot)
        name = (settings.tls_name or host) if settings.tls is not None else None
        try:
            async with asyncio.timeout(settings.connect_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: link.wire, host, port, ssl=settings.tls, server_hostname=name
                )
        except TimeoutError:
            slot.becomes(BindState.DOWN, f"{host}:{port}: no connection within {settings.connect_s:g} s")
            return None
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that is no name
            slot.becomes(BindState.DOWN, str(error))
            return None
        return link

    async def _stand(self, slot: BindSlot, link: Link) -> tuple[float, bool]:
        """Bind, and wait for the end."""
        self._links[slot.session] = link
        try:
            if not link.ended.done():
                link.start_bind()
            await link.ended
        finally:
            del self._links[slot.session]
        up_s = 0.0 if link.bound_at is None else asyncio.get_running_loop().time() - link.bound_at
        return up_s, link.refused in LONG_REFUSED


class _Trouble:
    """Raises an alarm once for each time that a bind stays refused, or down. Monotonic seconds."""

    def __init__(self, board: BindBoard, slot: BindSlot, now: float) -> None:
        self._board, self._slot = board, slot
        self._down_since = now
        self._told: set[str] = set()

    def over(self) -> None:
        """Whatever is wrong is to be expected."""
        self._told.clear()
        self._down_since = float("inf")

    def tell(self, now: float, *, up_s: float, refused: bool) -> None:
        """An attempt ended."""
        if up_s > 0 or self._down_since == float("inf"):
            self._told.clear()
            self._down_since = now
        if refused:
            self._alarm("bind_refused")
        elif now - self._down_since >= self._slot.settings.rebind.alarm_s:
            self._alarm("bind_down")

    def _alarm(self, kind: str) -> None:
        if kind not in self._told:
            self._told.add(kind)
            self._board.alarm(self._slot, kind, f"{self._slot.settings.name}: {self._slot.last_reason}")
