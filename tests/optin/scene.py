"""A number, a book and a clock for the engine: what happens, where it leads, what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from smsc.messages import Campaign, Code, Frequency, Kind, Merchant, Money, Notice, Period, State
from smsc.optin import Book, Decision, Profiles, apply, builtin_texts, decide, load_profiles, make_book
from smsc.optin.decision import Alarm, BillAndSend, CancelTimer, Notify, RecordConsent, Send, SetTimer
from smsc.optin.events import (
    Command,
    Confirm,
    Event,
    FromMo,
    Keyword,
    MerchantSend,
    Stop,
    TimerDue,
)
from smsc.optin.standing import Block, Registration, Standing, Subscription
from smsc.sms.numbers import Msisdn, ShortCode

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CODE = ShortCode("543")
HOROSKOP = "543/HOROSKOP"
SPRUCH = "543/SPRUCH"
CHF_3 = Money(300, "CHF")
FREE = Money(0, "CHF")
WELCOME = "Willkommen! CHF 3.00/SMS, max 5/Woche. STOP HOROSKOP an 543. Hilfe 0800 123 456. Astro AG"

PROFILES: Profiles = load_profiles(builtin_texts())
CAMPAIGN = Campaign(
    id=HOROSKOP,
    keyword="HOROSKOP",
    short_code=CODE,
    merchant="astro",
    profile="ch-mo",
    language="de",
    aliases=("HORO",),
    price=CHF_3,
    frequency=Frequency(5, Period.WEEK),
)


def book(*campaigns: Campaign, stop_scope: str = "all", unknown_reply: str = "Unbekannt.") -> Book:
    """The seed's book: HOROSKOP and SPRUCH of Astro AG on 543, unless other campaigns are given."""
    spruch = replace(CAMPAIGN, id=SPRUCH, keyword="SPRUCH", aliases=(), price=Money(100, "CHF"))
    listed = campaigns or (CAMPAIGN, spruch)
    code = Code(
        CODE,
        "CH",
        carriers=("helvetia",),
        languages=("de",),
        stop_scope=stop_scope,
        unknown_reply=unknown_reply,
    )
    return make_book(
        PROFILES,
        codes={CODE: code},
        merchants={
            "astro": Merchant("astro", "Astro AG", hotline="0800 123 456"),
            "rival": Merchant("rival", "Rival GmbH", hotline="0800 999 999"),
        },
        campaigns={campaign.id: campaign for campaign in listed},
    )


Found = TypeVar("Found")


