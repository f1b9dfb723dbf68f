"""What goes into the store and comes out of it, as values. Times are aware UTC datetimes; the tables hold integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from smsc.messages import ChargeState, Mo, Mt, MtState, Notice, Receipt
from smsc.optin.decision import RecordConsent, SetTimer
from smsc.optin.standing import Standing
from smsc.sms.numbers import Msisdn
from smsc.store.person_rows import AccountRow, CodeRow, InvitationRow, RefusalRow, ReviewRow


@dataclass(frozen=True, slots=True)
class StoredMo:
    """One MO (or the message joined from parts) with what was made of it.

    `fingerprint` is D1a's; `session` names the SMPP session it came over. `route` and `rule` tell what it was
    taken for; `error` is set for a parked one (D4).
    """

    mo: Mo
    fingerprint: bytes
    session: str
    route: str = ""
    campaign: str = ""
    reason: str = ""
    rule: str = ""
    error: str = ""
    redelivery_of: int | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A stored MO with the same fingerprint, as D1a needs it."""

    id: int
    received_at: datetime
    session: str
    session_closed_at: datetime | None
    """When its session was lost; None while it lives, and after an orderly end."""
    late: bool
    """It was answered after the carrier's response timer."""
    absorbed: bool
    """It has already absorbed one redelivery."""


@dataclass(frozen=True, slots=True)
class MtRow:
    """An outbox row (MT6a)."""

    mt: Mt
    state: MtState
    priority: int
    """0 answers to a handset, 1 welcome, 2 content (MT6); lower goes first."""
    created_at: datetime
    not_before: datetime
    deadline: datetime | None = None
    """When the calendar must look at it again: validity while queued, receipt overdue once accepted."""
    full_id: str = ""
    call: int | None = None
    cause_mo: int | None = None
    goodbye_of: tuple[int, int] | None = None
    node: int | None = None
    charge: ChargeState | None = None
    message_id: str = ""
    """As normalised for matching; of part 1."""
    status: int = 0
    error: str = ""
    bind: str = ""
    parts: int = 1
    submitted_at: datetime | None = None
    done_at: datetime | None = None
    overtaken: bool = False
    """It was on the wire when the number's STOP was committed (OO3)."""
    lost: bool = False
    """An attempt was written and never answered: a receipt for an unknown id may be that attempt's (CH3)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A free MT of one part that its carrier took: written over a row in `sending` without reading it."""

    mt: int
    attempt: int
    message_id: str
    bind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PartRow:
    """One short message of an MT that took several; single ones live in MtRow alone."""

    mt: int
    part: int
    carrier: str
    message_id: str
    state: MtState


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """One transition of a charge (CH2)."""

    mt: int
    at: datetime
    state: ChargeState
    minor: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One line of the consent ledger, with its number and time."""

    id: int
    msisdn: Msisdn
    generation: int
    at: datetime
    consent: RecordConsent


@dataclass(frozen=True, slots=True)
class CallKey:
    """What makes a merchant's call the same call (S2 table, D2)."""

    merchant: str
    full_id: str
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call that was answered, so that the same call gets the same answer."""

    key: CallKey
    call: int
    digest: bytes
    answer: str
    mt: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt as it came. `mt` None: nothing matched yet; it waits for its submit_sm_resp (RP3)."""

    id: int
    receipt: Receipt
    message_id: str
    """Normalised for matching."""
    mt: int | None
    part: int = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One post of a callback. `status` 0: no answer came."""

    at: datetime
    status: int
    error: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """A notice on its way to a merchant (RP1)."""

    id: int
    notice: Notice
    created_at: datetime
    next_at: datetime
    attempts: int = 0
    last_status: int = 0
    last_error: str = ""
    state: str = "due"
    """due, delivered, parked, or replay: parked, and asked for again."""
    history: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class DlrRow:
    """Where a client of a drop-in door wants to hear of one MT, and of what."""

    mt: int
    style: str
    """kannel or jasmin."""
    url: str
    method: str
    mask: int
    """Kannel's dlr-mask: 1 delivered, 2 not delivered, 8 taken by the carrier, 16 refused by it."""
    level: int = 3
    """Jasmin's dlr-level: 1 the carrier's answer, 2 the end, 3 both."""


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """One attempt's end. `next_at` None with `delivered` False parks it."""

    id: int
    delivered: bool
    at: datetime
    attempts: int
    status: int = 0
    error: str = ""
    next_at: datetime | None = None
    history: tuple[Attempt, ...] = ()
    """The last attempts, this one included."""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint that is told nothing more: it answered 410, until an operator or its merchant enables it."""

    merchant: str
    url: str
    disabled_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    id: int
    at: datetime
    kind: str
    msisdn: Msisdn | None
    campaign: str
    text: str


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A wait of one number; `key` is unique for ever."""

    msisdn: Msisdn
    timer: SetTimer


@dataclass(slots=True)
class Writes:
    """Everything one batch changes, written by kind in this order (decision 1).

    `standings` are (before, after) pairs: the store writes what differs.
    """

    standings: list[tuple[Standing, Standing]] = field(default_factory=list)
    mos: list[StoredMo] = field(default_factory=list)
    absorbed: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    parts: list[StoredMo] = field(default_factory=list)
    """Parts of concatenated MOs that wait for the others; `mo.part` is set."""
    parts_deadline: datetime | None = None
    joined: list[int] = field(default_factory=list)
    """Ids of waiting parts that are no longer needed."""
    mts: list[MtRow] = field(default_factory=list)
    changed_mts: list[MtRow] = field(default_factory=list)
    """Rows read earlier in the transaction, to be overwritten whole."""
    accepted: list[Accepted] = field(default_factory=list)
    mt_parts: list[PartRow] = field(default_factory=list)
    """Inserted or overwritten by (mt, part)."""
    charges: list[ChargeRow] = field(default_factory=list)
    receipts: list[ReceiptRow] = field(default_factory=list)
    matched_receipts: list[ReceiptRow] = field(default_factory=list)
    """Waiting receipts that now have their MT."""
    consents: list[ConsentRow] = field(default_factory=list)
    callbacks: list[CallbackRow] = field(default_factory=list)
    calls: list[CallRow] = field(default_factory=list)
    dlrs: list[DlrRow] = field(default_factory=list)
    timers: list[TimerRow] = field(default_factory=list)
    cancelled_timers: list[str] = field(default_factory=list)
    fired_timers: list[str] = field(default_factory=list)
    alarms: list[AlarmRow] = field(default_factory=list)
    invitations: list[InvitationRow] = field(default_factory=list)
    """Inserted or overwritten by id."""
    reviews: list[ReviewRow] = field(default_factory=list)
    refusals: list[RefusalRow] = field(default_factory=list)
    """Inserted or overwritten by id."""
    refusals_max: int = 10_000
    """How many of them each merchant's newest are kept."""
    accounts: list[AccountRow] = field(default_factory=list)
    codes: list[CodeRow] = field(default_factory=list)
    closed_sessions: list[tuple[str, datetime, bool]] = field(default_factory=list)
    """Each with when it ended, and whether in order: then every answer given in it has arrived (D1a)."""
