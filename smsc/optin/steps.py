"""What each word of the flow vocabulary does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from smsc.messages import Kind
from smsc.optin.decision import (
    Alarm,
    Cancel,
    CancelTimer,
    Expire,
    LiftBlock,
    Reason,
    RecordConsent,
    Release,
    SetBlock,
    SetTimer,
)
from smsc.optin.events import TimerKind
from smsc.optin.merchant_steps import bill_and_send, judge, pass_on, web_send
from smsc.optin.notices import notify
from smsc.optin.reminder_steps import end_reminders, end_renewal, first_reminder, remind
from smsc.optin.standing import Block, Registration, Subscription
from smsc.optin.stores import bind_code, release_code
from smsc.optin.turn import Turn, moved
from smsc.optin.wording import digest, render_code


def confirm_key(opening_mo: int | None) -> str:
    """Name of the wait for the confirm word of one request."""
    return f"confirm:{opening_mo}"


def welcome_key(registration: int) -> str:
    """Name of the wait for the merchant's welcome."""
    return f"welcome:{registration}"


def goodbye_key(registration: int, stop: int | None) -> str:
    """Name of the wait for the merchant's goodbye (OO4)."""
    return f"goodbye:{registration}:{stop}"


def open_request(turn: Turn, _: str) -> None:
    """A fresh request: the profile's newest version, this MO or web call, this wording (OO8)."""
    merchants = turn.cause.web.text if turn.cause.web and turn.profile.flow.merchant_asks else ""
    turn.subscription = Subscription(
        campaign=turn.campaign.id,
        state=turn.subscription.state,
        profile=turn.profile.name,
        version=turn.profile.version,
        since=turn.now,
        carrier=turn.cause.carrier,
        network=turn.cause.network,
        opening_mo=turn.cause.ref,
        opening_text=merchants or turn.cause.text,
        registration=turn.subscription.registration,
        request_sent_at=turn.now,
        expires_at=turn.deadline("confirm"),
        wording_digest=digest(merchants or turn.request_text()),
    )


def enter(turn: Turn, _: str) -> None:
    """In at once, without a request: by the subscriber's own keyword, or on the word of a store (OI1, S1)."""
    turn.subscription = Subscription(
        campaign=turn.campaign.id,
        state=turn.subscription.state,
        profile=turn.profile.name,
        version=turn.profile.version,
        since=turn.now,
        carrier=turn.cause.carrier,
        network=turn.cause.network,
        opening_mo=turn.cause.ref,
        opening_text=turn.cause.text,
        registration=turn.subscription.registration,
    )


def repeat_request(turn: Turn, _: str) -> None:
    """Send the request once more, at most once in a while; the window stays as it was (OI2)."""
    last = turn.subscription.request_sent_at
    again_s = turn.profile.limits.request_s
    if (last is not None and turn.now - last < timedelta(seconds=again_s)) or not turn.may_ask():
        turn.ignore(Reason.LIMITED)
        return
    if turn.answer("request", turn.request_text()):
        moved(turn, request_sent_at=turn.now, wording_digest=digest(turn.request_text()))
        record_consent(turn, "asked")


def open_registration(turn: Turn, _: str) -> None:
    """The opt-in takes effect, with what the subscriber was shown: price, count, period (MT4)."""
    number = registration_id(turn)
    if number is None:
        return
    frequency = turn.campaign.frequency
    turn.registration = Registration(
        id=number,
        campaign=turn.campaign.id,
        merchant=turn.campaign.merchant,
        short_code=turn.campaign.short_code,
        opened_at=turn.now,
        price=turn.campaign.price,
        count_max=frequency.messages if frequency else None,
        per=frequency.per if frequency else None,
        network=turn.subscription.network,
    )
    moved(turn, registration=number, expires_at=None)
    first_reminder(turn)


def registration_id(turn: Turn) -> int | None:
    """What names the opt-in that takes effect now: the MO that opened or confirmed it, or a new number (S2, S3)."""
    match turn.profile.registration_id:
        case "opening_mo":
            opening = turn.subscription.opening_mo
            return turn.cause.fresh_id if opening is None else opening
        case "confirm_mo":
            return turn.cause.ref
        case _:
            return turn.cause.fresh_id


def hold_welcome(turn: Turn, _: str) -> None:
    """Keep the merchant's welcome until the confirm word; a later one takes the place of the one held before (S3)."""
    web = turn.cause.web
    if web is None:
        return
    if turn.subscription.held_mt is not None:
        turn.effects.append(Cancel(turn.campaign.id, held=turn.subscription.held_mt))
    turn.effects.append(web_send(turn, web, Kind.WELCOME, held=True))
    judge(turn, "welcome", web.text)
    moved(turn, held_mt=web.mt)


