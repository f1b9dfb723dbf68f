"""MTs to the binds: what is committed as `sending` is written, and every outcome comes back through the door (D3).

Holds no truth: after a crash the rows tell what was on its way.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from smsc.carrier import CarrierError, CarrierProfile, read_query, receipt_key, verdict, write, write_query
from smsc.link import Link, LinkClosed, WindowFull
from smsc.messages import Kind, SubmitResult, Verdict
from smsc.pipeline.items import Dropped, Item, ReceiptItem, Respond, ResultItem
from smsc.pipeline.window import Window
from smsc.smpp.errors import LocalProtocolError
from smsc.smpp.pdu import Pdu
from smsc.sms.errors import SmsError
from smsc.store import MtRow

log = logging.getLogger("smsc.pipeline")


@dataclass(frozen=True, slots=True)
class Query:
    """One query_sm about a part of an MT."""

    row: MtRow
    part: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One submit_sm of an MT."""

    row: MtRow
    part: int
    pdu: Pdu


class Dispatch:
    """The bound links of each carrier, and the pieces that wait for room on them."""

    def __init__(
        self,
        carriers: Callable[[], Mapping[str, CarrierProfile]],
        *,
        keep: Callable[[Item], None],
        pull: Callable[[], None],
        now: Callable[[], datetime],
        unsettled_max: int,
    ) -> None:
        self._carriers, self._keep, self._pull, self._now = carriers, keep, pull, now
        self.window = Window(self.free, unsettled_max=unsettled_max)
        self._links: dict[str, list[Link]] = {}
        self._unsent: dict[str, deque[Piece]] = {}
        self._refused: dict[str, set[int]] = {}
        self._open = 0
        self._all_answered = asyncio.Event()
        self._all_answered.set()
        self.draining = False

    def free(self) -> dict[str, int]:
        """Window slots of each carrier that nothing is waiting for."""
        if self.draining:
            return {}
        return {
            carrier: sum(link.free for link in links) - len(self._unsent.get(carrier, ()))
            for carrier, links in self._links.items()
        }

    @property
    def idle(self) -> bool:
        """Nothing is on the wire and nothing waits for room."""
        return self._open == 0 and not any(self._unsent.values())

    def bound(self, link: Link) -> None:
        """A bind came up; queued MTs may go."""
        self._links.setdefault(link.carrier, []).append(link)
        self.window.backlog[link.carrier] = True
        self._pump(link.carrier)
        self._pull()

    def unbound(self, link: Link) -> None:
        """A bind went down; with the last one of a carrier, what it had not taken goes back to the queue."""
        links = self._links.get(link.carrier, [])
        if link in links:
            links.remove(link)
        if not links:
            self._links.pop(link.carrier, None)
            self._give_back(link.carrier)

    def ready(self, link: Link) -> None:
        """A bind has room again (its rate or its socket)."""
        self._pump(link.carrier)
        if self.window.backlog.get(link.carrier):
            self._pull()

    def send(self, rows: Iterable[MtRow], *, parts_done: Mapping[int, Collection[int]]) -> None:
        """Write committed rows, in their order, over the links with the most room."""
        touched = set()
        for row in rows:
            profile = self._carriers()[row.mt.carrier]
            try:
                pdus = write(profile, row.mt)
            except (CarrierError, SmsError) as error:
                log.error(
                    "mt unsendable", extra={"event": "mt_unsendable", "mt": row.mt.id, "why": str(error)}
                )
                self.window.hand_out(row.mt.id)
                self._result(row, 1, Verdict.REFUSED, written=True)
                continue
            self._refused.get(row.mt.carrier, set()).discard(row.mt.id)
            waiting = self._unsent.setdefault(row.mt.carrier, deque())
            done = parts_done.get(row.mt.id, ())
            for number, pdu in enumerate(pdus, 1):
                if number not in done:
                    waiting.append(Piece(row, number, pdu))
                    self.window.hand_out(row.mt.id)
            touched.add(row.mt.carrier)
        for carrier in touched:
            if self._refuses(carrier):
                self._back_in_line(carrier)
            self._pump(carrier)
            if carrier not in self._links:
                self._give_back(carrier)

    def drop(self, registrations: Collection[int]) -> None:
        """Drop what a STOP overtook and no socket has seen (OO3); a message of which a part left goes on."""
        if not registrations:
            return
        for waiting in self._unsent.values():
            doomed = {
                p.row.mt.id: p.row
                for p in waiting
                if p.row.mt.registration in registrations and p.row.mt.kind is not Kind.GOODBYE
            }
            for mt, row in doomed.items():
                pieces = [p for p in waiting if p.row.mt.id == mt]
                if len(pieces) == row.parts:
                    for piece in pieces:
                        waiting.remove(piece)
                    self._keep(Dropped(mt, row.mt.attempt, pieces=len(pieces), cancel=True))

    def _pump(self, carrier: str) -> None:
        waiting = self._unsent.get(carrier)
        links = self._links.get(carrier)
        while waiting and links:
            link = links[0] if len(links) == 1 else max(links, key=lambda each: each.free)
            if link.free <= 0:
                return
            piece = waiting[0]
            try:
                link.send(piece.pdu, piece)
            except (LinkClosed, WindowFull):
                return
            except LocalProtocolError as error:  # this one can never be sent; those behind it can
                ids = {"mt": piece.row.mt.id, "bind": link.name, "why": str(error)}
                log.error("mt unsendable", extra={"event": "mt_unsendable", **ids})
                waiting.popleft()
                self._result(piece.row, piece.part, Verdict.REFUSED, bind=link.name)
                continue
            waiting.popleft()
            self._open += 1
            self._all_answered.clear()

    def _give_back(self, carrier: str) -> None:
        waiting = self._unsent.pop(carrier, deque())
        by_row: dict[int, list[Piece]] = {}
        for piece in waiting:
            by_row.setdefault(piece.row.mt.id, []).append(piece)
        for pieces in by_row.values():
            row = pieces[0].row
            if row.parts == len(pieces):
                self._keep(Dropped(row.mt.id, row.mt.attempt, pieces=len(pieces), cancel=False))
                continue
            for piece in pieces:
                self._result(row, piece.part, Verdict.RETRY, written=False)

    def _refuses(self, carrier: str) -> bool:
        """Whether the carrier throttles: all its binds rest, or what it refused is not yet back in the queue."""
        refused = self._refused.get(carrier)
        if refused:
            refused.intersection_update(self.window.in_hand)
        links = self._links.get(carrier)
        return bool(refused) or (bool(links) and all(link.rests for link in links or ()))

    def _back_in_line(self, carrier: str) -> None:
        """What waits here is younger than what the carrier throttled: it joins the queue behind that.

        An MT of which a part has left keeps its place.
        """
        waiting = self._unsent.get(carrier)
        if not waiting:
            return
        pieces = Counter(piece.row.mt.id for piece in waiting)
        whole = {
            piece.row.mt.id: piece.row for piece in waiting if pieces[piece.row.mt.id] == piece.row.parts
        }
        self._unsent[carrier] = deque(piece for piece in waiting if piece.row.mt.id not in whole)
        for mt, row in whole.items():
            self._keep(Dropped(mt, row.mt.attempt, pieces=row.parts, cancel=False))

    def query(self, row: MtRow, part: int, message_id: str) -> None:
        """Ask what became of a part of an MT, on the first bind that may; its answer comes back as a receipt (CH3)."""
        pdu = write_query(self._carriers()[row.mt.carrier], row.mt, message_id)
        for link in self._links.get(row.mt.carrier, ()):
            try:
                link.send(pdu, Query(row, part))
            except (LinkClosed, WindowFull, LocalProtocolError):
                continue
            self._open += 1
            self._all_answered.clear()
            return

    def _told(self, link: Link, asked: Query, pdu: Pdu) -> None:
        row = asked.row
        receipt = read_query(self._carriers()[row.mt.carrier], row.mt, pdu, bind=link.name, now=self._now())
        if receipt is not None:
            nobody = Respond(lambda _: True, received_s=0.0, response_s=0.0, try_again=0)
            self._keep(ReceiptItem(receipt, row.message_id, nobody, mt=row.mt.id, part=asked.part))

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        """The carrier's answer to one submit_sm or query_sm."""
        if isinstance(context, Query):
            self._closed_one()
            self._told(link, context, pdu)
            return
        if not isinstance(context, Piece):
            return
        self._closed_one()
        judged = self._judge(link, context, pdu)
        if judged is Verdict.THROTTLE:
            link.slow_down()
            self._refused.setdefault(link.carrier, set()).add(context.row.mt.id)
            self._back_in_line(link.carrier)
        self._pump(link.carrier)

    def _judge(self, link: Link, piece: Piece, pdu: Pdu) -> Verdict:
        judged = verdict(self._carriers()[piece.row.mt.carrier], pdu.command_status)
        named = pdu.command_status == 0 and "message_id" in pdu.fields
        self._result(
            piece.row,
            piece.part,
            judged,
            bind=link.name,
            status=int(pdu.command_status),
            message_id=str(pdu["message_id"]) if named else "",
        )
        return judged

    def late(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to what was given up: billed, it is in doubt and settled now (CH3); free, it went again."""
        if isinstance(context, Piece) and context.row.mt.billed:
            self._judge(link, context, pdu)

    def lost(self, link: Link, context: object, *, written: bool) -> None:
        """No answer will come: in doubt if it left, as if never tried if it did not (CH3)."""
        if isinstance(context, Query):
            self._closed_one()
        if not isinstance(context, Piece):
            return
        self._closed_one()
        lost = Verdict.IN_DOUBT if written else Verdict.RETRY
        self._result(context.row, context.part, lost, bind=link.name, written=written)

    def _closed_one(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._all_answered.set()

    async def all_answered(self) -> None:
        """Wait until every open request has its answer or its loss (D5)."""
        await self._all_answered.wait()

    def _result(
        self,
        row: MtRow,
        part: int,
        outcome: Verdict,
        *,
        bind: str = "",
        status: int = 0,
        message_id: str = "",
        written: bool = True,
    ) -> None:
        profile = self._carriers()[row.mt.carrier]
        result = SubmitResult(
            mt=row.mt.id,
            attempt=row.mt.attempt,
            verdict=outcome,
            at=self._now(),
            bind=bind,
            status=status,
            message_id=message_id,
            part=part,
            parts=row.parts,
            written=written,
        )
        key = receipt_key(profile, message_id, from_receipt=False) if message_id else ""
        plain = outcome is Verdict.ACCEPTED and row.parts == 1 and row.call is None and not row.mt.billed
        self._keep(ResultItem(result, row.mt.carrier, key, plain=plain))
