"""What holds for any flow and any list of events: money, silence after STOP, one goodbye, doubled events (OO3, OO4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.messages import ChargeState, Kind, Money, State
from smsc.optin import Book, Decision, Profiles, decide, make_book
from smsc.optin.decision import BillAndSend, Notify, RecordConsent, Release, Send, SetTimer
from smsc.optin.events import (
    Ambiguous,
    BareStart,
    Charged,
    Command,
    Confirm,
    Decline,
    Event,
    FreeText,
    FromMo,
    Help,
    Keyword,
    MerchantSend,
    Review,
    Reviewed,
    Sent,
    Stop,
    TimerDue,
    TimerKind,
    Unknown,
    WebRequest,
)
from smsc.optin.standing import Standing
from tests.optin.packs import ASKED, TIMED, USED_UP, server_says_all
from tests.optin.scene import CODE, HOROSKOP, NOON, PROFILES, SPRUCH, Scene, book

CAMPAIGNS = (HOROSKOP, SPRUCH)
NAMES = st.sampled_from(CAMPAIGNS)


def book_of(profiles: Profiles, *, scope: str = "all") -> Book:
    """The scene's book over other profiles."""
    plain = book(stop_scope=scope)
    return make_book(profiles, codes=plain.codes, merchants=plain.merchants, campaigns=plain.campaigns)


def under(profile: str, profiles: Profiles = PROFILES) -> Book:
    """The scene's book with both campaigns under another profile."""
    plain = book()
    campaigns = {name: replace(one, profile=profile) for name, one in plain.campaigns.items()}
    return make_book(profiles, codes=plain.codes, merchants=plain.merchants, campaigns=campaigns)


SERVER = server_says_all()
BOOKS = {
    "ch-mo": book_of(PROFILES),
    "ch-mo, last_active": book_of(PROFILES, scope="last_active"),
    "server says all": book_of(SERVER),
    "ch-mo, menu": book_of(PROFILES, scope="menu"),
    **{name: under(name) for name in ("si-web", "ch-web", "hu-mo", "si-mo", "be")},
    "asked at CHF 6, with receipts": under("own", ASKED),
    "told every day": under("own", TIMED),
    "over after two messages": under("own", USED_UP),
}
"""Every flow is here, and every scope of a bare STOP."""

Move = Callable[["Watched"], Event | None]


@dataclass
class Watched(Scene):
    """A scene that holds the engine to its promises after each event."""

    consented: set[int] = field(default_factory=set)
    goodbyes: list[tuple[int, int]] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)
    waits: list[SetTimer] = field(default_factory=list)
    owed: set[tuple[int, int]] = field(default_factory=set)

    def happens(self, event: Event) -> Decision:
        before = self.standing
        decision = super().happens(event)
        for effect in decision.effects:
            match effect:
                case RecordConsent(state="active", registration=int(number)):
                    self.consented.add(number)
                case BillAndSend(send, value):
                    self._may_bill(before, send, value)
                case Send():
                    self._may_send(before, event, effect)
                case Notify(notice):
                    self.notices.add(notice.key)
                case Release(registration=number):
                    assert number in self.consented, "a held welcome goes only after consent"
        self.waits += self.timers()
        for number, registration in self.standing.registrations.items():
            deactivated = isinstance(event, Stop) and event.channel == "deactivation"
            was = before.registrations.get(number)
            if was and was.ended_at is None and registration.ended_at is not None and not deactivated:
                assert registration.stop is not None
                self.owed.add((number, registration.stop))
        return decision

    def _may_bill(self, before: Standing, send: Send, value: Money) -> None:
        assert send.registration in self.consented and value.minor > 0 and send.kind is Kind.CONTENT
        registration = before.registrations[send.registration]
        assert registration.welcomed_at is not None and registration.ended_at is None
        subscription = before.subscriptions[registration.campaign]
        assert (subscription.state, subscription.registration) == (State.ACTIVE, registration.id)
        assert registration.price is not None and value.minor <= registration.price.minor
        assert registration.renew_by is None, "asked whether it goes on: nothing more before the answer"

    def _may_send(self, before: Standing, event: Event, send: Send) -> None:
        if send.goodbye_of is not None:
            assert send.kind is Kind.GOODBYE and send.goodbye_of not in self.goodbyes
            self.goodbyes.append(send.goodbye_of)
            return
        if send.answers_mo is not None:
            return
        if isinstance(event, WebRequest):
            known = before.subscriptions.get(send.campaign)
            assert known is None or known.state is not State.ACTIVE
            assert not before.blocks and send.kind in (Kind.REQUEST, Kind.WELCOME)
            assert send.held is (send.kind is Kind.WELCOME), "a welcome waits for the confirm word"
            return
        assert isinstance(event, MerchantSend | TimerDue | Charged) and send.registration is not None
        assert isinstance(event, MerchantSend) or send.kind is Kind.INFO, "a reminder or a receipt"
        assert before.registrations[send.registration].ended_at is None