def release_welcome(turn: Turn, _: str) -> None:
    """Let the held welcome go in the registration that begins; with none held, it is asked for (S3, OI4)."""
    held = turn.subscription.held_mt
    if held is None or turn.registration is None:
        ask_welcome(turn, "")
        return
    turn.effects.append(Release(held, registration=turn.registration.id))
    turn.registration = replace(turn.registration, welcomed_at=turn.now)
    moved(turn, held_mt=None)


def expire(turn: Turn, _: str) -> None:
    """The held welcome will never go: its merchant is told (S3)."""
    if turn.subscription.held_mt is not None:
        turn.effects.append(Expire(turn.subscription.held_mt))
        moved(turn, held_mt=None)


def end_registration(turn: Turn, _: str) -> None:
    """The opt-in ends; where the merchant says goodbye, until when (OO4)."""
    if turn.registration is not None and turn.registration.ended_at is None:
        end_reminders(turn)
        turn.registration = replace(turn.registration, ended_at=turn.now, stop=turn.cause.ref)


def ask_welcome(turn: Turn, _: str) -> None:
    """The welcome: the server's at once, or the merchant's, waited for (OI4)."""
    if turn.registration is None:
        return
    if turn.profile.welcomes == "server":
        if turn.answer("welcome", turn.text("welcome")):
            turn.registration = replace(turn.registration, welcomed_at=turn.now)
        return
    number = turn.registration.id
    turn.changes.append(
        SetTimer(
            welcome_key(number),
            TimerKind.WELCOME,
            turn.deadline("welcome"),
            turn.campaign.id,
            registration=number,
        )
    )


def ask_goodbye(turn: Turn, _: str) -> None:
    """The goodbye: the server's at once, or the merchant's within its time (OI4, OO4)."""
    if turn.registration is None or turn.cause.silent or turn.registration.goodbye_by is not None:
        return
    if turn.profile.says_goodbye == "server":
        send(turn, "goodbye")
        return
    number, stop = turn.registration.id, turn.registration.stop
    by = goodbye_by(turn)
    turn.registration = replace(turn.registration, goodbye_by=by)
    turn.changes.append(
        SetTimer(
            goodbye_key(number, stop), TimerKind.GOODBYE, by, turn.campaign.id, registration=number, stop=stop
        )
    )


def goodbye_by(turn: Turn) -> datetime:
    """Until when the merchant's goodbye counts: from the commit of the STOP."""
    return turn.deadline("goodbye")


def send(turn: Turn, word: str) -> None:
    """One of the server's own texts: the request, or the one goodbye of this STOP."""
    if word == "request":
        turn.answer("request", turn.request_text())
        return
    if word == "confirm":
        turn.answer("confirm", turn.text("confirm"))
        return
    registration = turn.registration
    if turn.cause.answered_apart:
        if registration is not None:
            turn.registration = replace(registration, goodbye_at=turn.now)
        return
    if registration is None:
        opening, stop = turn.subscription.opening_mo, turn.cause.ref
        of = (opening, stop) if opening is not None and stop is not None else None
        turn.answer("goodbye", turn.text("goodbye"), goodbye_of=of)
        return
    if registration.goodbye_at is not None or registration.stop is None:
        return
    if turn.answer(
        "goodbye", turn.text("goodbye"), goodbye_of=(registration.id, registration.stop), owed=True
    ):
        turn.registration = replace(registration, goodbye_at=turn.now)


def reply(turn: Turn, word: str) -> None:
    """An answer that is limited: once a day, or as the profile says (OI2, OO2a)."""
    if turn.cause.by != "mo":
        return
    limits = turn.profile.limits
    if word == "already_active":
        if turn.can_answer() and turn.take(f"active:{turn.campaign.id}", window_s=limits.already_active_s):
            turn.answer(word, turn.text(word), sender=turn.cause.short_code)
        else:
            turn.ignore(Reason.LIMITED)
        return
    if turn.can_answer() and turn.take(stop_reply_key(turn), window_s=limits.stop_reply_s):
        turn.answer(word, _not_subscribed(turn), sender=turn.cause.short_code)
    else:
        turn.ignore(Reason.LIMITED)


def stop_reply_key(turn: Turn) -> str:
    """Count key of answers to STOP on a code."""
    return f"stop:{turn.cause.short_code}"


