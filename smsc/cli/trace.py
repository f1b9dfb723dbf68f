"""`smsc trace BIND`: its PDUs, decoded, as they pass; on request into a file that Wireshark reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from smsc.cli.admin_client import (
    ConfigOption,
    SocketOption,
    Unreachable,
    client,
    find_socket,
    give_up,
    refusal,
)
from smsc.link.pcap import Conversation, pcap_header

QUIET = frozenset({"command_id", "sequence_number", "command_status"})


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("trace")(trace)


def trace(
    bind: Annotated[str, typer.Argument(help='the bind\'s name, see smsc binds; "*" for all')],
    msisdn: Annotated[str, typer.Option(help="only PDUs from or to this number, and their answers")] = "",
    pcap: Annotated[
        Path | None, typer.Option(help="write a capture file too; read it with Wireshark")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    count: Annotated[int, typer.Option(help="end after so many PDUs; 0: never", min=0)] = 0,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Show the PDUs of a bind of the running server as they pass, until Ctrl-C.

    Numbers and texts of subscribers are shown whole, passwords never. Exit code 1: no server answers, no such bind.
    """
    path = socket or find_socket(config)
    try:
        capture = Capture(pcap.open("wb")) if pcap is not None else None
    except OSError as error:
        typer.echo(f"smsc trace: {pcap}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    try:
        for number, record in enumerate(_records(path, bind, msisdn), 1):
            print(json.dumps(record) if as_json else shown(record), flush=True)
            if capture is not None and "octets" in record:
                capture.write(record)
            if count and number >= count:
                return
    except Unreachable as error:
        raise give_up(error) from error
    except KeyboardInterrupt:
        return
    finally:
        if capture is not None:
            capture.close()


def _records(path: Path, bind: str, msisdn: str) -> Iterator[Mapping[str, Any]]:
    with (
        client(path, timeout_s=None) as server,
        server.stream("GET", "/trace", params={"bind": bind, "msisdn": msisdn}) as answer,
    ):
        if answer.is_error:
            answer.read()
            typer.echo(f"smsc trace: {bind}: {refusal(answer)}", err=True)
            raise typer.Exit(1)
        for line in answer.iter_lines():
            record = json.loads(line)
            if "tracing" in record:
                typer.echo(f"tracing {record['tracing']}, Ctrl-C ends it", err=True)
            else:
                yield record


def shown(record: Mapping[str, Any]) -> str:
    """A PDU in a line for its head and one for each field that is set."""
    if "left_out" in record:
        return f"... {record['left_out']} PDUs left out: too many to show"
    fields = dict(record["fields"])
    head = (
        f"{record['at']} {record['bind']} {record['way']} {record['command']} seq={record['sequence_number']}"
    )
    if record["command"].endswith("_resp") or record["status"]:
        head += f" {fields['command_status']}"
    lines = [
        f"    {name}: {value}"
        for name, value in record["fields"]
        if name not in QUIET and value not in ("", "0")
    ]
    return "\n".join([head, *lines])


class Capture:
    """A capture file in the making; flushed with every PDU, so that it can be read while it grows."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._conversations: dict[str, Conversation] = {}
        file.write(pcap_header())

    def write(self, record: Mapping[str, Any]) -> None:
        """Add one PDU."""
        session = record["session"]
        if session not in self._conversations:
            self._conversations[session] = Conversation(
                record["peer"], we_are_mc=record["role"] == "mc", number=len(self._conversations)
            )
        packets = self._conversations[session].packets(
            bytes.fromhex(record["octets"]),
            outgoing=record["way"] == ">",
            at=datetime.fromisoformat(record["at"]).timestamp(),
        )
        self._file.write(packets)
        self._file.flush()

    def close(self) -> None:
        """End the file."""
        self._file.close()
