"""The ports of a demo: the wanted ones, or the next that are free."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from rich.console import Console

PORTS_TRIED = 50


@dataclass(frozen=True, slots=True)
class Ports:
    """What listens where, all on 127.0.0.1."""

    http: int
    smpp: int
    carrier: int
    carrier_control: int
    merchant: int
    merchant_control: int
    listener: int
    """Where the developer listens, not we: the callbacks of the merchants that are played with curl."""


def choose_ports(console: Console, *, http: int, smpp: int, listener: int) -> Ports:
    """The wanted ports, or the next free ones; says which were taken.  Raises: OSError: none is free."""
    taken: set[int] = {listener}
    wanted = {
        "http": (http, "the page"),
        "smpp": (smpp, "the SMPP listener"),
        "carrier": (2776, "the carrier"),
        "carrier_control": (8091, "the carrier's control"),
        "merchant": (9000, "the merchant"),
        "merchant_control": (8092, "the merchant's control"),
    }
    chosen: dict[str, int] = {}
    for name, (port, what) in wanted.items():
        free = next(
            (p for p in range(port, min(port + PORTS_TRIED, 65536)) if p not in taken and _is_free(p)), None
        )
        if free is None:
            raise OSError(f"no port from {port} to {min(port + PORTS_TRIED, 65536) - 1} is free for {what}")
        if free != port:
            console.print(f"Port {port} is taken: {what} takes {free}.", highlight=False)
        taken.add(free)
        chosen[name] = free
    return Ports(**chosen, listener=listener)


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
