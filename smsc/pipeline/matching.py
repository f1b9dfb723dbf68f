"""Which MT a receipt speaks of (RP3, CH3). Every rule prefers no match to a wrong one: what is unmatched waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from smsc.carrier import Form, answer_candidates, sent_as
from smsc.messages import MtState, Receipt
from smsc.pipeline.batch import Batch
from smsc.pipeline.items import ReceiptItem, ResultItem
from smsc.store import MtRow, ReceiptRow

Place = tuple[int, int]
"""An MT's id and the number of its part."""
Key = tuple[str, str]
"""carrier, message_id as normalised for matching."""
Fits = dict[Form, set[Place]]

FINAL = frozenset({MtState.DELIVERED, MtState.FAILED, MtState.EXPIRED, MtState.CANCELLED})


def load_matches(batch: Batch, items: Iterable[ReceiptItem]) -> dict[Key, list[Place]]:
    """Look up these receipts by the form of ids that is believed, the rest by every form; read the rows found."""
    items = list(items)
    likely: set[Key] = set()
    for item in items:
        believed = batch.forms.believed(item.receipt.carrier)
        forms = [(form, key) for form, key in item.candidates if form == believed] or item.candidates
        likely |= {(item.receipt.carrier, key) for _, key in forms}
    found = dict(batch.tx.match(likely)) if likely else {}
    missed = [i for i in items if not any((i.receipt.carrier, key) in found for _, key in i.candidates)]
    others = {(i.receipt.carrier, key) for i in missed for _, key in i.candidates} - likely
    found |= batch.tx.match(others) if others else {}
    known = {item.mt for item in items if item.mt is not None}
    batch.read_rows([*known, *(mt for places in found.values() for mt, _ in places)])
    return {key: list(places) for key, places in found.items()}


def place_of(batch: Batch, item: ReceiptItem, found: Mapping[Key, list[Place]]) -> Place | None:
    """The MT of a receipt: by its id in any form the carrier may use, else the one in doubt that fits (CH3)."""
    if item.mt is not None:
        return (item.mt, item.part) if item.mt in batch.rows else None
    receipt = item.receipt
    fits: Fits = {}
    for form, key in item.candidates:
        places = {p for p in found.get((receipt.carrier, key), ()) if may_be(batch, p, receipt, form=form)}
        if places:
            fits[form] = places
    if not fits:
        return the_one_in_doubt(batch, item)
    if learns(batch, receipt.carrier):
        fits = believable(batch, receipt, fits)
    place = the_only(batch, fits)
    if place is None:
        batch.count("receipt_ambiguous")
    elif len(fits) == 1:
        note_form(batch, receipt.carrier, next(iter(fits)), tried=len(item.candidates))
    return place


def learns(batch: Batch, carrier: str) -> bool:
    """Whether the carrier's form of ids is learned, not configured."""
    return batch.line.carriers[carrier].receipt_id == "learn"


def note_form(batch: Batch, carrier: str, form: Form, *, tried: int) -> None:
    """A match teaches the form, unless the id reads the same in every form."""
    if tried > 1 or not learns(batch, carrier):
        batch.out.forms.append((carrier, form))


def may_be(batch: Batch, place: Place, receipt: Receipt, *, form: Form) -> bool:
    """Whether the MT went to the receipt's handset. An id that was converted must not contradict the reference."""
    row = batch.rows.get(place[0])
    if row is None:
        return False
    if not learns(batch, receipt.carrier):
        return True
    if form != "same" and receipt.reference not in (None, row.mt.reference):
        return False
    return numbers_fit(row, receipt)


def numbers_fit(row: MtRow, receipt: Receipt) -> bool:
    """Whether the receipt names the MT's handset: as its source, or as its destination where a carrier swaps them."""
    return str(row.mt.msisdn) in (str(receipt.msisdn), str(receipt.short_code))


def believable(batch: Batch, receipt: Receipt, fits: Fits) -> Fits:
    """The fits of the form that is believed; before one is, all, unless an MT may be meant whose id is to come."""
    believed = batch.forms.believed(receipt.carrier)
    if believed is not None and believed in fits:
        return {believed: fits[believed]}
    meant = {mt for places in fits.values() for mt, _ in places}
    if receipt.reference is not None and any(
        batch.rows[mt].mt.reference == receipt.reference for mt in meant
    ):
        return {
            form: echoed
            for form, places in fits.items()
            if (echoed := {p for p in places if batch.rows[p[0]].mt.reference == receipt.reference})
        }
    to_come = [
        row for row in nameless(batch, receipt) if row.state is MtState.SENDING or waits_without_id(row)
    ]
    return {} if any(row.mt.id not in meant for row in to_come) else fits


