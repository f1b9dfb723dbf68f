"""query_sm: which MTs may be asked for, by which ids, and when (CH3).

While an MT is open its `error` keeps the ids as the carrier wrote them, one for each part that the carrier took.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc.messages import SubmitResult, Verdict
from smsc.pipeline.batch import Batch
from smsc.pipeline.matching import FINAL
from smsc.store import MtRow

ASK_BY = "query_sm by "
"""Begins the error of a row that may still be asked for; each line after it is an id, after its part and a space
where the MT took several."""


def id_as_written(batch: Batch, row: MtRow, message_id: str) -> str:
    """What an open row of one part keeps as its error where query_sm may be needed."""
    return ASK_BY + message_id if may_be_asked(batch, row) and message_id else ""


def may_be_asked(batch: Batch, row: MtRow) -> bool:
    """Only for money, and only a carrier that answers query_sm."""
    return row.mt.billed and batch.line.carriers[row.mt.carrier].query


def with_part(batch: Batch, row: MtRow, result: SubmitResult) -> MtRow:
    """The row with the id of one more part that the carrier took."""
    if result.verdict is not Verdict.ACCEPTED or not result.message_id or not may_be_asked(batch, row):
        return row
    known = row.error.removeprefix(ASK_BY).split("\n") if row.error.startswith(ASK_BY) else []
    others = [line for line in known if not line.startswith(f"{result.part} ")]
    noted = replace(row, error=ASK_BY + "\n".join([*others, f"{result.part} {result.message_id}"]))
    batch.change(noted)
    return noted


def ask(batch: Batch, row: MtRow) -> None:
    """Ask the carrier once what became of an MT without a receipt: of each part of which it has not told the end."""
    wait = timedelta(seconds=batch.line.carriers[row.mt.carrier].query_wait_s)
    ids = row.error.removeprefix(ASK_BY)
    if row.parts == 1:
        batch.out.queries.append((row, 1, ids))
    else:
        parts = batch.parts.get(row.mt.id, {})
        for line in ids.split("\n"):
            part, _, message_id = line.partition(" ")
            if int(part) not in parts or parts[int(part)].state not in FINAL:
                batch.out.queries.append((row, int(part), message_id))
    batch.change(replace(row, error="", deadline=batch.now + wait))
    batch.count("queried")
