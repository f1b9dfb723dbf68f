"""What merchants are told of their subscribers."""

from __future__ import annotations

from smsc.messages import Notice, NoticeKind
from smsc.optin.decision import Notify
from smsc.optin.stores import details
from smsc.optin.turn import Turn


def notify(turn: Turn, word: str) -> None:
    """Tell the merchant: the MO that opened the request, a STOP, or a text of an active subscriber."""
    cause, registration = turn.cause, turn.registration
    merchant = registration.merchant if registration else turn.campaign.merchant
    if cause.silent or not merchant:
        return
    number, text, key, network = cause.ref, cause.text, f"mo:{cause.ref}", cause.network
    if word == "opening_mo":
        number, text, network = (
            turn.subscription.opening_mo,
            turn.subscription.opening_text,
            turn.subscription.network,
        )
        key = f"mo:{number}"
    elif word == "subscribed" and registration is not None:
        number, text, key = registration.id, "", f"subscribed:{registration.id}"
    elif word == "stop":
        key = f"stop:{cause.ref}:{turn.campaign.id}"
    notice = Notice(
        key=key,
        kind=_NOTICES.get(word, NoticeKind.MO),
        merchant=merchant,
        msisdn=turn.standing.msisdn,
        short_code=turn.campaign.short_code,
        at=turn.now,
        id=str(number),
        message_id=str(number),
        text=text,
        keyword=turn.campaign.keyword,
        network=network or turn.subscription.network,
        country=turn.book.code(turn.campaign.short_code).country,
        registration=str(registration.id) if registration is not None else "",
        report="SUBSCRIBED" if word == "subscribed" else "",
        goodbye_by=turn.deadline("goodbye") if word == "stop" and _merchant_says_goodbye(turn) else None,
        urgent=word == "stop",
        details=details(turn),
    )
    turn.effects.append(Notify(notice))


_NOTICES = {"stop": NoticeKind.STOP, "subscribed": NoticeKind.SUBSCRIBED}


def _merchant_says_goodbye(turn: Turn) -> bool:
    """To a request that STOP ends the server says goodbye, whoever says it to an opt-in (OO2a)."""
    return turn.registration is not None and turn.profile.says_goodbye == "merchant"
