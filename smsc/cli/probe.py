"""`smsc probe`: bind once to a peer and say what it answered. Speaks through smpplib, not through our own code."""

from __future__ import annotations

import time
from typing import Annotated

import smpplib.client
import smpplib.command
import smpplib.consts
import smpplib.exceptions
import typer

from smsc.link import split_address
from smsc.smpp.codes import status_name

BINDS = {"transceiver": "bind_transceiver", "transmitter": "bind_transmitter", "receiver": "bind_receiver"}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("probe")(probe)


def probe(
    peer: Annotated[str, typer.Argument(help="HOST:PORT of the carrier's SMSC")],
    system_id: Annotated[str, typer.Option()] = "probe",
    password: Annotated[str, typer.Option(envvar="SMSC_PROBE_PASSWORD")] = "",
    mode: Annotated[str, typer.Option(help="transceiver, transmitter or receiver")] = "transceiver",
    timeout_s: Annotated[float, typer.Option(min=0.1, max=120)] = 10.0,
) -> None:
    """Bind once, enquire, unbind, and print what the peer said. Exit 0: bound; 1: refused or no answer."""
    try:
        host, port = split_address(peer)
        bind = BINDS[mode]
    except (ValueError, KeyError) as error:
        typer.echo(f"smsc probe: {error}; write HOST:PORT and --mode {'|'.join(BINDS)}", err=True)
        raise typer.Exit(2) from None
    client = smpplib.client.Client(host, port, timeout=timeout_s, allow_unknown_opt_params=True)
    try:
        typer.echo(f"connect {peer}: {_timed(client.connect)}")
        typer.echo(f"{bind} as {system_id}: {_timed(lambda: _bind(client, bind, system_id, password))}")
        typer.echo(f"enquire_link: {_timed(lambda: _enquire(client))}")
        typer.echo(f"unbind: {_timed(client.unbind)}")
    except smpplib.exceptions.PDUError as error:
        typer.echo(f"refused: {status_name(int(error.args[1]))}", err=True)
        raise typer.Exit(1) from None
    except (smpplib.exceptions.ConnectionError, OSError) as error:
        typer.echo(f"smsc probe: {peer}: {error or 'no answer'}", err=True)
        raise typer.Exit(1) from None
    finally:
        client.disconnect()


def _bind(client: smpplib.client.Client, bind: str, system_id: str, password: str) -> str:
    answer = getattr(client, bind)(system_id=system_id, password=password)
    named = answer.system_id.decode("ascii", "replace") if answer.system_id else "no name"
    version = getattr(answer, "sc_interface_version", None)
    return f"ESME_ROK, it calls itself {named!r}" + (f", SMPP 0x{version:02X}" if version else "")


def _enquire(client: smpplib.client.Client) -> str:
    client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client))
    answer = client.read_pdu()
    return f"{answer.command} {status_name(int(answer.status))}"


def _timed(step: object) -> str:
    started = time.perf_counter()
    said = step() if callable(step) else None
    took_ms = (time.perf_counter() - started) * 1000
    return f"{said if isinstance(said, str) else 'ok'} ({took_ms:.1f} ms)"
