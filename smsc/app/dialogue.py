"""Playing a dialogue of a profile: one number and one campaign, by the engine and the router alone.

A dialogue is YAML: the campaign, and what is said in turn. Every text that reaches the handset stands in it literally;
what comes and is not in it is a fault. Nothing is sent, and no clock is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from smsc import keywords
from smsc.app.check import load_keywords
from smsc.app.own_profiles import all_profiles
from smsc.charging.money import parse_money
from smsc.keywords import BadFile, Problem
from smsc.keywords.lines import load_yaml, plain
from smsc.messages import ChargeState
from smsc.optin import Book, Decision, apply, decide, make_book
from smsc.optin import events as event
from smsc.optin.decision import BillAndSend, Cancel, CancelTimer, Expire, Notify, Release, Send, SetTimer
from smsc.optin.events import Command, Event, FromMo, TimerDue
from smsc.optin.reminders import renewal_of
from smsc.optin.standing import Standing
from smsc.optin.stores import is_store, store_on
from smsc.sms.numbers import Msisdn, ShortCode

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARRIER = "helvetia"
EVIDENCE = {"sub_url": "https://merchant.example/page", "sub_ip": "192.0.2.7"}


class Otherwise(AssertionError):
    """A dialogue went otherwise than written; the words say what came instead."""


def keywords_of(
    dialogue: dict[str, Any],
    *,
    callback: str = "http://127.0.0.1:9/sms",
    own: object = None,
    merchant: str = "merchant",
    codes: object = None,
) -> str:
    """A keywords.yaml with the dialogue's one campaign on a carrier of its own.

    Args: own: further profiles. codes: what keywords.yaml says of short codes, its word lists among them.
    """
    given = dict(dialogue["campaign"])
    country, who = given.pop("country"), given.pop("merchant")
    campaign = {"merchant": merchant, "published": True, "profile": dialogue["profile"]} | given
    said = codes if isinstance(codes, dict) else {}
    here = {given["short_code"]: said.get(given["short_code"], {})} | dialogue.get("codes", {})
    tree: dict[str, Any] = {
        "short_codes": {
            number: {"country": country, "role": "premium"} | more | {"carriers": [CARRIER]}
            for number, more in here.items()
        },
        "merchants": {merchant: who | {"callback": {"url": callback}}},
        "campaigns": [campaign],
    }
    return yaml.safe_dump(tree | ({"profiles": own} if own else {}), sort_keys=False, allow_unicode=True)


def read_dialogue(text: str, *, file: str) -> dict[str, Any]:
    """A dialogue as people wrote it, every value a string.

    Raises:  BadFile: it is no YAML, or lacks its profile, campaign or steps.
    """
    tree = plain(load_yaml(text, file=file))
    read: dict[str, Any] = tree if isinstance(tree, dict) else {}
    read = read["dialogue"] if isinstance(read.get("dialogue"), dict) else read
    campaign, steps = read.get("campaign"), read.get("steps")
    whole = isinstance(campaign, dict) and isinstance(campaign.get("merchant"), dict)
    whole = whole and {"short_code", "country"} <= set(campaign or ())
    if not (whole and read.get("profile") and isinstance(steps, list) and all(map(_is_step, steps))):
        what = "no dialogue: it needs profile, campaign (with short_code, country and merchant) and steps"
        raise BadFile([Problem(file, 0, "OI4", what, "write it as docs/countries.md shows")])
    return read


def _is_step(step: object) -> bool:
    return isinstance(step, dict) and bool(step) and all(isinstance(one, str) for one in step.values())


@dataclass
class Rig:
    """One number, one campaign, and a clock; no carrier and no HTTP."""

    dialogue: dict[str, Any]
    own: object = None
    codes: object = None
    now: datetime = NOON
    ids: int = 1000
    inbox: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    timers: dict[str, SetTimer] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    shown_at: datetime | None = None
    last: Decision = field(default_factory=Decision)

    def __post_init__(self) -> None:
        text = keywords_of(self.dialogue, own=self.own, codes=self.codes)
        profiles = all_profiles(text, file="dialogue")
        self.table = load_keywords(text, profiles, file="dialogue", environ={})
        (self.campaign,) = self.table.campaigns.values()
        codes = {ShortCode(number): code for number, code in self.table.codes.items()}
        self.book: Book = make_book(
            profiles, codes=codes, merchants=self.table.merchants, campaigns=self.table.campaigns
        )
        self.standing = Standing(Msisdn("38640123456"), last_carrier=CARRIER)

    def fresh(self) -> int:
        """An id nobody had before."""
        self.ids += 1
        return self.ids

    def happens(self, what: Event) -> None:
        """One event, and what a carrier and a merchant would see of it."""
        self.last = decide(self.book, self.standing, what, self.now)
        self.standing = apply(self.standing, self.last)
        for change in self.last.changes:
            if isinstance(change, SetTimer):
                self.timers.setdefault(change.key, change)
            elif isinstance(change, CancelTimer):
                self.timers.pop(change.key, None)
        for effect in self.last.effects:
            self._seen(effect)

    def _seen(self, effect: object) -> None:
        match effect:
            case Send(held=True, mt=int(number), text=text):
                self.held[number] = text
            case Send(text=text):
                self._arrives(text, request=effect.kind == "request")
            case BillAndSend(send):
                self._arrives(send.text, request=False)
            case Release(number):
                self._arrives(self.held.pop(number), request=False)
            case Expire(number):
                self.told.append("VALIDITY_EXPIRED")
                self.held.pop(number)
            case Cancel(held=int(number)):
                self.held.pop(number)
            case Notify(notice):
                self.told.append(f"{notice.kind.value} {notice.text}".strip())

    def _arrives(self, text: str, *, request: bool) -> None:
        self.inbox.append(text)
        if request and not self.dialogue.get("undelivered"):
            self.shown_at = self.now

    def texts(self, said: str, *, to: str = "") -> None:
        """An MO, routed as the server routes it; `to` the campaign's code unless another is given."""
        known = self.standing.subscriptions
        pending = [
            n for n, s in known.items() if s.state == "pending" or renewal_of(self.standing, s) is not None
        ]
        active = [n for n, s in known.items() if s.state == "active"]
        number, code = self.fresh(), ShortCode(to) if to else self.campaign.short_code
        if is_store(self.book, self.campaign) and not store_on(self.standing, code):
            pending, active = [], []  # a store's answers are heard on its own code for the number only
        route = keywords.route(self.table, code, said, pending=pending, active=active)
        origin = FromMo(number, code, said, CARRIER, "", self.now)
        match route:
            case keywords.Stop():
                self.happens(
                    event.Stop(
                        number,
                        code,
                        said,
                        self.now,
                        tuple(route.campaigns),
                        route.everything,
                        carrier=CARRIER,
                    )
                )
            case keywords.Confirm():
                self.happens(event.Confirm(origin, route.campaign, self.fresh()))
            case keywords.Decline():
                self.happens(event.Decline(origin, route.campaign))
            case keywords.Keyword():
                self.happens(event.Keyword(origin, route.campaign, route.argument))
            case keywords.Help():
                self.happens(event.Help(origin, route.campaign))
            case keywords.FreeText():
                self.happens(event.FreeText(origin, route.campaign))
            case keywords.BareStart():
                self.happens(event.BareStart(origin, tuple(route.pending)))
            case _:
                self.happens(event.Unknown(origin))

    def posts(self, text: str) -> None:
        """The merchant's call for a number typed into its page."""
        free = parse_money("0.00", self.campaign.price.currency if self.campaign.price else "EUR")
        evidence = EVIDENCE | {"sub_key": self.campaign.keyword}
        self.happens(
            event.WebRequest(
                self.fresh(),
                self.campaign.merchant,
                self.campaign.id,
                text,
                free,
                self.fresh(),
                carrier=CARRIER,
                evidence=evidence,
            )
        )

    def sends(self, command: Command, text: str) -> None:
        """The merchant's W, content at the agreed price, or G."""
        price = self.campaign.price
        if price is None:
            raise Otherwise("a campaign without a price has no W, content or G")
        value = price if command is Command.CONTENT else parse_money("0.00", price.currency)
        registration = self._registration()
        call = self.fresh()
        self.happens(
            event.MerchantSend(
                call,
                self.campaign.merchant,
                registration,
                command,
                text,
                value,
                f"{registration}|{call}",
                carrier=CARRIER,
            )
        )

    def _registration(self) -> int | None:
        found = self.standing.subscriptions.get(self.campaign.id)
        return found.registration if found is not None else None

    def charged(self, price: str) -> None:
        """A receipt of the carrier: the content that came last was paid."""
        registration, agreed = self._registration(), self.campaign.price
        if agreed is None or registration is None:
            raise Otherwise("there is no opt-in with a price to be charged")
        value = parse_money(price, agreed.currency)
        self.happens(event.Charged(self.fresh(), registration, self.now, ChargeState.CHARGED, value))

    def passes(self, seconds: float) -> None:
        """Time goes by, stopping at every timer."""
        until = self.now + timedelta(seconds=seconds)
        while due := [t for t in self.timers.values() if t.due <= until]:
            timer = min(due, key=lambda t: t.due)
            self.now = max(self.now, timer.due)
            del self.timers[timer.key]
            self.happens(
                TimerDue(
                    timer.key,
                    timer.kind,
                    timer.campaign,
                    timer.registration,
                    timer.stop,
                    shown_at=self.shown_at,
                )
            )
        self.now = until

    @property
    def state(self) -> str:
        """Where the subscription stands."""
        found = self.standing.subscriptions.get(self.campaign.id)
        return found.state.value if found else "none"

    def step(self, step: dict[str, Any]) -> None:
        """One line of the dialogue.  Raises: Otherwise: it went otherwise, or it is no step."""
        (verb, said), *rest = step.items()
        if verb in ("gets", "told", "state"):
            self._expects(verb, said)
        else:
            self._does(verb, said, to=str(step.get("to", "")))
        for name, value in rest:
            if name == "refused" and self.last.because != value:
                raise Otherwise(f"it was not refused as {value}: {self.last.because or 'it was taken'}")
            if name not in ("to", "refused"):
                raise Otherwise(f"no step has {name!r}")

    def _expects(self, verb: str, said: str) -> None:
        came = self.state
        if verb != "state":
            listed = self.inbox if verb == "gets" else self.told
            came = listed.pop(0) if listed else f"nothing ({self.last.because})"
        if came != said:
            raise Otherwise(f"came instead: {came}")

    def _does(self, verb: str, said: str, *, to: str) -> None:
        match verb:
            case "texts":
                self.texts(said, to=to)
            case "page":
                self.posts(said)
            case "invites":
                merchant, name = self.campaign.merchant, self.campaign.id
                self.happens(event.Invite(self.fresh(), merchant, name, carrier=CARRIER))
            case "asks":
                self.happens(event.StoreOptIn(self.fresh(), self.campaign.id, carrier=CARRIER))
            case "writes":
                self.happens(event.StoreSend(self.fresh(), self.campaign.id, said, carrier=CARRIER))
            case "welcome" | "content" | "goodbye":
                self.sends(Command[verb.upper()], said)
            case "charged":
                self.charged(said)
            case "passes":
                self.passes(float(said))
            case other:
                raise Otherwise(f"no step is called {other!r}")

    def lines(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each step with what went otherwise, "" where nothing did; then what came and is not in the dialogue."""
        for step in self.dialogue["steps"]:
            try:
                self.step(step)
            except (Otherwise, ValueError) as error:
                yield step, str(error)
                return
            yield step, ""
        for verb, left in (("gets", self.inbox), ("told", self.told)):
            for words in left:
                yield {verb: words}, "came, in words that the dialogue does not have"

    def plays(self) -> None:
        """The whole dialogue, to its last word.  Raises: Otherwise: at the first step that goes otherwise."""
        for number, (step, otherwise) in enumerate(self.lines(), 1):
            if otherwise:
                raise Otherwise(f"step {number} {step}: {otherwise}")