def the_only(batch: Batch, fits: Fits) -> Place | None:
    """The one MT that fits; of several that were given the same id in time, the only one that is still open."""
    places = {place for found in fits.values() for place in found}
    mts = {mt for mt, _ in places}
    if len(mts) > 1:
        mts = {mt for mt in mts if batch.rows[mt].state not in FINAL}
    if len(mts) != 1:
        return None
    (mt,) = mts
    parts = sorted(part for number, part in places if number == mt)
    known = batch.parts.get(mt, {})
    waiting = [p for p in parts if p not in known or known[p].state not in FINAL]
    return mt, (waiting or parts)[0]


def nameless(batch: Batch, receipt: Receipt) -> list[MtRow]:
    """MTs of the receipt's number and code that its carrier may know by an id that was never told."""
    profile = batch.line.carriers[receipt.carrier]
    since = batch.now - timedelta(seconds=batch.limits.in_doubt_match_s)
    found = batch.tx.nameless(receipt.carrier, receipt.msisdn, since=since)
    rows = [batch.rows.setdefault(row.mt.id, row) for row in found]
    return [
        row
        for row in rows
        if (row.lost or row.state is MtState.SENDING or waits_without_id(row))
        and sent_as(profile, row.mt) in (receipt.short_code, row.mt.msisdn)
    ]


def waits_without_id(row: MtRow) -> bool:
    """Whether only a receipt can tell the end of an MT, and not by its id: no answer came, or one without an id."""
    return row.state is MtState.IN_DOUBT or (
        row.state is MtState.ACCEPTED and row.parts == 1 and not row.message_id
    )


def the_one_in_doubt(batch: Batch, item: ReceiptItem) -> Place | None:
    """The MT without an id that this receipt settles: by the echoed reference, else when exactly one fits (CH3).

    A row whose answer may still come fits as well: then the receipt waits for that answer. So does a free one that
    went again after a lost answer: the carrier may have taken it both times, and speak of the first.
    """
    receipt = item.receipt
    rows = nameless(batch, receipt)
    if receipt.reference is not None:
        rows = [row for row in rows if row.mt.reference == receipt.reference]
    if len(rows) != 1 or not waits_without_id(rows[0]):
        return None
    (row,) = rows
    batch.take_parts([row.mt.id] if row.parts > 1 else [])
    return row.mt.id, 1


def overtaking(batch: Batch, accepted: Mapping[Key, ResultItem]) -> list[tuple[ReceiptRow, ResultItem]]:
    """Receipts that came before the answers with these ids, each with its answer."""
    wanted: dict[Key, list[tuple[Form, int, ResultItem]]] = {}
    for (carrier, key), item in accepted.items():
        candidates = answer_candidates(batch.line.carriers[carrier], key)
        believed = batch.forms.believed(carrier)
        tried = [c for c in candidates if c[0] == believed] or candidates
        for form, waits_as in tried:
            wanted.setdefault((carrier, waits_as), []).append((form, len(candidates), item))
    found: list[tuple[ReceiptRow, ResultItem]] = []
    for waiting in batch.tx.waiting_receipts(wanted) if wanted else ():
        options = wanted[waiting.receipt.carrier, waiting.message_id]
        batch.read_rows([item.result.mt for _, _, item in options])
        fits = [option for option in options if overtook(batch, waiting, option[2])]
        if len(fits) == 1:
            form, tried_forms, item = fits[0]
            note_form(batch, waiting.receipt.carrier, form, tried=tried_forms)
            found.append((waiting, item))
    return found


def overtook(batch: Batch, waiting: ReceiptRow, item: ResultItem) -> bool:
    """Whether this receipt can be of the MT that was just answered: it is not older, and of the same handset."""
    row = batch.rows.get(item.result.mt)
    if row is None or waiting.receipt.received_at < row.created_at:
        return False
    return not learns(batch, waiting.receipt.carrier) or numbers_fit(row, waiting.receipt)
