"""What holds for stores (S1) and invitations (S4), whatever happens: no bill, silence after STOP, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.messages import Campaign, Code, Kind, Merchant, State
from smsc.optin import Book, Decision, apply, decide, make_book
from smsc.optin.decision import BillAndSend, Notify, RecordConsent, Send, SetTimer
from smsc.optin.events import (
    BareStart,
    BlockChange,
    Confirm,
    Decline,
    Event,
    FreeText,
    FromMo,
    Help,
    Invite,
    Keyword,
    Stop,
    StoreOptIn,
    StoreSend,
    TimerDue,
)
from smsc.optin.standing import Standing
from smsc.sms.numbers import Msisdn, ShortCode
from tests.optin.scene import NOON, PROFILES
from tests.optin.test_stores import MARKETING, PIZZA, POOL, SALON, TACO
from tests.optin.test_stores import book as store_book

INVITING = ShortCode("77010")
LOCATE, FAMILY = "77010/LOCATE", "77010/FAMILY"


def inviting_book() -> Book:
    """Two merchants who invite on one code."""
    own = [
        Campaign(
            id=f"77010/{keyword}",
            keyword=keyword,
            short_code=INVITING,
            merchant=merchant,
            profile="invitation",
            language="en",
        )
        for keyword, merchant in (("LOCATE", "finder"), ("FAMILY", "maps"))
    ]
    return make_book(
        PROFILES,
        codes={INVITING: Code(INVITING, "CH", role="communication", portal="https://sms.example/portal")},
        merchants={name: Merchant(name, name.title()) for name in ("finder", "maps")},
        campaigns={one.id: one for one in own},
    )


SYSTEMS = {
    "us-store": (store_book(), (PIZZA, SALON, TACO), (MARKETING, *map(ShortCode, POOL))),
    "invitation": (inviting_book(), (LOCATE, FAMILY), (INVITING,)),
}


@dataclass
class Talk:
    """One number, held to the promises after each event."""

    book: Book
    standing: Standing = field(default_factory=lambda: Standing(Msisdn("14155550123"), last_carrier="usa"))
    now = NOON
    ids: int = 100
    ledger: dict[str, str] = field(default_factory=dict)
    notices: set[str] = field(default_factory=set)
    goodbyes: list[tuple[int, int]] = field(default_factory=list)
    waits: list[SetTimer] = field(default_factory=list)

    def fresh(self) -> int:
        """An id nobody had before."""
        self.ids += 1
        return self.ids

    def mo(self, code: ShortCode) -> FromMo:
        """A text from the handset."""
        return FromMo(self.fresh(), code, "text", "usa", "", self.now)

    def happens(self, event: Event) -> Decision:
        """Decide, apply, and look at what came of it."""
        before = self.standing
        decision = decide(self.book, before, event, self.now)
        self.standing = apply(before, decision)
        self.waits += [change for change in decision.changes if isinstance(change, SetTimer)]
        for effect in decision.effects:
            match effect:
                case BillAndSend():
                    raise AssertionError("neither a store nor an invitation bills")
                case Send():
                    self._may_send(before, event, effect)
                case RecordConsent(campaign=name, state=state) if state in set(State):
                    self._may_record(before, event, state)
                    self.ledger[name] = state
                case Notify(notice):
                    self.notices.add(notice.key)
        for name, subscription in self.standing.subscriptions.items():
            assert self.ledger.get(name, State.NONE) == subscription.state, "state and ledger agree"
        return decision

    def _may_send(self, before: Standing, event: Event, send: Send) -> None:
        known = before.subscriptions.get(send.campaign)
        state = known.state if known is not None else State.NONE
        if send.goodbye_of is not None:
            assert send.goodbye_of not in self.goodbyes
            self.goodbyes.append(send.goodbye_of)
        elif isinstance(event, StoreSend):
            assert state is State.ACTIVE, "only who is opted in is written to"
        elif isinstance(event, Invite):
            assert send.kind is Kind.REQUEST and state is not State.ACTIVE
            assert not any(block.scope == "invite" for block in before.blocks)
        elif isinstance(event, StoreOptIn):
            asks_first = any((b.scope, b.key) == ("store", send.campaign) for b in before.blocks)
            assert send.kind is Kind.REQUEST or not asks_first, "after STOP a call may only ask"
        else:
            said = event.campaigns if isinstance(event, Stop) else ()
            from_handset = isinstance(event, Stop) or hasattr(event, "origin")
            assert from_handset, f"{event} {send} {said}"

    def _may_record(self, before: Standing, event: Event, state: str) -> None:
        if state != State.ACTIVE:
            return
        if isinstance(event, StoreOptIn):
            assert not any((b.scope, b.key) == ("store", event.campaign) for b in before.blocks)
        else:
            assert isinstance(event, Keyword | Confirm | BareStart), "an opt-in is the number's own word"


Move = Callable[[Talk], Event | None]


def moves(names: tuple[str, ...], codes: tuple[ShortCode, ...]) -> st.SearchStrategy[Move]:
    """One thing that may happen next."""
    name, code = st.sampled_from(names), st.sampled_from(codes)

    def fire(talk: Talk, place: int) -> Event | None:
        if not talk.waits:
            return None
        timer = talk.waits[place % len(talk.waits)]
        talk.now = max(talk.now, timer.due)
        return TimerDue(timer.key, timer.kind, timer.campaign, timer.registration, timer.stop)

    def stop(talk: Talk, to: ShortCode, named: tuple[str, ...], channel: str) -> Event:
        carrier = "usa" if channel == "sms" else ""
        return Stop(talk.fresh(), to, "STOP", talk.now, campaigns=named, channel=channel, carrier=carrier)

    def invited(talk: Talk, one: str) -> Event:
        merchant = talk.book.campaigns[one].merchant
        return Invite(talk.fresh(), merchant, one, carrier="usa")

    both = st.tuples(name, code)
    own: list[st.SearchStrategy[Move]] = [
        both.map(lambda t: lambda talk: Confirm(talk.mo(t[1]), t[0], talk.fresh())),
        both.map(lambda t: lambda talk: Decline(talk.mo(t[1]), t[0])),
        both.map(lambda t: lambda talk: FreeText(talk.mo(t[1]), t[0])),
        both.map(lambda t: lambda talk: Help(talk.mo(t[1]), t[0])),
        code.map(lambda to: lambda talk: BareStart(talk.mo(to))),
        st.integers(0, 5).map(lambda place: lambda talk: fire(talk, place)),
        st.tuples(
            code,
            st.sampled_from([(), (), names[:1], names]),
            st.sampled_from(["sms", "sms", "sms", "api", "deactivation"]),
        ).map(lambda t: lambda talk: stop(talk, *t)),
    ]
    if codes == (INVITING,):
        lift = st.booleans().map(
            lambda up: lambda talk: BlockChange(talk.fresh(), "portal", "invite", "", lift=up)
        )
        return st.one_of(*own, lift, name.map(lambda one: lambda talk: invited(talk, one)))
    return st.one_of(
        *own,
        name.map(lambda one: lambda talk: Keyword(talk.mo(MARKETING), one)),
        name.map(lambda one: lambda talk: StoreOptIn(talk.fresh(), one, carrier="usa")),
        name.map(lambda one: lambda talk: StoreSend(talk.fresh(), one, "Hello", carrier="usa")),
    )


PAUSES = st.sampled_from([0.0, 0.0, 1.0, 61.0, 90_000.0])


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_OO3_OO4_stores_and_invitations_never_bill_and_are_silent_after_stop(
    system: str, data: st.DataObject
) -> None:
    book, names, codes = SYSTEMS[system]
    talk = Talk(book)
    steps = st.lists(st.tuples(moves(names, codes), PAUSES, st.booleans()), max_size=25)
    for move, pause, doubled in data.draw(steps):
        talk.now += timedelta(seconds=pause)
        if (event := move(talk)) is None:
            continue
        talk.happens(event)
        if doubled and not isinstance(event, StoreSend):  # kept single by the duplicate guard
            before, told = talk.standing.subscriptions, set(talk.notices)
            talk.happens(event)
            assert talk.standing.subscriptions == before, "a doubled event changes nothing"
            assert talk.notices == told, "and tells nobody anything new"