def _not_subscribed(turn: Turn) -> str:
    if turn.campaign.keyword:
        return turn.text("not_subscribed")
    number = turn.cause.short_code
    language = turn.book.code(number).languages[:1]
    return render_code(turn.profile, "not_subscribed_code", "".join(language), short_code=number)


def record_consent(turn: Turn, word: str) -> None:
    """One line of the consent ledger: what was shown, what was answered, in which version (OI)."""
    subscription = turn.subscription
    evidence = {"carrier": turn.cause.carrier, "network": turn.cause.network}
    if turn.cause.web is not None:
        evidence |= turn.cause.web.evidence
    turn.effects.append(
        RecordConsent(
            campaign=turn.campaign.id,
            state=subscription.state.value,
            by=turn.cause.by,
            ref=turn.cause.ref,
            seen=turn.request_text() if word in ("asked", "given") and subscription.wording_digest else "",
            answered=turn.cause.text,
            profile=subscription.profile,
            version=subscription.version,
            registration=_consent_registration(turn, word),
            evidence={name: value for name, value in evidence.items() if value},
        )
    )


def _consent_registration(turn: Turn, word: str) -> int | None:
    if turn.registration is not None:
        return turn.registration.id
    return registration_id(turn) if word == "given" else None


def wait(turn: Turn, _: str) -> None:
    """Wait for the confirm word."""
    due = turn.subscription.expires_at
    if due is not None:
        key = confirm_key(turn.subscription.opening_mo)
        turn.changes.append(SetTimer(key, TimerKind.CONFIRM, due, turn.campaign.id))


def end_wait(turn: Turn, word: str) -> None:
    """Wait no longer."""
    registration = turn.registration
    if word == "confirm":
        turn.changes.append(CancelTimer(confirm_key(turn.subscription.opening_mo)))
        moved(turn, expires_at=None)
    elif word == "renewal":
        end_renewal(turn)
    elif registration is not None and word == "welcome":
        turn.changes.append(CancelTimer(welcome_key(registration.id)))
    elif registration is not None:
        turn.changes.append(CancelTimer(goodbye_key(registration.id, registration.stop)))


def set_block(turn: Turn, word: str) -> None:
    """Nothing more to this number from this code. A number that changes hands takes no block along (OO7)."""
    if word == "invite":
        if turn.cause.by == "mo" and not any(block.scope == word for block in turn.standing.blocks):
            turn.changes.append(
                SetBlock(Block(word, "", turn.now, turn.cause.ref))
            )  # the portal has its own switch
        return
    key = turn.campaign.id if word == "store" else str(turn.cause.short_code or turn.campaign.short_code)
    held = any(block.scope == word and block.key == key for block in turn.standing.blocks)
    if key and not held and not turn.cause.silent:
        turn.changes.append(SetBlock(Block(word, key, turn.now, turn.cause.ref)))


def lift_block(turn: Turn, word: str) -> None:
    """The subscriber's own confirm word lifts the code's block (block table)."""
    key = turn.campaign.id if word == "store" else str(turn.campaign.short_code)
    if any(block.scope == word and block.key == key for block in turn.standing.blocks):
        turn.changes.append(LiftBlock(word, key))


def cancel(turn: Turn, word: str) -> None:
    """Withdraw what has not left: of the registration, or of the open request (OO3)."""
    registration = turn.subscription.registration if word == "messages" else None
    turn.effects.append(Cancel(turn.campaign.id, registration))


def alarm(turn: Turn, word: str) -> None:
    """Something an operator should see."""
    turn.effects.append(
        Alarm(word, f"{turn.campaign.merchant} has sent no welcome in time", turn.campaign.id)
    )


STEPS: Mapping[str, Callable[[Turn, str], None]] = {
    "open_request": open_request,
    "hold_welcome": hold_welcome,
    "release_welcome": release_welcome,
    "expire": expire,
    "repeat_request": repeat_request,
    "enter": enter,
    "bind_code": bind_code,
    "release_code": release_code,
    "open_registration": open_registration,
    "end_registration": end_registration,
    "ask_welcome": ask_welcome,
    "ask_goodbye": ask_goodbye,
    "send": send,
    "reply": reply,
    "pass_on": pass_on,
    "bill_and_send": bill_and_send,
    "notify": notify,
    "record_consent": record_consent,
    "wait": wait,
    "end_wait": end_wait,
    "set_block": set_block,
    "lift_block": lift_block,
    "cancel": cancel,
    "alarm": alarm,
    "remind": remind,
}
