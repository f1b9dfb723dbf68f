"""The asyncio edge of SMPP: dial, listen, pump a session, show what every bind is doing."""

from smsc.link.board import BindBoard, BindRow, BindSlot, BindState, OnPdu
from smsc.link.callbacks import LinkEvents
from smsc.link.dialer import Dialer
from smsc.link.link import Link, LinkClosed
from smsc.link.listener import Authenticate, BindRequest, Listener, ListenerLimits
from smsc.link.passwords import same_secret
from smsc.link.settings import BindSettings, Mode, Rebind, split_address
from smsc.link.tls import client_context, server_context
from smsc.smpp.timers import Timers
from smsc.smpp.window import WindowFull

__all__ = [
    "Authenticate",
    "BindBoard",
    "BindRequest",
    "BindRow",
    "BindSettings",
    "BindSlot",
    "BindState",
    "Dialer",
    "Link",
    "LinkClosed",
    "LinkEvents",
    "Listener",
    "ListenerLimits",
    "Mode",
    "OnPdu",
    "Rebind",
    "Timers",
    "WindowFull",
    "client_context",
    "same_secret",
    "server_context",
    "split_address",
]