def moves() -> st.SearchStrategy[Move]:
    """One thing that may happen next."""
    numbers = st.integers(0, 3)

    def mo_move(make: Callable[[FromMo, str], Event], name: str) -> Move:
        return lambda scene: make(scene.mo(f"text {name}"), name)

    def call(scene: Watched, command: Command, value: Money, place: int) -> Event | None:
        known = sorted(scene.standing.registrations) or [101]
        number = scene.fresh()
        registration = known[place % len(known)]
        return MerchantSend(number, "astro", registration, command, "Text", value, f"{registration}|{number}")

    def fire(scene: Watched, place: int) -> Event | None:
        if not scene.waits:
            return None
        timer = scene.waits[place % len(scene.waits)]
        shown = scene.now - timedelta(days=place)
        return TimerDue(timer.key, timer.kind, timer.campaign, timer.registration, timer.stop, shown_at=shown)

    def web(scene: Watched, name: str) -> Event:
        evidence = {"sub_url": "https://astro.example", "sub_ip": "192.0.2.1", "sub_key": name}
        number = scene.fresh()
        return WebRequest(
            number, "astro", name, "Willkommen", Money(0, "CHF"), number + 50_000, evidence=evidence
        )

    def decided(scene: Watched, stop: bool) -> Event | None:
        open_ = [h for s in scene.standing.subscriptions.values() for h in s.holds if h.startswith("review:")]
        return Reviewed(int(open_[0][7:]), CODE, stop, scene.now) if open_ else None

    def stop(scene: Watched, names: tuple[str, ...], channel: str, can: bool) -> Event:
        return Stop(scene.fresh(), CODE, "STOP", scene.now, campaigns=names, channel=channel, may_answer=can)

    def charge(scene: Watched, place: int, state: ChargeState) -> Event | None:
        known = sorted(scene.standing.registrations) or [101]
        return Charged(1, known[place % len(known)], scene.now, state, Money(300, "CHF"))

    amounts = [Money(0, "CHF"), Money(0, "CHF"), Money(100, "CHF"), Money(300, "CHF"), Money(300, "EUR")]
    money = st.sampled_from(amounts)
    return st.one_of(
        NAMES.map(lambda name: mo_move(Keyword, name)),
        NAMES.map(lambda name: mo_move(Keyword, name)),
        NAMES.map(lambda name: mo_move(lambda o, n: Confirm(o, n, o.mo + 10_000), name)),
        NAMES.map(lambda name: mo_move(lambda o, n: Confirm(o, n, o.mo + 10_000), name)),
        NAMES.map(lambda name: mo_move(Decline, name)),
        NAMES.map(lambda name: mo_move(FreeText, name)),
        NAMES.map(lambda name: mo_move(lambda o, n: Help(o, n), name)),
        NAMES.map(lambda name: mo_move(lambda o, n: Review(o, (n,)), name)),
        NAMES.map(lambda name: mo_move(lambda o, _: Unknown(o), name)),
        NAMES.map(lambda name: mo_move(lambda o, _: BareStart(o, CAMPAIGNS), name)),
        NAMES.map(lambda name: mo_move(lambda o, _: Ambiguous(o, CAMPAIGNS), name)),
        st.tuples(
            st.sampled_from([(), (HOROSKOP,), (SPRUCH,), CAMPAIGNS]),
            st.sampled_from(["sms", "sms", "sms", "api", "deactivation"]),
            st.booleans(),
        ).map(lambda t: lambda scene: stop(scene, t[0], t[1], t[2])),
        st.tuples(st.sampled_from(Command), money, numbers).map(
            lambda t: lambda scene: call(scene, t[0], t[1], t[2])
        ),
        st.tuples(st.sampled_from(Command), money, numbers).map(
            lambda t: lambda scene: call(scene, t[0], t[1], t[2])
        ),
        numbers.map(lambda place: lambda scene: call(scene, Command.WELCOME, Money(0, "CHF"), place)),
        numbers.map(lambda place: lambda scene: call(scene, Command.GOODBYE, Money(0, "CHF"), place)),
        numbers.map(lambda place: lambda scene: fire(scene, place)),
        NAMES.map(lambda name: lambda scene: web(scene, name)),
        st.booleans().map(lambda stop_: lambda scene: decided(scene, stop_)),
        st.tuples(numbers, st.sampled_from([ChargeState.FAILED, ChargeState.CHARGED])).map(
            lambda t: lambda scene: charge(scene, t[0], t[1])
        ),
    )


