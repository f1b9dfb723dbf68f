"""How the simulated carrier treats an MT: chooses its fate, answers, shows it, sends receipts."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from smsc.link.link import Link
from smsc.sim.errands import Errand, Errands
from smsc.sim.faults import Faults, Outcome
from smsc.sim.form import CarrierForm
from smsc.sim.log import CarrierLog, now
from smsc.sim.message import Arrived, Assembler, price_of, read_segment
from smsc.sim.receipts import STATES, write_receipt
from smsc.sim.telling import text_of
from smsc.smpp.codes import Command, CommandStatus, MessageState, status_name
from smsc.smpp.pdu import Pdu

RECEIPT_TRIES = 5
UNUSED = 0x7FFFFFFF
"""A sequence_number that no session gets to."""
HELD_MAX = 10_000
STATES_MAX = 10_000
"""MTs whose state a query_sm is told."""


class Taker:
    """Takes MTs. `receipt_command` carries receipts: deliver_sm, or submit_sm when we dialled.

    Args: deaden: leaves a link open and dead.
    """

    def __init__(
        self,
        form: CarrierForm,
        *,
        log: CarrierLog,
        errands: Errands,
        first_id: int,
        deaden: Callable[[Link], None],
    ) -> None:
        self.faults = Faults()
        self.receipt_command = Command.DELIVER_SM
        self._form = form
        self._log = log
        self._errands = errands
        self._deaden = deaden
        self._assembler = Assembler()
        self._states: OrderedDict[str, MessageState] = OrderedDict()
        # Ids of an earlier run must not come again, or a late receipt would find the wrong MT.
        self._numbers = itertools.count(first_id or time.time_ns() // 1_000_000 % 10**10)
        self._held: deque[tuple[Link, Pdu]] | None = None
        self._backwards = 0  # so many held MTs are taken, the last first

    def hold(self) -> None:
        """Keep MTs unanswered until `release`."""
        self._held = deque(maxlen=HELD_MAX) if self._held is None else self._held

    def turn_round(self, number: int) -> None:
        """Hold the next `number` MTs, then take them, the last first."""
        self.hold()
        self._backwards = number

    def release(self) -> None:
        """Take what was held, and everything from now on."""
        held, self._held, self._backwards = self._held or deque(), None, 0
        for link, pdu in held:
            self.take(link, pdu)

    def take(self, link: Link, pdu: Pdu) -> None:
        """One MT came."""
        if self._held is not None:
            self._held.append((link, pdu))
            if 0 < self._backwards <= len(self._held):
                self._held.reverse()
                self.release()
            return
        alphabet = self._form.default_alphabet
        price = price_of(pdu, self._form.prices)
        segment = read_segment(pdu, alphabet)
        outcome = self.faults.choose(
            pdu.text("destination_addr"),
            text_of(pdu, alphabet),
            segment.data,
            billed=bool(price),
            now=asyncio.get_running_loop().time(),
        )
        number, at = next(self._numbers), now()
        if outcome.receipt_first:
            self._send_receipts(pdu, number, outcome, at)
        self._states[self._form.ids.in_response(number)] = _said_of(outcome)
        if len(self._states) > STATES_MAX:
            self._states.popitem(last=False)
        if outcome.answer_delay_s:
            self._errands.after(outcome.answer_delay_s, lambda: self._answer(link, pdu, number, outcome))
        else:
            self._answer(link, pdu, number, outcome)
        arrived = Arrived(
            pdu=pdu,
            segment=segment,
            message_id=self._form.ids.in_response(number),
            outcome=_word(outcome),
            delivered=outcome.delivered,
            at=at,
            price=price,
        )
        # What will be submitted again is not yet what became of the message.
        if not outcome.once and (message := self._assembler.add(arrived)) is not None:
            self._log.show(message)
        if outcome.receipts and not outcome.receipt_first:
            delay_s = outcome.answer_delay_s + outcome.delay_s
            self._errands.after(delay_s, lambda: self._send_receipts(pdu, number, outcome, at))

    def _answer(self, link: Link, pdu: Pdu, number: int, outcome: Outcome) -> None:
        if outcome.drops_link:
            link.abort()
        if outcome.goes_dead:
            self._deaden(link)
        if not outcome.answers or not link.is_bound:
            return
        fine = outcome.status == CommandStatus.ESME_ROK and not outcome.without_id
        fields: dict[str, Any] = {"message_id": self._form.ids.in_response(number)} if fine else {}
        if outcome.stray_answer:
            self._answer_out_of_turn(link, pdu, UNUSED, CommandStatus.ESME_ROK, fields)
        link.respond(pdu, outcome.status, **fields)
        answer = Pdu(
            pdu.command.response,
            fields,
            command_status=outcome.status,
            sequence_number=pdu.sequence_number,
        )
        self._log.note("out", link, answer, msisdn=pdu.text("destination_addr"))
        if outcome.answers_twice:
            self._answer_out_of_turn(link, pdu, pdu.sequence_number, CommandStatus.ESME_RSYSERR, {})

    def _answer_out_of_turn(
        self, link: Link, pdu: Pdu, number: int, status: int, fields: dict[str, Any]
    ) -> None:
        answer = Pdu(pdu.command.response, fields, command_status=status, sequence_number=number)
        link.write_anyway(answer)
        self._log.note("out", link, answer, msisdn=pdu.text("destination_addr"))

    def forget(self) -> None:
        """Know no MT any more."""
        self._states.clear()

    def tell_state(self, link: Link, pdu: Pdu) -> None:
        """query_sm: what became of the MT that was given this id."""
        self._log.note("in", link, pdu, msisdn="")
        state = self._states.get(pdu.text("message_id"))
        if state is None:
            link.respond(pdu, CommandStatus.ESME_RQUERYFAIL)
            return
        ended = state not in (MessageState.ENROUTE, MessageState.ACCEPTED)
        final_date = f"{now():%y%m%d%H%M%S}000+" if ended else ""
        fields = {"message_id": pdu["message_id"], "final_date": final_date, "message_state": int(state)}
        link.respond(pdu, CommandStatus.ESME_ROK, **fields)

    def _send_receipts(self, pdu: Pdu, number: int, outcome: Outcome, submitted: datetime) -> None:
        wanted = pdu.number("registered_delivery") & 3  # SMPP v3.4 §5.2.17: 0 none, 1 all, 2 failures
        form = self._form.receipt
        if outcome.receipt_style:
            form = replace(form, style=outcome.receipt_style)
        for stat in outcome.receipts:
            if wanted == 0 or (wanted == 2 and stat in ("DELIVRD", "ACCEPTD")):
                continue
            receipt = write_receipt(
                pdu,
                self._form.ids.in_receipt(number),
                stat,
                command=self.receipt_command,
                form=form,
                submitted=submitted,
                done=now(),
                alphabet=self._form.default_alphabet,
            )
            self._errands.add(Errand(receipt, RECEIPT_TRIES, lambda _: None))


def _said_of(outcome: Outcome) -> MessageState:
    """What a query is told: the end, if it was to come in a receipt or without one."""
    if outcome.status != CommandStatus.ESME_ROK:
        return MessageState.REJECTED
    if outcome.receipts:
        return STATES[outcome.receipts[-1]]
    return MessageState.DELIVERED if outcome.delivered else MessageState.ENROUTE


def _word(outcome: Outcome) -> str:
    """What became of it in one word: the last stat, a refusal, or silence."""
    if outcome.status != CommandStatus.ESME_ROK:
        return status_name(outcome.status)
    if outcome.receipts:
        return outcome.receipts[-1]
    return "no receipt" if outcome.answers else "no answer"
