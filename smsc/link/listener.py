"""Takes binds that carriers dial."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from smsc.link.bans import BanRule, Bans
from smsc.link.bind import MODE_OF
from smsc.link.board import BindBoard
from smsc.link.callbacks import LinkEvents
from smsc.link.door import Door
from smsc.link.link import Link
from smsc.link.ranges import is_in
from smsc.link.settings import BindSettings, Mode, split_address
from smsc.smpp.codes import CommandStatus, status_name
from smsc.smpp.pdu import Pdu
from smsc.smpp.timers import Timers

log = logging.getLogger("smsc.link")


@dataclass(frozen=True, slots=True)
class BindRequest:
    """What a peer says of itself. `host`: where it connects from."""

    system_id: str
    password: str = field(repr=False)
    mode: Mode
    system_type: str
    address_range: str
    host: str
    tls: bool


@dataclass(frozen=True, slots=True)
class OutbindRequest:
    """What a message centre that called us says of itself. `host`: where it connects from."""

    system_id: str
    password: str = field(repr=False)
    host: str


Authenticate = Callable[[BindRequest], BindSettings | int]
"""The account of a request, or the status that refuses it."""
AnswerOutbind = Callable[[OutbindRequest], BindSettings | None]
"""The bind to make on the connection of an outbind; None: hang up."""


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    """What strangers may take of us.

    connections_max: open connections, bound or not; the next is dropped at once.
    refusal_delay_s: how long the answer to a failed bind is held back: passwords are not guessed fast.
    timers: until a connection is bound; then its account's count.
    bans: how many failed binds shut an address out, and for how long; None: never.
    proxies: address ranges of load balancers that speak the PROXY protocol; with any, nobody else may connect.
    """

    connections_max: int = 1000
    refusal_delay_s: float = 1.0
    timers: Timers = field(default_factory=Timers)
    bans: BanRule | None = field(default_factory=BanRule)
    proxies: tuple[str, ...] = ()


class Listener:
    """Listens on "host:port" and binds as MC with whoever `authenticate` knows.

    An account is refused from outside its `allow` ranges (ESME_RBINDFAIL) and above its `sessions`
    (ESME_RALYBND). A peer that says outbind is bound to as ESME where `answer_outbind` has a bind for it.
    `system_id` is how we call ourselves in the answer.
    """

    def __init__(
        self,
        address: str,
        authenticate: Authenticate,
        events: LinkEvents,
        *,
        board: BindBoard,
        tls: ssl.SSLContext | None = None,
        limits: ListenerLimits | None = None,
        system_id: str = "smsc",
        answer_outbind: AnswerOutbind | None = None,
    ) -> None:
        self.address = address
        self._host, self._port = split_address(address)
        self._authenticate = authenticate
        self._answer_outbind = answer_outbind
        self._events = events
        self._board = board
        self._tls = tls
        self._limits = limits or ListenerLimits()
        self._bans = None if self._limits.bans is None else Bans(self._limits.bans)
        self._system_id = system_id
        self._door: Door | None = None
        self._links: set[Link] = set()
        self._stopping = False

    @property
    def links(self) -> list[Link]:
        """The sessions that are bound."""
        return [link for link in self._links if link.is_bound]

    async def start(self) -> tuple[str, int]:
        """Listen. Out: the address; its port is the one the system chose where 0 was asked for.

        Raises: OSError: the address is taken or not ours.
        """
        self._stopping = False
        door = Door(self._connection, tls=self._tls, proxies=self._limits.proxies, watch=self._board.watch)
        address = await door.open(self._host, self._port)
        self._door = door
        return address

    async def stop(self, *, drain_s: float = 10.0) -> None:
        """Accept nothing more, unbind every session (see `Link.unbind`), hang up."""
        if self._door is None:
            return
        self._stopping = True
        self._door.shut()
        await asyncio.gather(*(link.unbind(drain_s=drain_s) for link in list(self._links)))
        await self._door.closed()
        self._door = None

    def _connection(self, peer: str) -> asyncio.Protocol:
        nobody = BindSettings(name="", carrier="", system_id="", password="", timers=self._limits.timers)
        return Link(
            nobody,
            self._events,
            board=self._board,
            role=None,
            opened=self._on_open,
            bind_received=self._on_bind,
            outbind_received=self._on_outbind,
            peer=peer,
        ).wire

    def _on_open(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        if len(self._links) >= self._limits.connections_max or self._stopping:
            link.close("too many connections")
            return
        if self._bans is not None and self._bans.is_banned(_host(link), loop.time()):
            link.abort("banned")
            return
        self._links.add(link)
        link.wire.gone.add_done_callback(lambda _: self._links.discard(link))

    def _on_bind(self, link: Link, pdu: Pdu) -> None:
        request = BindRequest(
            system_id=pdu.text("system_id"),
            password=pdu.text("password"),
            mode=MODE_OF[pdu.command],
            system_type=pdu.text("system_type"),
            address_range=pdu.text("address_range"),
            host=_host(link),
            tls=self._tls is not None,
        )
        account = self._authenticate(request)
        if not isinstance(account, BindSettings):
            self._refuse(link, pdu, account, suspect=True)
        elif not _may_come_from(request.host, account.allow):
            self._refuse(link, pdu, CommandStatus.ESME_RBINDFAIL, suspect=True)
        elif self._board.valve(account.name).stopped:
            self._refuse(link, pdu, CommandStatus.ESME_RBINDFAIL, suspect=False)
        elif (slot := self._board.claim(account)) is None:
            self._refuse(link, pdu, CommandStatus.ESME_RALYBND, suspect=False)
        else:
            link.accept(pdu, account, slot=slot, system_id=self._system_id)

    def _on_outbind(self, link: Link, pdu: Pdu) -> None:
        request = OutbindRequest(pdu.text("system_id"), pdu.text("password"), _host(link))
        settings = None if self._answer_outbind is None else self._answer_outbind(request)
        if settings is None or not self._may_call(settings, request):
            self._suspect(link, pdu)
            link.close("outbind refused")
        elif (slot := self._board.claim(settings)) is None:
            link.close("all sessions of the bind are up")
        else:
            link.answer_outbind(settings, slot=slot)

    def _may_call(self, settings: BindSettings, request: OutbindRequest) -> bool:
        if settings.outbind is None or self._board.valve(settings.name).stopped:
            return False
        return _may_come_from(request.host, settings.outbind.allow)

    def _refuse(self, link: Link, pdu: Pdu, status: int, *, suspect: bool) -> None:
        ids = {"system_id": pdu.text("system_id")[:16], "peer": link.peer, "status": status_name(status)}
        log.warning("bind refused", extra={"event": "bind_refused", **ids})
        if suspect:
            self._suspect(link, pdu)
        loop = asyncio.get_running_loop()
        loop.call_later(self._limits.refusal_delay_s, link.refuse, pdu, status)

    def _suspect(self, link: Link, pdu: Pdu) -> None:
        """Somebody who is not let in; too often, and the address is shut out."""
        now = asyncio.get_running_loop().time()
        if self._bans is not None and self._bans.failed(_host(link), now):
            ids = {"system_id": pdu.text("system_id")[:16], "peer": link.peer}
            log.warning("address banned", extra={"event": "address_banned", **ids})


def _host(link: Link) -> str:
    return link.peer.rpartition(":")[0]


def _may_come_from(host: str, ranges: tuple[str, ...]) -> bool:
    return not ranges or is_in(host, ranges)