@dataclass
class Scene:
    """One number's story with the engine alone."""

    book: Book = field(default_factory=book)
    now: datetime = NOON
    standing: Standing = field(
        default_factory=lambda: Standing(Msisdn("41791234567"), last_carrier="helvetia", last_network="22801")
    )
    last: Decision = field(default_factory=Decision)
    all: list[Decision] = field(default_factory=list)
    ids: int = 100

    def happens(self, event: Event) -> Decision:
        """One event; the standing moves on."""
        self.last = decide(self.book, self.standing, event, self.now)
        self.standing = apply(self.standing, self.last)
        self.all.append(self.last)
        return self.last

    def passes(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> None:
        """Time goes by."""
        self.now += timedelta(days=days, hours=hours, seconds=seconds)

    def fresh(self) -> int:
        """An id nobody had before."""
        self.ids += 1
        return self.ids

    def mo(self, text: str, *, may_answer: bool = True, number: int | None = None) -> FromMo:
        """A text from the handset."""
        return FromMo(
            number or self.fresh(), CODE, text, "helvetia", "22801", self.now, may_answer=may_answer
        )

    def keyword(self, campaign: str = HOROSKOP, *, text: str = "Horoskop") -> Decision:
        """KEYWORD."""
        return self.happens(Keyword(self.mo(text), campaign))

    def confirm(self, campaign: str = HOROSKOP) -> Decision:
        """START KEYWORD."""
        return self.happens(Confirm(self.mo("START " + campaign[4:]), campaign, self.fresh()))

    def stop(
        self, *campaigns: str, number: int | None = None, channel: str = "sms", may_answer: bool = True
    ) -> Decision:
        """STOP, or STOP KEYWORD."""
        return self.happens(
            Stop(
                number or self.fresh(),
                CODE,
                "STOP",
                self.now,
                campaigns=campaigns,
                channel=channel,
                carrier="helvetia" if channel == "sms" else "",
                may_answer=may_answer,
            )
        )

    def send(
        self,
        command: Command,
        *,
        text: str = "Widder: ein guter Tag.",
        value: Money = FREE,
        registration: int | None = None,
        campaign: str = HOROSKOP,
        merchant: str = "astro",
        tariff_known: bool = True,
    ) -> Decision:
        """A merchant's call in the current registration of `campaign`, or in the one given."""
        if registration is None:
            registration = self.subscription(campaign).registration
        call = self.fresh()
        return self.happens(
            MerchantSend(
                call,
                merchant,
                registration,
                command,
                text,
                value,
                f"{registration}|{call}",
                carrier="helvetia",
                tariff_known=tariff_known,
            )
        )

    def welcome(self, campaign: str = HOROSKOP) -> Decision:
        """The merchant's W."""
        return self.send(Command.WELCOME, text=WELCOME, campaign=campaign)

    def bill(self, *, value: Money = CHF_3, text: str = "Widder: ein guter Tag.") -> Decision:
        """Billed content."""
        return self.send(Command.CONTENT, value=value, text=text)

    def goodbye(self, *, registration: int | None = None) -> Decision:
        """The merchant's G."""
        return self.send(Command.GOODBYE, text="Tschüss!", registration=registration)

    def fire(self, timer: SetTimer) -> Decision:
        """A timer goes off."""
        return self.happens(
            TimerDue(timer.key, timer.kind, timer.campaign, registration=timer.registration, stop=timer.stop)
        )

    def subscribes(self, campaign: str = HOROSKOP) -> int:
        """KEYWORD, START KEYWORD, W. Returns the registration."""
        self.keyword(campaign, text=campaign[4:])
        self.confirm(campaign)
        self.welcome(campaign)
        number = self.subscription(campaign).registration
        assert number is not None
        return number

    def subscription(self, campaign: str = HOROSKOP) -> Subscription:
        """The number's subscription."""
        return self.standing.subscriptions[campaign]

    def registration(self, number: int) -> Registration:
        """One of the number's registrations."""
        return self.standing.registrations[number]

    def state(self, campaign: str = HOROSKOP) -> State:
        """Where the subscription stands."""
        found = self.standing.subscriptions.get(campaign)
        return found.state if found else State.NONE

    def is_blocked(self) -> bool:
        """Whether the code's block stands."""
        return any((block.scope, block.key) == ("code", CODE) for block in self.standing.blocks)

    def sent(self, kind: Kind | None = None) -> list[Send]:
        """MTs of the last decision, free or billed, in order."""
        found = [
            effect.send if isinstance(effect, BillAndSend) else effect
            for effect in self.last.effects
            if isinstance(effect, Send | BillAndSend)
        ]
        return [send for send in found if kind is None or send.kind is kind]

    def one(self, kind: Kind) -> Send:
        """The one MT of the last decision, which is of `kind`."""
        (send,) = self.sent()
        assert send.kind is kind
        return send

    def billed(self) -> list[BillAndSend]:
        """Billed MTs of the last decision."""
        return [effect for effect in self.last.effects if isinstance(effect, BillAndSend)]

    def told(self) -> list[Notice]:
        """What merchants are told by the last decision."""
        return [effect.notice for effect in self.last.effects if isinstance(effect, Notify)]

    def ledger(self) -> list[RecordConsent]:
        """Consent lines of the last decision."""
        return [effect for effect in self.last.effects if isinstance(effect, RecordConsent)]

    def alarms(self) -> list[Alarm]:
        """Alarms of the last decision."""
        return [effect for effect in self.last.effects if isinstance(effect, Alarm)]

    def timers(self) -> list[SetTimer]:
        """Waits begun by the last decision."""
        return [change for change in self.last.changes if isinstance(change, SetTimer)]

    def cancelled(self) -> list[str]:
        """Waits ended by the last decision."""
        return [change.key for change in self.last.changes if isinstance(change, CancelTimer)]


def block_of(scene: Scene) -> Block:
    """The one block of the number."""
    (block,) = scene.standing.blocks
    return block
