"""Playing the dialogues that profiles ship with: by the engine and the router alone.

A dialogue is YAML: the campaign, and what is said in turn. Every text that reaches the handset stands in it literally;
what comes and is not in it is a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import yaml

from smsc import keywords
from smsc.app.check import load_keywords
from smsc.app.own_profiles import all_profiles
from smsc.charging.money import parse_money
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
EVIDENCE = {"sub_url": "https://merchant.example/page", "sub_ip": "192.0.2.7"}


def shipped() -> dict[str, dict[str, Any]]:
    """The dialogues of the package, by file name."""
    root = files("smsc.optin").joinpath("dialogues")
    names = sorted(entry.name for entry in root.iterdir() if entry.name.endswith(".yaml"))
    return {name: yaml.safe_load(root.joinpath(name).read_text(encoding="utf-8")) for name in names}


def keywords_of(
    dialogue: dict[str, Any],
    *,
    callback: str = "http://127.0.0.1:9/sms",
    own: object = None,
    merchant: str = "merchant",
) -> str:
    """A keywords.yaml with the dialogue's one campaign on the sim's carrier."""
    given = dict(dialogue["campaign"])
    country, who = given.pop("country"), given.pop("merchant")
    campaign = {"merchant": merchant, "published": True, "profile": dialogue["profile"]} | given
    tree: dict[str, Any] = {
        "short_codes": {
            number: {"country": country, "role": "premium", "carriers": ["helvetia"]} | more
            for number, more in ({given["short_code"]: {}} | dialogue.get("codes", {})).items()
        },
        "merchants": {merchant: who | {"callback": {"url": callback}}},
        "campaigns": [campaign],
    }
    return yaml.safe_dump(tree | ({"profiles": own} if own else {}), sort_keys=False, allow_unicode=True)


@dataclass
class Rig:
    """One number, one campaign, and a clock; no carrier and no HTTP."""

    dialogue: dict[str, Any]
    own: object = None
    now: datetime = NOON
    ids: int = 1000
    inbox: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    timers: dict[str, SetTimer] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    shown_at: datetime | None = None
    last: Decision = field(default_factory=Decision)

    def __post_init__(self) -> None:
        text = keywords_of(self.dialogue, own=self.own)
        profiles = all_profiles(text, file="dialogue")
        self.table = load_keywords(text, profiles, file="dialogue", environ={})
        (self.campaign,) = self.table.campaigns.values()
        codes = {ShortCode(number): code for number, code in self.table.codes.items()}
        self.book: Book = make_book(
            profiles, codes=codes, merchants=self.table.merchants, campaigns=self.table.campaigns
        )
        self.standing = Standing(Msisdn("38640123456"), last_carrier="helvetia")

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
        origin = FromMo(number, code, said, "helvetia", "", self.now)
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
                        carrier="helvetia",
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
                "merchant",
                self.campaign.id,
                text,
                free,
                self.fresh(),
                carrier="helvetia",
                evidence=evidence,
            )
        )

    def sends(self, command: Command, text: str) -> None:
        """The merchant's W, content at the agreed price, or G."""
        price = self.campaign.price
        assert price is not None
        value = price if command is Command.CONTENT else parse_money("0.00", price.currency)
        registration = self.standing.subscriptions[self.campaign.id].registration
        call = self.fresh()
        self.happens(
            event.MerchantSend(
                call,
                "merchant",
                registration,
                command,
                text,
                value,
                f"{registration}|{call}",
                carrier="helvetia",
            )
        )

    def charged(self, price: str) -> None:
        """A receipt of the carrier: the content that came last was paid."""
        registration = self.standing.subscriptions[self.campaign.id].registration
        price_ = self.campaign.price
        assert price_ is not None and registration is not None
        value = parse_money(price, price_.currency)
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
        """One line of the dialogue.  Raises: AssertionError: it went otherwise."""
        (verb, said), *rest = step.items()
        match verb:
            case "texts":
                self.texts(said, to=str(step.get("to", "")))
            case "gets":
                assert self.inbox, f"nothing came; expected {said!r} ({self.last.because})"
                assert self.inbox.pop(0) == said
            case "told":
                assert self.told, f"the merchant was told nothing; expected {said!r}"
                assert self.told.pop(0) == said
            case "page":
                self.posts(said)
            case "invites":
                merchant, name = "merchant", self.campaign.id
                self.happens(event.Invite(self.fresh(), merchant, name, carrier="helvetia"))
            case "asks":
                self.happens(event.StoreOptIn(self.fresh(), self.campaign.id, carrier="helvetia"))
            case "writes":
                self.happens(event.StoreSend(self.fresh(), self.campaign.id, said, carrier="helvetia"))
            case "welcome" | "content" | "goodbye":
                self.sends(Command[verb.upper()], said)
            case "charged":
                self.charged(said)
            case "passes":
                self.passes(float(said))
            case "state":
                assert self.state == said
            case other:
                raise AssertionError(f"no step is called {other!r}")
        for name, value in rest:
            assert name == "to" or (name == "refused" and self.last.because == value)

    def plays(self) -> None:
        """The whole dialogue, to its last word."""
        for number, step in enumerate(self.dialogue["steps"], 1):
            try:
                self.step(step)
            except AssertionError as error:
                raise AssertionError(f"step {number} {step}: {error}") from error
        assert (self.inbox, self.told) == ([], []), "words that the dialogue does not have"
