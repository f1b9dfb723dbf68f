"""What an operator does to one bind while the rest runs."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from smsc.link.board import BindBoard
from smsc.link.dialer import Dialer
from smsc.link.outbinder import Outbinder
from smsc.link.settings import BindSettings


class Verb(StrEnum):
    """start: dial, or let in, again. stop: unbind at once. drain: let the window run empty, then unbind.

    suspend: send no MT. isolate: answer what the carrier brings with "try again". resume: end both.
    """

    START = "start"
    STOP = "stop"
    DRAIN = "drain"
    SUSPEND = "suspend"
    ISOLATE = "isolate"
    RESUME = "resume"


class UnknownBind(KeyError):
    """No bind has this name."""


class BindControl:
    """Every bind of the process by its name: those that we dial, the accounts of the listener, both with outbind."""

    def __init__(self, board: BindBoard, *, drain_s: float) -> None:
        self._board = board
        self._drain_s = drain_s
        self._ends: dict[str, list[Dialer | Outbinder]] = {}

    def add(self, end: Dialer | Outbinder) -> None:
        """A bind that we dial."""
        self._ends.setdefault(end.settings.name, []).append(end)

    def expect(self, settings: BindSettings) -> None:
        """A bind whose carrier connects."""
        self._ends.setdefault(settings.name, [])

    @property
    def names(self) -> list[str]:
        """Every bind there is."""
        return sorted(self._ends)

    async def act(self, name: str, verb: Verb) -> None:
        """Do this to the bind of that name; returns when it is done.  Raises: UnknownBind."""
        if name not in self._ends:
            raise UnknownBind(name)
        valve = self._board.valve(name)
        match verb:
            case Verb.START:
                valve.stopped = False
                for end in self._ends[name]:
                    end.start()
            case Verb.STOP | Verb.DRAIN:
                valve.stopped = True
                await self._end(name, drain_s=self._drain_s if verb is Verb.DRAIN else 0.0)
            case Verb.SUSPEND:
                valve.suspended = True
            case Verb.ISOLATE:
                valve.isolated = True
            case Verb.RESUME:
                valve.suspended = valve.isolated = False
                for link in self._board.links(name):
                    link.look_again()

    async def _end(self, name: str, *, drain_s: float) -> None:
        """The diallers first, lest they dial again; those that the carrier opened have none."""
        await asyncio.gather(
            *(end.stop(drain_s=drain_s) for end in self._ends[name]),
            *(link.unbind(drain_s=drain_s) for link in self._board.links(name)),
        )
