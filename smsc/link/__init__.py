"""The asyncio edge of SMPP: dial, listen, pump a session, show what every bind is doing."""

from smsc.link.bans import BanRule
from smsc.link.board import BindBoard, BindRow, BindSlot, BindState, OnPdu
from smsc.link.callbacks import LinkEvents
from smsc.link.certificates import BadCertificate
from smsc.link.certificates import expires_at as certificate_expires_at
from smsc.link.control import BindControl, UnknownBind, Verb
from smsc.link.dialer import Dialer
from smsc.link.governor import DialGovernor
from smsc.link.link import Link, LinkClosed
from smsc.link.listener import Authenticate, BindRequest, Listener, ListenerLimits, OutbindRequest
from smsc.link.maintenance import MaintenanceWindow, parse_maintenance
from smsc.link.outbinder import Outbinder
from smsc.link.passwords import same_secret
from smsc.link.settings import BindSettings, Mode, Outbind, Rebind, split_address
from smsc.link.tls import client_context, server_context
from smsc.smpp.timers import Timers
from smsc.smpp.window import WindowFull

__all__ = [
    "Authenticate",
    "BadCertificate",
    "BanRule",
    "BindBoard",
    "BindControl",
    "BindRequest",
    "BindRow",
    "BindSettings",
    "BindSlot",
    "BindState",
    "DialGovernor",
    "Dialer",
    "Link",
    "LinkClosed",
    "LinkEvents",
    "Listener",
    "ListenerLimits",
    "MaintenanceWindow",
    "Mode",
    "OnPdu",
    "Outbind",
    "OutbindRequest",
    "Outbinder",
    "Rebind",
    "Timers",
    "UnknownBind",
    "Verb",
    "WindowFull",
    "certificate_expires_at",
    "client_context",
    "parse_maintenance",
    "same_secret",
    "server_context",
    "split_address",
]
