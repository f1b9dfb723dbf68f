"""What the simulated carrier does with an MT: the usual, and everything that goes wrong with carriers."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace

from smsc.sim.receipt_styles import STYLES
from smsc.smpp.codes import CommandStatus

RULES_MAX = 1000
ONCE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one MT at the carrier."""

    meaning: str
    receipts: tuple[str, ...] = ("DELIVRD",)
    """stat of each delivery receipt, in order; the last is final."""
    status: int = CommandStatus.ESME_ROK
    """command_status of the answer."""
    answers: bool = True
    drops_link: bool = False
    """The connection is closed instead of an answer."""
    receipt_first: bool = False
    """Receipts leave before the answer."""
    answer_delay_s: float = 0.0
    """From the MT to its answer."""
    delay_s: float = 0.0
    """From the answer to the first receipt."""
    receipt_style: str = ""
    """The dialect of its receipts, one of `smsc.sim.receipt_styles.STYLES`; "": the carrier's."""
    goes_dead: bool = False
    """The connection stays open and nothing is read or written on it any more (half-open)."""
    answers_twice: bool = False
    """A second answer of the same sequence_number follows the first and contradicts it: ESME_RSYSERR."""
    stray_answer: bool = False
    """An answer to a sequence_number that nobody used comes before the answer."""
    without_id: bool = False
    """Its answer has no message_id."""
    once: bool = False
    """The same message submitted again is taken as usual."""
    delivered: bool = True
    """Whether the handset shows the message."""


USUAL = Outcome("taken, then a receipt DELIVRD")

OUTCOMES: dict[str, Outcome] = {
    "delivered": USUAL,
    "undeliv": Outcome("receipt UNDELIV", receipts=("UNDELIV",), delivered=False),
    "expired": Outcome("receipt EXPIRED", receipts=("EXPIRED",), delivered=False),
    "rejected": Outcome("receipt REJECTD", receipts=("REJECTD",), delivered=False),
    "no_receipt": Outcome("taken, no receipt ever", receipts=()),
    "early_receipt": Outcome("receipt before the submit_sm_resp", receipt_first=True),
    "throttled": Outcome(
        "ESME_RTHROTTLED once, then as usual",
        status=CommandStatus.ESME_RTHROTTLED,
        receipts=(),
        delivered=False,
        once=True,
    ),
    "silence": Outcome("no submit_sm_resp, no receipt", answers=False, receipts=(), delivered=False),
    "dropped": Outcome(
        "link dropped instead of an answer", answers=False, drops_link=True, receipts=(), delivered=False
    ),
    "refused": Outcome("ESME_RINVDSTADR", status=CommandStatus.ESME_RINVDSTADR, receipts=(), delivered=False),
    "late_receipt": Outcome("receipt DELIVRD after 5 s", delay_s=5.0),
    "receipt_twice": Outcome("receipt DELIVRD twice", receipts=("DELIVRD", "DELIVRD")),
    "queue_full": Outcome(
        "ESME_RMSGQFUL once, then as usual",
        status=CommandStatus.ESME_RMSGQFUL,
        receipts=(),
        delivered=False,
        once=True,
    ),
    "interim_receipt": Outcome("receipt ACCEPTD, then DELIVRD", receipts=("ACCEPTD", "DELIVRD")),
    "dropped_delivered": Outcome(
        "link dropped instead of an answer; receipt after the rebind", answers=False, drops_link=True
    ),
    "late_answer": Outcome("answer after 1 s", answer_delay_s=1.0),
    "answered_twice": Outcome("a second submit_sm_resp, ESME_RSYSERR, follows the first", answers_twice=True),
    "stray_answer": Outcome(
        "a submit_sm_resp of an unknown sequence_number comes before the answer", stray_answer=True
    ),
    "no_id": Outcome("taken, and answered without a message_id", without_id=True),
    "half_open": Outcome(
        "link stays open and is dead from then on",
        answers=False,
        goes_dead=True,
        receipts=(),
        delivered=False,
    ),
    **{
        f"receipt_{name}": replace(USUAL, meaning=f"receipt: {style.meaning}", receipt_style=name)
        for name, style in STYLES.items()
        if name != "standard"
    },
}
"""Every outcome by its name, as `Faults.plan` and the control API take it."""

