"""Why: for one MO, MT, invitation or refused call, the rule and the record that decided it."""

from __future__ import annotations

from smsc.pipeline.explaining_mos import mo_ground
from smsc.pipeline.explaining_mts import mt_ground
from smsc.pipeline.knowing import Known, Whose, consent, load, seen_by
from smsc.sms.numbers import Msisdn
from smsc.store import InvitationRow, MtRow, Reader, RefusalRow, StoredMo

__all__ = ["Whose", "explain", "lately"]

LATELY_MAX = 50
"""What a list of one number holds, the newest."""


def explain(reader: Reader, number: int, *, whose: Whose | None = None) -> dict[str, object] | None:
    """All that is known of the id, as data; None when nothing has it.

    whose: a merchant, who is told of his own only; None is an operator.
    """
    if (mo := reader.mo(number)) is not None:
        return _mo(load(reader, mo.mo.source, whose=whose), mo)
    if (mt := reader.mt(number)) is not None:
        return _mt(load(reader, mt.mt.msisdn, whose=whose), mt)
    if (refused := reader.refusal(number)) is not None:
        return _refusal(load(reader, refused.msisdn, whose=whose), refused)
    if (row := reader.invitation(number)) is not None:
        return _invitation(load(reader, row.msisdn, whose=whose), row)
    owner = reader.number_of_event(number)
    return None if owner is None else _event(load(reader, owner, whose=whose), number)


def lately(
    reader: Reader, msisdn: Msisdn, *, whose: Whose | None = None, limit: int = LATELY_MAX
) -> list[dict[str, object]]:
    """The last of a number that was sent, refused or came in, newest first, each with its rule."""
    known = load(reader, msisdn, whose=whose)
    found = [
        *(_mo(known, row) for row in known.timeline.mos),
        *(_mt(known, row) for row in known.timeline.mts),
        *(_refusal(known, row) for row in reader.refusals(msisdn, limit=limit)),
    ]
    own = [one for one in found if one is not None]
    newest = sorted(own, key=lambda one: (str(one["at"]), str(one["id"])), reverse=True)
    return [{name: one[name] for name in one if name != "records"} for one in newest[:limit]]


def _event(known: Known, number: int) -> dict[str, object] | None:
    """An opt-out by another channel, an import or a change of blocks: what the ledger says of it."""
    events = [e for e in known.events if number in (e.id, e.facts.get("ref"))]
    if not events:
        return None
    first = events[0]
    rule = "OO5" if first.facts.get("state") in ("blocked", "lifted") else "OO7"
    told = ", ".join(f"{e.facts.get('campaign') or 'number'} {e.facts.get('state')}" for e in events)
    return {
        "id": str(number),
        "what": "consent event",
        "at": first.at.isoformat(),
        "by": first.facts.get("by"),
        "rule": rule,
        "because": f"by {first.facts.get('by')}: {told}",
        "records": [consent(event) for event in events],
    }


def _mo(known: Known, row: StoredMo) -> dict[str, object] | None:
    mo = row.mo
    led_to = [m for m in known.timeline.mts if m.cause_mo == mo.id and seen_by(known.whose, m)]
    records = [*known.consents(ref=mo.id), *known.reviewed(mo.id)]
    mine = known.whose is None or row.campaign in known.whose.campaigns
    if not mine and not led_to and not records:
        return None
    ground = mo_ground(known, row)
    return {
        "id": str(mo.id),
        "what": "MO",
        "carrier": mo.carrier,
        "short_code": str(mo.short_code),
        "at": mo.received_at.isoformat(),
        "taken_for": row.route,
        "campaign": row.campaign,
        "rule": ground.rule,
        "reason": row.reason,
        "because": ground.because,
        "redelivery_of": None if row.redelivery_of is None else str(row.redelivery_of),
        "led_to": [{"mt": str(m.mt.id), "kind": m.mt.kind.value, "state": m.state.value} for m in led_to],
        "records": [*ground.records, *records],
    }


def _mt(known: Known, row: MtRow) -> dict[str, object] | None:
    """An MT: what decided its state, and its cause (the MO it answers, the call that ordered it, or a timer)."""
    if not seen_by(known.whose, row):
        return None
    mt, ground = row.mt, mt_ground(known, row)
    return {
        "id": str(mt.id),
        "what": "MT",
        "kind": mt.kind.value,
        "carrier": mt.carrier,
        "short_code": str(mt.short_code),
        "campaign": mt.campaign,
        "registration": None if mt.registration is None else str(mt.registration),
        "state": row.state.value,
        "charge": None if row.charge is None else row.charge.value,
        "error": row.error,
        **({"udh": mt.octets.udh.hex(), "octets": mt.octets.data.hex()} if mt.octets is not None else {}),
        "at": row.created_at.isoformat(),
        "rule": ground.rule,
        "because": ground.because,
        "cause": ground.cause,
        "records": [*ground.records, *known.consents(ref=row.cause_mo, registration=mt.registration)],
    }


def _refusal(known: Known, row: RefusalRow) -> dict[str, object] | None:
    if known.whose is not None and row.merchant != known.whose.merchant:
        return None
    numbers = {int(v) for k, v in row.record.items() if k in LINKS and v.isascii() and v.isdigit()}
    consents = [
        one
        for one in known.consents(refs=numbers, registrations=numbers)
        if str(one["at"]) <= row.last_at.isoformat()
    ]
    return {
        "id": str(row.id),
        "what": "refused call",
        "merchant": row.merchant,
        "door": row.door,
        "command": row.command,
        "msisdn": str(row.msisdn),
        "campaign": row.campaign,
        "registration": None if row.registration is None else str(row.registration),
        "full_id": row.full_id,
        "at": row.at.isoformat(),
        "times": row.times,
        "answered": row.code,
        "reason": row.reason,
        "rule": row.rule,
        "because": row.detail,
        "records": [*([dict(row.record)] if row.record else []), *consents],
    }


LINKS = frozenset({"id", "registration", "stop", "by", "opened_by"})
"""What of a refusal's record leads to events of the consent ledger."""


def _invitation(known: Known, row: InvitationRow) -> dict[str, object] | None:
    if known.whose is not None and row.merchant != known.whose.merchant:
        return None
    return {
        "id": str(row.id),
        "what": "invitation",
        "campaign": row.campaign,
        "merchant": row.merchant,
        "state": row.state,
        "at": row.at.isoformat(),
        "rule": "S4",
        "because": f"the invitation is {row.state}",
        "records": known.consents(ref=row.id),
    }