PAUSES = st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0, 31.0, 3_700.0, 90_000.0])
STORIES = st.lists(st.tuples(moves(), PAUSES, st.booleans()), max_size=30)


def joins(scene: Watched, campaign: str) -> State:
    """An opt-in that merchants may bill, by whatever the flow asks for; active, at its end."""
    scene.keyword(campaign, text=campaign[4:])
    if scene.book.newest(scene.book.campaigns[campaign].profile).flow.name == "notice":
        (timer,) = [t for t in scene.waits if t.campaign == campaign]
        asked, scene.now = scene.now, timer.due
        scene.happens(TimerDue(timer.key, timer.kind, timer.campaign, shown_at=asked))
    else:
        scene.confirm(campaign)
    scene.welcome(campaign)
    assert scene.state(campaign) is State.ACTIVE
    return State.ACTIVE


def bills(scene: Watched) -> Decision:
    """Content at CHF 3, a minute after what came before."""
    scene.passes(seconds=60)
    return scene.bill()


BEGINNINGS: dict[str, Callable[[Watched], object]] = {
    "a stranger": lambda scene: None,
    "one opt-in": lambda scene: joins(scene, HOROSKOP),
    "two opt-ins": lambda scene: (joins(scene, HOROSKOP), joins(scene, SPRUCH)),
    "one opt-in, billed twice": lambda scene: (joins(scene, HOROSKOP), bills(scene), bills(scene)),
    "one opt-in just ended": lambda scene: (joins(scene, HOROSKOP), scene.stop()),
    "ended and asked anew": lambda scene: (joins(scene, HOROSKOP), scene.stop(), scene.keyword()),
}
"""Random events alone seldom come as far as money; these bring them there."""


@pytest.mark.parametrize("name", list(BOOKS))
@settings(max_examples=200, deadline=None)
@given(beginning=st.sampled_from(sorted(BEGINNINGS)), story=STORIES)
def test_CH3_OO3_OO4_no_bill_without_consent_and_silence_after_stop(
    name: str, beginning: str, story: list[tuple[Move, float, bool]]
) -> None:
    scene = Watched(BOOKS[name])
    BEGINNINGS[beginning](scene)
    for move, pause, doubled in story:
        scene.passes(seconds=pause)
        event = move(scene)
        if event is None:
            continue
        scene.happens(event)
        if doubled:
            happens_again(scene, event)
    for timer in [*scene.waits, *scene.waits]:
        if timer.kind is TimerKind.GOODBYE:
            scene.now = max(scene.now, timer.due)
            scene.fire(timer)
    assert len(scene.goodbyes) == len(set(scene.goodbyes))
    assert scene.owed <= set(scene.goodbyes), "every opt-in that STOP ended has its one goodbye"