ENDINGS: dict[str, str] = {
    "01": "undeliv",
    "02": "expired",
    "03": "rejected",
    "04": "no_receipt",
    "05": "early_receipt",
    "06": "throttled",
    "07": "silence",
    "08": "dropped",
    "09": "refused",
    "10": "late_receipt",
    "11": "receipt_twice",
    "12": "queue_full",
    "13": "interim_receipt",
    "14": "dropped_delivered",
    "15": "late_answer",
    "16": "half_open",
    "17": "answered_twice",
    "18": "stray_answer",
    "19": "no_id",
    **{str(n): f"receipt_{name}" for n, name in enumerate([*STYLES][1:], start=21)},
}
"""Magic MSISDN endings: 00nn has every MT to that number treated so, 10nn only the billed ones.

    41790000001  every MT ends in a receipt UNDELIV
    41790001001  free MTs are delivered, billed ones end in a receipt UNDELIV
"""


@dataclass(slots=True)
class Plan:
    """An outcome for the next `times` MTs that match; empty conditions match everything."""

    outcome: Outcome
    msisdn: str = ""
    contains: str = ""
    billed: bool | None = None
    times: int = 1

    def matches(self, msisdn: str, text: str, *, billed: bool) -> bool:
        """Whether this MT is meant."""
        return self.msisdn in ("", msisdn) and self.contains in text and self.billed in (None, billed)


@dataclass(slots=True)
class Wave:
    """Refuses MTs until `messages` were refused or the loop's time is `until`, whichever comes first."""

    status: int
    messages: int | None
    until: float | None

    def refuses(self, now: float) -> bool:
        """Whether it refuses the MT that comes now."""
        if self.until is not None and now >= self.until:
            return False
        if self.messages is None:
            return True
        self.messages -= 1
        return self.messages >= 0


class Faults:
    """Chooses the outcome of each MT: a wave, else a plan that matches, else the number's ending, else the usual."""

    def __init__(self) -> None:
        self.usual = USUAL
        self._plans: deque[Plan] = deque(maxlen=RULES_MAX)
        self._wave: Wave | None = None
        self._had: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def plan(self, plan: Plan) -> None:
        """Add a plan; earlier plans come first."""
        self._plans.append(plan)

    def begin(self, wave: Wave) -> None:
        """Refuse every MT until this wave is over."""
        self._wave = wave

    def clear(self) -> None:
        """Forget every plan and the wave; magic endings stay."""
        self._plans.clear()
        self._wave = None

    def choose(self, msisdn: str, text: str, raw: bytes, *, billed: bool, now: float) -> Outcome:
        """The outcome of one MT (or one part); `raw` tells whether it came before; `now` by the loop's time."""
        if self._wave is not None:
            if self._wave.refuses(now):
                return replace(OUTCOMES["throttled"], status=self._wave.status)
            self._wave = None
        outcome = self._planned(msisdn, text, billed=billed) or self._by_ending(msisdn, billed=billed)
        if not outcome.once:
            return outcome
        key = (msisdn, raw)
        if key in self._had:
            del self._had[key]
            return self.usual
        self._had[key] = None
        if len(self._had) > ONCE_MAX:
            self._had.popitem(last=False)
        return outcome

    def _planned(self, msisdn: str, text: str, *, billed: bool) -> Outcome | None:
        for plan in self._plans:
            if plan.matches(msisdn, text, billed=billed):
                plan.times -= 1
                if plan.times <= 0:
                    self._plans.remove(plan)
                return plan.outcome
        return None

    def _by_ending(self, msisdn: str, *, billed: bool) -> Outcome:
        scope, name = msisdn[-4:-2], ENDINGS.get(msisdn[-2:])
        if name is not None and (scope == "00" or (scope == "10" and billed)):
            return OUTCOMES[name]
        return self.usual
