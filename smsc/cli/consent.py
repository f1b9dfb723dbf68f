"""`smsc consent`: the evidence of a number, printed and verified; consents imported; texts erased."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, StrictUndefined

from smsc.cli.admin_client import (
    ConfigOption,
    SocketOption,
    Unreachable,
    client,
    find_socket,
    give_up,
    refusal,
)
from smsc.cli.evidence import evidence_of
from smsc.cli.ledger_file import configured, look
from smsc.cli.vacuum import vacuum
from smsc.http.portal.view import Known, data_of, read_known
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store import Reader
from smsc.store.chain import Chain

COLUMNS = ("msisdn", "campaign", "at", "seen", "answered")
"""What a file of consents must have; every further column is evidence, and there has to be one."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("consent")(consent)
    app.command("vacuum")(vacuum)


def consent(
    target: Annotated[str, typer.Argument(metavar="MSISDN|import", help="a number, or the word import")],
    file: Annotated[
        Path | None, typer.Argument(help="with import: a CSV file of consents; with --pdf: where it goes")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    as_html: Annotated[
        bool, typer.Option("--html", help="as a page to print or to hand to a regulator")
    ] = False,
    as_pdf: Annotated[
        bool, typer.Option("--pdf", help="the same page as a PDF, into FILE or to a pipe")
    ] = False,
    erase: Annotated[
        bool, typer.Option("--erase", help="erase the texts; chain and blocks stay as digests")
    ] = False,
    config: ConfigOption = None,
    socket: SocketOption = None,
) -> None:
    """Print every consent event of a number and verify their chain; or import consents from a CSV file.

    A CSV file has the columns msisdn, campaign (like 543/HOROSKOP), at (with offset), seen, answered and at least one
    more, which is evidence (sub_url, sub_ip, form, ...). Import and --erase need the server to run.

    Exit code 0: shown and the chain holds, or done; 1: the chain is broken, or a row was refused; 2: bad usage.
    """
    if target == "import":
        if file is None:
            raise _usage("name the file: smsc consent import FILE.csv")
        _import(file, find_socket(config) if socket is None else socket)
        return
    msisdn = _number(target)
    if erase:
        _erase(msisdn, find_socket(config) if socket is None else socket)
        return
    known = look(configured(config), lambda r: _known(r, msisdn))
    if as_json:
        print(json.dumps(data_of(msisdn, known), indent=2, ensure_ascii=False))
    elif as_html:
        print(page(msisdn, known.chain, now=datetime.now(UTC)))
    elif as_pdf:
        _hand_over(msisdn, known.chain, file)
    else:
        _print(known.chain)
    for fault in known.chain.faults:
        typer.echo(f"smsc: the chain is broken: {fault}", err=True)
    if not known.chain.holds:
        raise typer.Exit(1)


def _known(reader: Reader, msisdn: Msisdn) -> Known:
    """All of the number, with what is wrong with the ledger as a whole."""
    known = read_known(reader, msisdn)
    return replace(known, chain=replace(known.chain, faults=(*known.chain.faults, *reader.ledger_faults())))


def page(msisdn: Msisdn, chain: Chain, *, now: datetime) -> str:
    """The evidence as one HTML page without anything from elsewhere."""
    text = files("smsc.cli").joinpath("consent.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
    return made.render(record=evidence_of(msisdn, chain, now=now))


def _hand_over(msisdn: Msisdn, chain: Chain, file: Path | None) -> None:
    """The PDF into `file`, or to whom the output is piped."""
    try:
        from smsc.cli.consent_pdf import pdf_of
    except ImportError as error:
        typer.echo("smsc: the PDF needs fpdf2: pip install 'smsc[pdf]'", err=True)
        raise typer.Exit(1) from error
    now = datetime.now(UTC)
    if file is None and sys.stdout.isatty():
        raise _usage("name the file: smsc consent MSISDN --pdf FILE, or pipe the output")
    made = pdf_of(evidence_of(msisdn, chain, now=now), now=now)
    if file is None:
        typer.get_binary_stream("stdout").write(made)
        return
    try:
        file.touch(mode=0o600)
        file.write_bytes(made)
    except OSError as error:
        raise _usage(f"{file}: {error.strerror}: name another file") from error
    print(f"{file}: {len(made)} octets")


def _print(chain: Chain) -> None:
    for event in chain.events:
        facts = event.facts
        print(
            f"{event.place:>4}  {event.at:%Y-%m-%d %H:%M:%S}Z  {facts.get('state')!s:<10} by {facts.get('by')!s:<12} "
            f"{facts.get('campaign')}  {facts.get('profile')} {facts.get('version')}  {facts.get('carrier')}"
        )
        if event.row is None:
            print("      (texts erased)")
            continue
        said = event.row.consent
        for word, text in (("seen", said.seen), ("answered", said.answered)):
            if text:
                print(f"      {word}: {text}")
        if said.evidence:
            print("      evidence: " + ", ".join(f"{k}={v}" for k, v in said.evidence.items()))
        print(f"      link {event.link}")
    if chain.holds:
        print(f"{len(chain.events)} events, the chain holds")


def _erase(msisdn: Msisdn, socket: Path) -> None:
    try:
        with client(socket) as made:
            answer = made.delete(f"/consents/{msisdn}")
    except Unreachable as error:
        raise give_up(error) from error
    if answer.status_code != 200:
        typer.echo(f"smsc: {refusal(answer)}", err=True)
        raise typer.Exit(1)
    print(f"erased: the texts of {answer.json()['detail']} events; the chain and the blocks stay as digests")


def _import(file: Path, socket: Path) -> None:
    rows = _rows(file)
    taken = known = refused = 0
    try:
        with client(socket) as made:
            for line, row in rows:
                evidence = {k: v for k, v in row.items() if k not in COLUMNS and v}
                body = {name: row[name] for name in COLUMNS} | {"evidence": {**evidence, "file": file.name}}
                answer = made.post("/consents", json=body)
                if answer.status_code != 200:
                    refused += 1
                    typer.echo(f"{file}:{line}: {refusal(answer)}", err=True)
                elif answer.json()["reason"] == "repeated":
                    known += 1
                else:
                    taken += 1
    except Unreachable as error:
        raise give_up(error) from error
    print(f"imported: {taken}, known already: {known}, refused: {refused}")
    if refused:
        raise typer.Exit(1)


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their lines; exit 2 for a file that lacks a column."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened, restval="")
            rows = [(reader.line_num, {str(k): str(v or "") for k, v in row.items() if k}) for row in reader]
            names = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _usage(f"{file}: {error}") from error
    lacking = [name for name in COLUMNS if name not in names]
    if lacking or len(names) <= len(COLUMNS):
        raise _usage(f"{file}: needs the columns {', '.join(COLUMNS)} and one or more of evidence")
    return rows


def _number(text: str) -> Msisdn:
    try:
        return parse_msisdn(text)
    except BadMsisdn as error:
        raise _usage(f"{text}: {error}") from error


def _usage(message: str) -> typer.Exit:
    typer.echo(f"smsc: {message}", err=True)
    return typer.Exit(2)