def happens_again(scene: Watched, event: Event) -> None:
    """The same event once more changes nothing but counts of replies, and tells nobody anything new."""
    if isinstance(event, Charged) or (isinstance(event, MerchantSend) and event.command is Command.CONTENT):
        return  # kept single by the charge's own transition, and by the call's key (D2)
    before, told = scene.standing, set(scene.notices)
    scene.happens(event)
    assert replace(scene.standing, counts=before.counts) == before
    assert scene.notices == told and scene.billed() == [] and scene.timers() == [] and scene.ledger() == []


IDS = st.one_of(st.none(), st.integers(0, 300))
WILD_NAMES = st.sampled_from([HOROSKOP, SPRUCH, "543/WEG", "", "999/X"])
ORIGINS = st.builds(
    FromMo,
    mo=st.integers(0, 300),
    short_code=st.sampled_from([CODE, type(CODE)("999"), type(CODE)("")]),
    text=st.text(max_size=20),
    carrier=st.sampled_from(["", "helvetia"]),
    network=st.just(""),
    received_at=st.just(NOON),
    may_answer=st.booleans(),
)
LISTS = st.lists(WILD_NAMES, max_size=3).map(tuple)
WILD: st.SearchStrategy[Event] = st.one_of(
    st.builds(Keyword, ORIGINS, WILD_NAMES),
    st.builds(Confirm, ORIGINS, WILD_NAMES, st.integers(0, 300)),
    st.builds(Decline, ORIGINS, WILD_NAMES),
    st.builds(Ambiguous, ORIGINS, LISTS),
    st.builds(BareStart, ORIGINS, LISTS),
    st.builds(Help, ORIGINS, st.one_of(st.none(), WILD_NAMES)),
    st.builds(FreeText, ORIGINS, WILD_NAMES),
    st.builds(Review, ORIGINS, LISTS),
    st.builds(Unknown, ORIGINS),
    st.builds(
        Stop,
        st.integers(0, 300),
        st.sampled_from([CODE, type(CODE)("999"), type(CODE)("")]),
        st.just("STOP"),
        st.just(NOON),
        campaigns=LISTS,
        everything=st.booleans(),
        channel=st.sampled_from(["sms", "api", "portal", "operator", "deactivation", "?"]),
        may_answer=st.booleans(),
    ),
    st.builds(
        MerchantSend,
        st.integers(0, 300),
        st.sampled_from(["astro", "rival", ""]),
        IDS,
        st.sampled_from(Command),
        st.text(max_size=170),
        st.builds(Money, st.integers(-5, 600), st.sampled_from(["CHF", "EUR", ""])),
        st.just(""),
        tariff_known=st.booleans(),
    ),
    st.builds(
        TimerDue,
        st.sampled_from(["confirm:1", "x", ""]),
        st.sampled_from(TimerKind),
        WILD_NAMES,
        registration=IDS,
        stop=IDS,
    ),
    st.builds(Charged, st.integers(0, 9), st.integers(0, 300), st.just(NOON), st.sampled_from(ChargeState)),
    st.builds(Sent, st.integers(0, 9), st.sampled_from(Kind), IDS, st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(events=st.lists(st.tuples(WILD, st.integers(-100, 100_000)), max_size=25))
def test_decide_is_total_and_deterministic(events: list[tuple[Event, int]]) -> None:
    scene = Watched(BOOKS["ch-mo"])
    for event, pause in events:
        scene.now += timedelta(seconds=pause)
        before = scene.standing
        decision = scene.happens(event)
        assert decide(scene.book, before, event, scene.now) == decision
