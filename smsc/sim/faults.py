"""What the simulated carrier does with an MT: the usual, and everything that goes wrong with carriers."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

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
    delay_s: float = 0.0
    """From the answer to the first receipt."""
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


class Faults:
    """Chooses the outcome of each MT: a plan that matches, else the number's ending, else the usual."""

    def __init__(self) -> None:
        self.usual = USUAL
        self._plans: deque[Plan] = deque(maxlen=RULES_MAX)
        self._had: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def plan(self, plan: Plan) -> None:
        """Add a plan; earlier plans come first."""
        self._plans.append(plan)

    def clear(self) -> None:
        """Forget every plan; magic endings stay."""
        self._plans.clear()

    def choose(self, msisdn: str, text: str, raw: bytes, *, billed: bool) -> Outcome:
        """The outcome of one MT (or one part); `raw` tells whether it came before."""
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
