"""A simulated carrier: an SMSC that listens or dials, takes MTs, sends MOs and receipts, fails on request.

Magic MSISDN endings: `smsc.sim.faults.ENDINGS`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Mapping

from smsc.link.board import BindBoard
from smsc.link.dialer import Dialer
from smsc.link.link import Link
from smsc.link.listener import BindRequest, Listener, ListenerLimits
from smsc.link.settings import BindSettings, Mode
from smsc.sim.errands import Errand, Errands
from smsc.sim.faults import OUTCOMES, Outcome, Plan, Wave
from smsc.sim.form import CarrierForm
from smsc.sim.log import CarrierLog
from smsc.sim.message import Message
from smsc.sim.taker import Taker
from smsc.smpp.codes import Command, CommandStatus, EsmClass, status_name
from smsc.smpp.pdu import Pdu
from smsc.smpp.permissions import Dialect
from smsc.sms.coding import choose
from smsc.sms.segments import Segment, split


class Carrier:
    """One simulated carrier with any number of binds.

    `messages` holds every MT as its handset (or nobody) saw it, `pdus` every message PDU and answer in order,
    `events` both as plain values for programs. All are bounded by `limit`.
    """

    def __init__(self, form: CarrierForm | None = None, *, limit: int = 10_000, first_id: int = 0) -> None:
        self.form = form or CarrierForm()
        self.log = CarrierLog(alphabet=self.form.default_alphabet, prices=self.form.prices, limit=limit)
        self.messages, self.pdus, self.events = self.log.messages, self.log.pdus, self.log.events
        self._errands = Errands(redelivery_s=self.form.redelivery_s, sent=self._sent)
        self._taker = Taker(
            self.form, log=self.log, errands=self._errands, first_id=first_id, deaden=self._deaden
        )
        self._board = BindBoard()
        self._listeners: list[Listener] = []
        self._dialers: list[Dialer] = []
        self._mo_command = Command.DELIVER_SM
        self._references = itertools.count(1)
        self._mos = itertools.count(1)
        self._given: set[int] = set()
        self._dead: list[Link] = []

    # Binds

    async def listen(self, address: str = "127.0.0.1:0") -> str:
        """Take binds of an ESME with this carrier's system_id and password; returns "host:port"."""
        listener = Listener(
            address,
            self._authenticate,
            self,
            board=self._board,
            limits=ListenerLimits(refusal_delay_s=0),
        )
        host, port = await listener.start()
        self._listeners.append(listener)
        return f"{host}:{port}"

    def dial(self, address: str, *, dialect: Dialect = "normal", mode: Mode = "transceiver") -> None:
        """Bind to a server's listener as ESME. In the normal dialect MOs then leave as submit_sm."""
        if dialect == "normal":
            self._mo_command = self._taker.receipt_command = Command.SUBMIT_SM
        settings = self._settings(address=address, dialect=dialect, mode=mode)
        dialer = Dialer(settings, self, board=self._board, rng=random.Random())
        dialer.start()
        self._dialers.append(dialer)

    def _settings(self, *, address: str, dialect: Dialect, mode: Mode) -> BindSettings:
        return BindSettings(
            name=self.form.name,
            carrier=self.form.name,
            system_id=self.form.system_id,
            password=self.form.password,
            address=address,
            mode=mode,
            window=self.form.window,
            serves=frozenset({Command.QUERY_SM}),
            timers=self.form.timers,
            dialect=dialect,
            sessions=self.form.sessions_max if not address else 1,
        )

    def _authenticate(self, request: BindRequest) -> BindSettings | int:
        if request.system_id != self.form.system_id:
            return CommandStatus.ESME_RINVSYSID
        if request.password != self.form.password:
            return CommandStatus.ESME_RINVPASWD
        return self._settings(address="", dialect="normal", mode=request.mode)

    async def stop(self, *, drain_s: float = 0.5) -> None:
        """Unbind and close everything; whoever waits hears that no answer came.

        Args: drain_s: how long open requests are waited for; those left unanswered on purpose never end.
        """
        self._errands.stop()
        self.buries_dead_links()
        await asyncio.gather(*(dialer.stop(drain_s=drain_s) for dialer in self._dialers))
        await asyncio.gather(*(listener.stop(drain_s=drain_s) for listener in self._listeners))
        self._dialers.clear()
        self._listeners.clear()

    @property
    def links(self) -> list[Link]:
        """The binds that are up."""
        return list(self._errands.links)

    async def is_bound(self, *, links: int = 1, timeout: float = 10.0) -> None:
        """Wait until at least `links` binds are up.  Raises: TimeoutError."""
        async with asyncio.timeout(timeout):
            while len(self._errands.links) < links:
                await self.events.grows(beyond=self.events.last)

    def drop_links(self) -> None:
        """Close every connection without a word, as a failing network does."""
        for link in self.links:
            link.abort()

    def goes_half_open(self) -> None:
        """Leave every connection open, and read and write nothing on it any more; new ones live."""
        for link in self.links:
            self._deaden(link)

    def buries_dead_links(self) -> None:
        """Close the connections that went half-open."""
        dead, self._dead = self._dead, []
        for link in dead:
            link.abort("half-open")

    def _deaden(self, link: Link) -> None:
        link.wire.play_dead()
        self._dead.append(link)
        self._errands.links.remove(link)
        self.log.tell("bind", state="half-open", reason="", link=link.session_id)

    # LinkEvents

    def bound(self, link: Link) -> None:
        """A bind is up."""
        self._errands.links.append(link)
        self.log.tell("bind", state="bound", reason="", link=link.session_id)
        self._errands.pump()

    def unbound(self, link: Link, reason: str) -> None:
        """A bind is down."""
        if link in self._errands.links:
            self._errands.links.remove(link)
        self.log.tell("bind", state="unbound", reason=reason, link=link.session_id)

    def ready(self, link: Link) -> None:
        """A link has room again."""
        self._errands.pump()

    def alert(self, link: Link, pdu: Pdu) -> None:
        """A carrier sends alert_notification and gets none."""

    def request(self, link: Link, pdu: Pdu) -> None:
        """An MT came, or a question about one."""
        if pdu.command is Command.QUERY_SM:
            self._taker.tell_state(link, pdu)
            return
        self.log.note("in", link, pdu, msisdn=pdu.text("destination_addr"))
        self._taker.take(link, pdu)

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to an MO or a receipt came."""
        assert isinstance(context, Errand)
        self.log.note("in", link, pdu, msisdn=context.pdu.text("source_addr"))
        self._errands.answered(context, pdu.command_status)

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        """No answer to an MO or a receipt will come."""
        assert isinstance(context, Errand)
        self._errands.lost(context)

    def late(self, link: Link, context: object, pdu: Pdu) -> None:
        """Carriers do not mind."""

    def _sent(self, link: Link, pdu: Pdu) -> None:
        self.log.note("out", link, pdu, msisdn=pdu.text("source_addr"))

    # MTs

    def does_next(
        self,
        outcome: str | Outcome,
        *,
        msisdn: str = "",
        contains: str = "",
        billed: bool | None = None,
        times: int = 1,
    ) -> None:
        """Give the next `times` matching MTs this outcome (or the one of `faults.OUTCOMES` so named)."""
        chosen = OUTCOMES[outcome] if isinstance(outcome, str) else outcome
        self._taker.faults.plan(Plan(chosen, msisdn, contains, billed, times))

    def throttles(
        self,
        *,
        messages: int | None = None,
        seconds: float | None = None,
        status: int = CommandStatus.ESME_RTHROTTLED,
    ) -> None:
        """Refuse MTs with `status` until so many were refused or so many seconds passed.

        Raises: ValueError: neither is given.
        """
        if messages is None and seconds is None:
            raise ValueError("messages or seconds: one is wanted")
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self._taker.faults.begin(Wave(status, messages, until))

    def answers_backwards(self, number: int) -> None:
        """Hold the next `number` MTs, then answer them, the last first."""
        self._taker.turn_round(number)

    def does_as_usual(self) -> None:
        """Forget what `does_next` and `throttles` asked for; magic endings stay."""
        self._taker.faults.clear()

    def forgets(self) -> None:
        """Know no MT any more when asked by query_sm."""
        self._taker.forget()

    def holds_answers(self) -> None:
        """Take no MT until `answers_again`: they wait, unanswered, as on a slow carrier."""
        self._taker.hold()

    def answers_again(self) -> None:
        """Take what was held, and everything from now on."""
        self._taker.release()

    async def next_mt(self, msisdn: str, *, timeout: float = 20.0) -> Message:
        """The oldest MT to this number that `next_mt` has not given yet, delivered or not.

        Raises: TimeoutError: none came in time.
        """
        number, message = await self.messages.find(
            lambda n, m: m.msisdn == msisdn and n not in self._given, timeout=timeout
        )
        self._given.add(number)
        self.messages.prune(self._given)
        return message

    # MOs

    async def deliver(
        self,
        msisdn: str,
        short_code: str,
        text: str,
        *,
        tlvs: Mapping[int, bytes] | None = None,
        tries: int = 1,
        copies: int = 1,
    ) -> int | None:
        """Send an MO and return the command_status it was answered with; None: no answer ever came.

        A long text goes in parts with UDH; the first status that is not ESME_ROK stands for all.

        Args:   tries: how often each part is sent in all, after a lost link or a try-again status;
                copies: how often each part is sent, whatever the answer is.
        """
        coding = choose(text, self.form.default_alphabet)
        mo = next(self._mos)
        self.log.tell("mo", mo=mo, msisdn=msisdn, short_code=short_code, text=text)
        parts = split(text, coding, reference=next(self._references) % 256)
        pdus = [self._mo(msisdn, short_code, part, data_coding=coding.data_coding) for part in parts]
        for pdu in pdus:
            pdu.tlvs.update(tlvs or {})
        statuses = await asyncio.gather(*(self.hand_over(pdu, tries=tries) for pdu in pdus * copies))
        status = next((status for status in statuses if status != CommandStatus.ESME_ROK), 0)
        word = "no answer" if status is None else status_name(status)
        self.log.tell("mo_answer", mo=mo, msisdn=msisdn, command_status=status, status=word)
        return status

    def _mo(self, msisdn: str, short_code: str, part: Segment, *, data_coding: int) -> Pdu:
        return Pdu(
            self._mo_command,
            {
                "source_addr_ton": 1,
                "source_addr_npi": 1,
                "source_addr": msisdn,
                "dest_addr_ton": 3,
                "destination_addr": short_code,
                "esm_class": int(EsmClass.UDHI) if part.total > 1 else 0,
                "data_coding": data_coding,
                "short_message": part.udh + part.data,
            },
        )

    async def hand_over(self, pdu: Pdu, *, tries: int = 1) -> int | None:
        """Send any request as it is and return its command_status; None: no answer ever came."""
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

        def done(status: int | None) -> None:
            if not answer.done():
                answer.set_result(status)

        self._errands.add(Errand(pdu, tries, done))
        return await answer
