"""`smsc replay`: what another keywords.yaml would decide of the MOs that came."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from smsc.app.carriers import profiles_of
from smsc.app.line import load_line
from smsc.app.playing import Message, Outcome
from smsc.app.replay import Compared, Difference, decisions, routes
from smsc.app.story import stories
from smsc.cli.admin_client import ConfigOption
from smsc.cli.check import DEFAULT_KEYWORDS, read_text
from smsc.cli.ledger_file import configured, look
from smsc.config import Config
from smsc.keywords import BadKeywords
from smsc.optin import BadProfiles
from smsc.pipeline.batch import Line

SHOWN = 60
"""Characters of a text that are shown."""
BEFORE = 16
"""Of them before the place where two texts part."""

FED = "fed in too: timers, sends and asks of merchants that were taken, opt-outs by other ways"
NOT_FED = "not fed in: refused calls, charges, reviews, imports, operators' blocks; standings begin as the ledger tells"


def replay(
    keywords: Annotated[Path, typer.Option(help="the changed keywords.yaml")],
    against: Annotated[
        Path | None, typer.Option(help="the old one; without it the keywords.yaml beside the configuration")
    ] = None,
    last: Annotated[int, typer.Option(help="how many of the newest MOs", min=1, max=1_000_000)] = 10_000,
    whole: Annotated[bool, typer.Option("--numbers", help="show numbers unmasked")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object in each line")] = False,
    config: ConfigOption = None,
) -> None:
    """Run stored MOs against a changed keywords.yaml and show what would be decided differently. Sends nothing.

    Both files are played over the MOs in the order they came, with standings of their own: route, states, messages
    and what merchants are told. Without an old file only routes are compared, with those that were noted.

    Exit code 0: nothing would differ; 1: something would, or a file is wrong.
    """
    loaded = configured(config)
    old = against if against is not None else _beside(config, keywords)
    new_line = _line(loaded, keywords)
    if old is None:
        compared = look(loaded, lambda r: routes(r, new_line.table, last=last))
    else:
        old_line = _line(loaded, old)
        told = look(loaded, lambda r: stories(r, old_line.book, last=last))
        compared = decisions(told, old_line, new_line, until=datetime.now(UTC))
    for one in compared.differences:
        if as_json:
            print(json.dumps(_data(one, whole=whole), ensure_ascii=False))
        else:
            print("\n".join(_lines(one, whole=whole)))
    if not as_json:
        print("\n".join(_summary(compared, old)))
    if compared.differences:
        raise typer.Exit(1)


def _beside(config: Path | None, keywords: Path) -> Path | None:
    """The file in force as `smsc serve` takes it, unless it is the changed one itself."""
    found = (config.parent if config is not None else Path()) / DEFAULT_KEYWORDS
    return found if found.exists() and not (keywords.exists() and found.samefile(keywords)) else None


def _line(loaded: Config, file: Path) -> Line:
    changes = look(loaded, lambda r: [row.change for row in r.overlay.in_force()])
    try:
        return load_line(
            read_text(file), profiles_of(loaded), file=str(file), environ=os.environ, overlay=changes
        )
    except (BadKeywords, BadProfiles) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _number(one: Difference, *, whole: bool) -> str:
    return str(one.msisdn) if whole else one.msisdn.masked


def _data(one: Difference, *, whole: bool) -> dict[str, object]:
    return {
        "mo": str(one.mo),
        "at": one.at.isoformat(),
        "msisdn": _number(one, whole=whole),
        "short_code": one.short_code,
        "text": one.text,
        "was": asdict(one.was),
        "would_be": asdict(one.would_be),
    }


def _lines(one: Difference, *, whole: bool) -> Iterator[str]:
    was, would_be = one.was, one.would_be
    head = (
        f"{one.mo}  {one.at:%Y-%m-%d %H:%M:%S}Z  {_number(one, whole=whole)}  {one.short_code}  {one.text!r}"
    )
    yield head
    if was.route != would_be.route:
        yield f"    route     {was.route} -> {would_be.route}"
    for name in ("states", "told", "refused"):
        before, after = getattr(was, name), getattr(would_be, name)
        yield from _changed(name, before, after)
    yield from _changed("messages", *_messages(was, would_be))


def _changed(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    if before != after:
        yield f"    {name:<9} {'; '.join(before) or 'none'}"
        yield f"    {'':<6} -> {'; '.join(after) or 'none'}"


def _messages(was: Outcome, would_be: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both lists in words; a text that differs from its counterpart is shown where they part."""
    pairs = [(m, _at(would_be.messages, n)) for n, m in enumerate(was.messages)]
    others = [(m, _at(was.messages, n)) for n, m in enumerate(would_be.messages)]
    return tuple(_said(*pair) for pair in pairs), tuple(_said(*pair) for pair in others)


def _at(messages: tuple[Message, ...], place: int) -> str:
    return messages[place].text if place < len(messages) else ""


def _said(message: Message, other: str) -> str:
    pairs = zip(message.text, other, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(message.text), len(other)))
    start = max(0, same - BEFORE) if same > SHOWN - BEFORE and same < len(message.text) else 0
    cut = message.text[start : start + SHOWN]
    text = f"{'…' if start else ''}{cut}{'…' if start + SHOWN < len(message.text) else ''}"
    return f'{message.kind}{" " + message.price if message.price else ""} "{text}"'


def _summary(compared: Compared, old: Path | None) -> Iterator[str]:
    many = len(compared.differences)
    if old is None:
        yield f"{compared.mos} MOs, {many} would be taken for something else"
        yield "routes only, against those that were noted; name the keywords.yaml in force with --against"
        return
    kinds = ("route", "states", "messages", "told", "refused")
    parts = {k: sum(getattr(d.was, k) != getattr(d.would_be, k) for d in compared.differences) for k in kinds}
    named = ", ".join(f"{count} in {kind}" for kind, count in parts.items() if count)
    yield (
        f"{compared.mos} MOs and {compared.calls} calls against {old}: {many} would be decided differently"
        + (f" ({named})" if named else "")
    )
    yield FED
    yield NOT_FED
