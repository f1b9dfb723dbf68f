"""Takes binds that carriers dial."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from smsc.link.board import BindBoard
from smsc.link.callbacks import LinkEvents
from smsc.link.link import MODE_OF, Link
from smsc.link.settings import BindSettings, Mode, split_address
from smsc.smpp.codes import CommandStatus, status_name
from smsc.smpp.pdu import Pdu
from smsc.smpp.timers import Timers

log = logging.getLogger("smsc.link")

HANDSHAKE_S = 10.0
"""How long a TLS handshake may take."""


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


Authenticate = Callable[[BindRequest], BindSettings | int]
"""The account of a request, or the status that refuses it."""


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    """What strangers may take of us.

    connections_max: open connections, bound or not; the next is dropped at once.
    refusal_delay_s: how long the answer to a failed bind is held back: passwords are not guessed fast.
    timers: until a connection is bound; then its account's count.
    """

    connections_max: int = 1000
    refusal_delay_s: float = 1.0
    timers: Timers = field(default_factory=Timers)


class Listener:
    """Listens on "host:port" and binds as MC with whoever `authenticate` knows.

    An account is refused from outside its `allow` ranges (ESME_RBINDFAIL) and above its `sessions`
    (ESME_RALYBND). `system_id` is how we call ourselves in the answer.
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
    ) -> None:
        self._host, self._port = split_address(address)
        self._authenticate = authenticate
        self._events = events
        self._board = board
        self._tls = tls
        self._limits = limits or ListenerLimits()
        self._system_id = system_id
        self._server: asyncio.Server | None = None
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
        loop = asyncio.get_running_loop()
        self._stopping = False
        handshake_s = None if self._tls is None else HANDSHAKE_S
        self._server = await loop.create_server(
            self._connection, self._host, self._port, ssl=self._tls, ssl_handshake_timeout=handshake_s
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def stop(self, *, drain_s: float = 10.0) -> None:
        """Accept nothing more, unbind every session (see `Link.unbind`), hang up."""
        if self._server is None:
            return
        self._stopping = True
        self._server.close()
        await asyncio.gather(*(link.unbind(drain_s=drain_s) for link in list(self._links)))
        await self._server.wait_closed()
        self._server = None

    def _connection(self) -> asyncio.Protocol:
        nobody = BindSettings(name="", carrier="", system_id="", password="", timers=self._limits.timers)
        return Link(
            nobody,
            self._events,
            board=self._board,
            role=None,
            opened=self._on_open,
            bind_received=self._on_bind,
        ).wire

    def _on_open(self, link: Link) -> None:
        if len(self._links) >= self._limits.connections_max or self._stopping:
            link.close("too many connections")
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
            host=link.peer.rpartition(":")[0],
            tls=self._tls is not None,
        )
        account = self._authenticate(request)
        if not isinstance(account, BindSettings):
            self._refuse(link, pdu, account)
        elif not _may_come_from(request.host, account.allow):
            self._refuse(link, pdu, CommandStatus.ESME_RBINDFAIL)
        elif (slot := self._board.claim(account)) is None:
            self._refuse(link, pdu, CommandStatus.ESME_RALYBND)
        else:
            link.accept(pdu, account, slot=slot, system_id=self._system_id)

    def _refuse(self, link: Link, pdu: Pdu, status: int) -> None:
        ids = {"system_id": pdu.text("system_id")[:16], "peer": link.peer, "status": status_name(status)}
        log.warning("bind refused", extra={"event": "bind_refused", **ids})
        loop = asyncio.get_running_loop()
        loop.call_later(self._limits.refusal_delay_s, link.refuse, pdu, status)


def _may_come_from(host: str, ranges: tuple[str, ...]) -> bool:
    if not ranges:
        return True
    address = ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(allowed, strict=False) for allowed in ranges)
