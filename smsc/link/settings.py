"""What is agreed for one bind."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Literal

from smsc.link.maintenance import MaintenanceWindow
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.inbound import INBOUND_OCTETS_MAX
from smsc.smpp.permissions import Dialect
from smsc.smpp.timers import Timers

Mode = Literal["transceiver", "transmitter", "receiver"]


@dataclass(frozen=True, slots=True)
class Rebind:
    """How long to wait before dialling again, in seconds. Each wait doubles the last, less up to half by lot.

    A refused bind waits longer, up to hours: carriers lock accounts that hammer (`refused_s`). A bind that stood
    for `steady_s` begins anew at `initial_s`. One that is down for `alarm_s` raises an alarm.
    """

    initial_s: float = 1.0
    max_s: float = 60.0
    refused_s: float = 60.0
    refused_max_s: float = 14_400.0
    steady_s: float = 10.0
    alarm_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Outbind:
    """What an outbind says, ours or the carrier's (SMPP v3.4 §4.1.7.1).

    address: of the ESME that we call as message centre. allow: where a carrier may call from, none means anywhere.
    """

    system_id: str
    password: str = field(repr=False)
    address: str = ""
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BindSettings:
    """One bind with a carrier: dialled when it has an `address`, else an account of the listener.

    rate: submit_sm (or whichever PDU carries an MT) a second and session, None for no limit.
    sessions: how many connections we keep up, or let the carrier open, at the same time.
    serves: of query_sm, cancel_sm, replace_sm and submit_multi, those that `LinkEvents.request` answers.
    allow: address ranges the carrier may connect from; none means from anywhere.
    fallback: addresses that are tried in turn, without waiting, when `address` cannot be reached.
    maintenance: when the carrier is down because it said so: it is not dialled, and nothing is raised.
    inbound_max, inbound_octets_max: requests of the carrier that may be open in a session, and their memory.
    try_again_status: what a deliver_sm or data_sm beyond that, or while the bind is isolated, is answered with.
    outbind: this bind is not dialled; the carrier calls our listener with an outbind that says so (see there).
    tls: a context from `smsc.link.tls` to dial over TLS; `tls_name` is checked in place of the host's name.
    """

    name: str
    carrier: str
    system_id: str
    password: str = field(repr=False)
    address: str = ""
    mode: Mode = "transceiver"
    system_type: str = ""
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    window: int = 10
    inbound_max: int = 1000
    inbound_octets_max: int = INBOUND_OCTETS_MAX
    serves: frozenset[Command] = frozenset()
    rate: float | None = None
    timers: Timers = field(default_factory=Timers)
    dialect: Dialect = "normal"
    sessions: int = 1
    allow: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    tls_name: str | None = None
    rebind: Rebind = field(default_factory=Rebind)
    connect_s: float = 10.0
    fallback: tuple[str, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    try_again_status: int = CommandStatus.ESME_RX_T_APPN
    outbind: Outbind | None = None


def split_address(address: str) -> tuple[str, int]:
    """ "host:port" or "[v6]:port" to its halves. Raises: ValueError: not of that form."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{address!r} is not host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)
