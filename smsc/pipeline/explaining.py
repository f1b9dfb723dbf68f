"""Why: for one MO, MT, invitation or request, the rule and the record that decided it."""

from __future__ import annotations

from smsc.optin.decision import Reason
from smsc.sms.numbers import Msisdn
from smsc.store import MtRow, Reader, StoredMo

WORDS = {
    Reason.DONE: "it was carried out",
    Reason.NO_RULE: "nothing answers this in the state the number was in",
    Reason.NO_REGISTRATION: "the number has no such opt-in",
    Reason.LIMITED: "an automatic reply was held back by its limit or the loop guard",
    Reason.REPEATED: "it had already had its effect",
    Reason.OPTED_OUT: "the number has said STOP",
    Reason.BLOCKED: "the number is blocked for it",
    Reason.UNPUBLISHED: "the campaign is not published and the number is no test phone",
    Reason.UNSUPPORTED_NETWORK: "no supported network serves the number",
}


def explain(reader: Reader, number: int) -> dict[str, object] | None:
    """All that is known of the id, as data; None when nothing has it."""
    if (mo := reader.mo(number)) is not None:
        return _mo(reader, mo)
    if (mt := reader.mt(number)) is not None:
        return _mt(reader, mt)
    row = reader.invitation(number)
    if row is None:
        return None
    return {
        "id": str(number),
        "what": "invitation",
        "campaign": row.campaign,
        "merchant": row.merchant,
        "state": row.state,
        "at": row.at.isoformat(),
        "rule": "S4",
        "because": f"the invitation is {row.state}",
        "records": _consents(reader, row.msisdn, number),
    }


def _mo(reader: Reader, row: StoredMo) -> dict[str, object]:
    mo = row.mo
    led_to = [m for m in reader.timeline(mo.source).mts if m.cause_mo == mo.id]
    return {
        "id": str(mo.id),
        "what": "MO",
        "carrier": mo.carrier,
        "short_code": str(mo.short_code),
        "at": mo.received_at.isoformat(),
        "taken_for": row.route,
        "campaign": row.campaign,
        "rule": row.rule,
        "reason": row.reason,
        "because": _because(row),
        "redelivery_of": None if row.redelivery_of is None else str(row.redelivery_of),
        "led_to": [{"mt": str(m.mt.id), "kind": m.mt.kind.value, "state": m.state.value} for m in led_to],
        "records": _consents(reader, mo.source, mo.id),
    }


def _because(row: StoredMo) -> str:
    if row.error:
        return f"it was parked: {row.error}"
    if row.redelivery_of is not None:
        return f"the carrier sent MO {row.redelivery_of} again; it had its effect then (D1a)"
    if row.route in ("part", "no_code"):
        return {"part": "it is a part of a longer message (RT8)", "no_code": "it came for no code of ours"}[
            row.route
        ]
    known = {reason.value: words for reason, words in WORDS.items()}
    return known.get(row.reason, row.reason.replace("_", " "))


def _mt(reader: Reader, row: MtRow) -> dict[str, object]:
    """An MT's cause: the MO it answers, the call that ordered it, or a timer; the rule is the cause's."""
    mt = row.mt
    cause = reader.mo(row.cause_mo) if row.cause_mo is not None else None
    if cause is not None:
        because, rule = f"it answers MO {cause.mo.id}, taken for {cause.route}", cause.rule
    elif row.call is not None:
        because, rule = f"{mt.merchant} ordered it by call {row.call} with id {row.full_id!r}", "S2"
    elif row.goodbye_of is not None:
        because, rule = f"STOP {row.goodbye_of[1]} ended registration {row.goodbye_of[0]}", "OO4"
    else:
        because, rule = f"a {mt.kind.value} that no MO of the number asked for", "OI4"
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
        "rule": rule,
        "because": because,
        "records": _consents(reader, mt.msisdn, row.cause_mo, registration=mt.registration),
    }


def _consents(
    reader: Reader, msisdn: Msisdn, ref: int | None, *, registration: int | None = None
) -> list[dict[str, object]]:
    """The ledger's events that the id made, or that opened and ended its registration."""
    return [
        {
            "event": e.place,
            "at": e.at.isoformat(),
            "campaign": e.facts.get("campaign"),
            "state": e.facts.get("state"),
            "by": e.facts.get("by"),
        }
        for e in reader.chain(msisdn).events
        if (ref is not None and e.facts.get("ref") == ref)
        or (registration is not None and e.facts.get("registration") == registration)
    ]
