"""query_sm: asking a carrier what became of an MT, and its answer read as a receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smsc.carrier.profile import CarrierProfile
from smsc.carrier.receipts import state_of
from smsc.carrier.tariffs import sent_as
from smsc.messages import Mt, Receipt
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from smsc.smpp.receipt import read_date


def write_query(profile: CarrierProfile, mt: Mt, message_id: str) -> Pdu:
    """The question; its source address is the one the MT left with (SMPP v3.4 §4.8.1)."""
    return Pdu(
        Command.QUERY_SM,
        {
            "message_id": message_id,
            "source_addr_ton": profile.short_code_ton,
            "source_addr_npi": profile.short_code_npi,
            "source_addr": str(sent_as(profile, mt)),
        },
    )


def read_query(profile: CarrierProfile, mt: Mt, pdu: Pdu, *, bind: str, now: datetime) -> Receipt | None:
    """The answer as a receipt of `mt`; None: the carrier does not know or would not say (SMPP v3.4 §4.8.2)."""
    state = state_of(pdu.number("message_state")) if pdu.command is Command.QUERY_SM_RESP else None
    if pdu.command_status or state is None:
        return None
    error = pdu.number("error_code")
    return Receipt(
        carrier=profile.name,
        bind=bind,
        message_id=pdu.text("message_id"),
        state=state,
        received_at=now,
        msisdn=mt.msisdn,
        short_code=sent_as(profile, mt),
        error=f"{error:03d}" if error else "",
        done_at=_final_date(pdu.text("final_date")),
    )


def _final_date(text: str) -> datetime | None:
    """An absolute time: YYMMDDhhmmss, tenths, then quarters of an hour from UTC and their sign (SMPP v3.4 §7.1.1.1)."""
    at = read_date(text[:12])
    if at is None or len(text) != 16 or not text[13:15].isdecimal() or text[15] not in "+-":
        return None
    quarters = int(text[13:15]) * (1 if text[15] == "+" else -1)
    return at.replace(tzinfo=UTC) - timedelta(minutes=15 * quarters)
