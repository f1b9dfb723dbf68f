"""Where the binds meet the line: PDUs become items at the door, links come and go (the strangers' introduction)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from smsc.carrier import CarrierProfile, fingerprint, read, read_party, receipt_candidates, receipt_key
from smsc.link import Link
from smsc.messages import Receipt
from smsc.pipeline.budget import Budget
from smsc.pipeline.dispatch import Dispatch
from smsc.pipeline.ids import Ids
from smsc.pipeline.intake import Intake
from smsc.pipeline.items import MoItem, ReceiptItem, Respond, SessionClosed, SessionOpened, Woken
from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import PDU_HELD, Pdu
from smsc.smpp.permissions import try_again
from smsc.smpp.tlvs import read_number

SUBMIT_LIKE = frozenset({Command.SUBMIT_SM, Command.DATA_SM})
"""Requests whose answer carries a message_id (SMPP v3.4 §4.4.2, §4.7.2)."""

READ_FACTOR = 3
"""A body is held as it came and as text, of which a character may take twice what it took on the wire."""
ITEM_HELD = 1700
"""Octets that the objects of a request take until it is stored, the PDU's own included."""


class Doors:
    """The pipeline's side of every link.

    octets_max: memory of what came by all of them and is not yet answered, also where its session is gone; beyond
    it everybody is asked to come again (D4).
    """

    def __init__(
        self,
        carriers: Callable[[], Mapping[str, CarrierProfile]],
        intake: Intake,
        dispatch: Dispatch,
        *,
        ids: Ids,
        now: Callable[[], datetime],
        octets_max: int,
    ) -> None:
        self._carriers, self._intake, self._dispatch = carriers, intake, dispatch
        self._ids, self._now = ids, now
        self._budget = Budget(octets_max)

    def bound(self, link: Link) -> None:
        """A bind is up."""
        self._intake.keep(SessionOpened(link.session_id, link.name, link.carrier))
        self._dispatch.bound(link)

    def unbound(self, link: Link, reason: str) -> None:
        """A bound session is over; unless in order, answers written at its end may not have arrived (D1a)."""
        self._dispatch.unbound(link)
        self._intake.keep(SessionClosed(link.session_id, orderly=link.ended_orderly))

    def request(self, link: Link, pdu: Pdu) -> None:
        """An MO or a receipt: it is answered once it is committed."""
        profile = self._carriers()[link.carrier]
        again = try_again(pdu.command, profile.try_again_status)
        octets = ITEM_HELD + READ_FACTOR * (pdu.octets_held - PDU_HELD)
        if not self._budget.take(octets):
            link.respond(pdu, again)
            return
        number = self._ids.next()
        event = read(profile, pdu, bind=link.name, id=number, now=self._now())
        fields = {"message_id": str(number)} if pdu.command in SUBMIT_LIKE else {}
        back = Respond(
            partial(self._respond, link, pdu, fields, octets),
            received_s=asyncio.get_running_loop().time(),
            response_s=profile.response_s,
            try_again=again,
        )
        if isinstance(event, Receipt):
            key = receipt_key(profile, event.message_id, from_receipt=True)
            candidates = receipt_candidates(profile, event.message_id)
            self._intake.receipt(ReceiptItem(event, key, back, candidates))
        else:
            self._intake.mo(MoItem(event, fingerprint(event), link.session_id, back))

    def _respond(self, link: Link, pdu: Pdu, fields: Mapping[str, str], octets: int, status: int) -> bool:
        """It is stored or refused: the answer leaves, and what it took is free."""
        self._budget.give_back(octets)
        return link.respond(pdu, status, **(fields if status == 0 else {}))

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to an MT."""
        self._dispatch.response(link, context, pdu)

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        """No answer to an MT will come."""
        self._dispatch.lost(link, context, written=written)

    def late(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to an MT that was given up: it settles what is in doubt."""
        self._dispatch.late(link, context, pdu)

    def ready(self, link: Link) -> None:
        """The link has room again."""
        self._dispatch.ready(link)

    def alert(self, link: Link, pdu: Pdu) -> None:
        """A handset can be reached again: what waits to be tried again for it goes now (SMPP v3.4 §4.12.1)."""
        status = pdu.tlvs.get(Tag.MS_AVAILABILITY_STATUS)
        if status and read_number(status):  # denied or unavailable (SMPP v3.4 §5.3.2.30)
            return
        country = self._carriers()[link.carrier].country
        msisdn, _ = read_party(pdu.text("source_addr"), pdu.number("source_addr_ton"), country)
        self._intake.woken(Woken(link.carrier, msisdn))
