"""S1, the engine alone: which code a number gets from a store, and what each status lets happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smsc.messages import Campaign, Code, Kind, Merchant, State
from smsc.optin import Book, Decision, apply, builtin_texts, decide, load_profiles, make_book
from smsc.optin.decision import Alarm, Notify, Reason, RecordConsent, Send, SetBinding
from smsc.optin.events import (
    BareStart,
    Confirm,
    Event,
    FromMo,
    Keyword,
    Responder,
    Stop,
    StoreOptIn,
    StoreSend,
)
from smsc.optin.standing import Standing
from smsc.sms.numbers import Msisdn, ShortCode

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MARKETING = ShortCode("444999")
POOL = ("77007", "77008")
PIZZA, SALON, TACO = "444999/PIZZA", "444999/SALON", "444999/TACO"


def store(keyword: str, **extra: object) -> Campaign:
    """A store joined on the marketing code."""
    return Campaign(
        id=f"444999/{keyword}",
        keyword=keyword,
        short_code=MARKETING,
        merchant=keyword.lower(),
        profile="us-store",
        language="en",
        extra={"pool": POOL, **extra},
    )


def book() -> Book:
    """Three stores and two communication codes."""
    stores = (
        store("PIZZA", responders={"HOURS": ("regulars", "others")}),
        store("SALON", double_opt_in=False),
        store("TACO"),
    )
    return make_book(
        load_profiles(builtin_texts()),
        codes={
            MARKETING: Code(MARKETING, "US", role="marketing"),
            **{ShortCode(n): Code(ShortCode(n), "US", role="communication") for n in POOL},
        },
        merchants={s.merchant: Merchant(s.merchant, s.keyword.title()) for s in stores},
        campaigns={s.id: s for s in stores},
    )


class Story:
    """One number and the three stores."""

    def __init__(self) -> None:
        self.book = book()
        self.standing = Standing(Msisdn("14155550123"), last_carrier="usa")
        self.now = NOON
        self.ids = 0

    def happens(self, event: Event) -> Decision:
        """Decide and apply."""
        decision = decide(self.book, self.standing, event, self.now)
        self.standing = apply(self.standing, decision)
        return decision

    def mo(self, text: str, *, to: str = MARKETING) -> FromMo:
        """A text from the handset."""
        self.ids += 1
        return FromMo(self.ids, ShortCode(to), text, "usa", "", self.now)

    def joins(self, campaign: str) -> Decision:
        """The keyword on the marketing code."""
        return self.happens(Keyword(self.mo(campaign.partition("/")[2]), campaign))

    def invited(self, campaign: str, *, name: str = "") -> Decision:
        """OptInCustomer."""
        self.ids += 1
        return self.happens(StoreOptIn(self.ids, campaign, carrier="usa", name=name))

    def stops(self, to: str) -> Decision:
        """STOP to a code."""
        self.ids += 1
        return self.happens(Stop(self.ids, ShortCode(to), "STOP", self.now, carrier="usa"))

    def state(self, campaign: str) -> State:
        """Where the number stands with a store."""
        found = self.standing.subscriptions.get(campaign)
        return found.state if found is not None else State.NONE

    def code(self, campaign: str) -> str:
        """The code the store has, "" for none."""
        binding = self.standing.bindings.get(campaign)
        return str(binding.short_code) if binding is not None and binding.released_at is None else ""


@pytest.fixture
def story() -> Story:
    """A number nobody knows."""
    return Story()


def sends(decision: Decision) -> list[tuple[str, Kind]]:
    """(sender, kind) of every MT."""
    return [(str(e.short_code), e.kind) for e in decision.effects if isinstance(e, Send)]


def test_S1e_each_store_of_a_number_has_a_code_of_its_own(story: Story) -> None:
    assert sends(story.joins(PIZZA)) == [("77007", Kind.CONFIRM)]
    assert sends(story.joins(SALON)) == [("77008", Kind.CONFIRM)]
    assert (story.code(PIZZA), story.code(SALON)) == POOL


def test_S1e_an_empty_pool_opts_nobody_in_and_raises_the_alarm(story: Story) -> None:
    story.joins(PIZZA)
    story.joins(SALON)
    before = story.standing
    decision = story.joins(TACO)
    assert decision.because is Reason.POOL_EMPTY
    assert sends(decision) == [(MARKETING, Kind.INFO)]
    assert [e.kind for e in decision.effects if isinstance(e, Alarm)] == ["pool_empty"]
    assert story.standing.subscriptions == before.subscriptions and story.standing.bindings == before.bindings
    assert story.invited(TACO).because is Reason.POOL_EMPTY


@pytest.mark.parametrize(("days", "given"), [(29.99, ""), (30.0, "77007")])
def test_S1e_a_released_code_rests_for_other_stores_30_days(story: Story, days: float, given: str) -> None:
    story.joins(PIZZA)
    story.joins(SALON)
    story.stops("77007")
    story.now += timedelta(days=days)
    story.joins(TACO)
    assert story.code(TACO) == given


def test_OO5_the_goodbye_leaves_from_the_code_before_it_is_released(story: Story) -> None:
    story.joins(PIZZA)
    decision = story.stops("77007")
    assert sends(decision) == [("77007", Kind.GOODBYE)]
    released = [c.binding for c in decision.changes if isinstance(c, SetBinding)]
    assert [b.released_at for b in released] == [story.now]
    assert sends(story.stops("77007")) == [], "a second STOP has no second goodbye"


def test_S1e_stop_on_the_marketing_code_has_one_reply_for_all(story: Story) -> None:
    story.joins(PIZZA)
    story.invited(TACO)
    decision = story.stops(MARKETING)
    assert sends(decision) == [(MARKETING, Kind.GOODBYE)]
    assert (story.state(PIZZA), story.state(TACO)) == (State.OPTED_OUT, State.OPTED_OUT)
    assert {story.code(PIZZA), story.code(TACO)} == {""}
    assert len([e for e in decision.effects if isinstance(e, Notify)]) == 2


def test_S1a_optincustomer_asks_and_the_keyword_answers_it_too(story: Story) -> None:
    decision = story.invited(PIZZA, name="Liz")
    assert sends(decision) == [("77007", Kind.REQUEST)]
    assert story.state(PIZZA) is State.PENDING and story.standing.bindings[PIZZA].name == "Liz"
    story.joins(PIZZA)
    assert story.state(PIZZA) is State.ACTIVE and story.code(PIZZA) == "77007"


def test_S1a_yes_opts_in_with_consent_of_the_text_that_was_shown(story: Story) -> None:
    story.invited(PIZZA)
    decision = story.happens(Confirm(story.mo("YES", to="77007"), PIZZA, fresh_id=99))
    (consent,) = [e for e in decision.effects if isinstance(e, RecordConsent)]
    assert "Reply YES" in consent.seen and consent.answered == "YES"
    assert story.state(PIZZA) is State.ACTIVE


def test_S1_what_a_single_opt_in_store_asserts_is_recorded_as_its_word(story: Story) -> None:
    decision = story.invited(SALON)
    (consent,) = [e for e in decision.effects if isinstance(e, RecordConsent)]
    assert (consent.by, consent.seen, consent.state) == ("api", "", "active")


def test_S1_the_store_block_needs_a_yes_after_stop(story: Story) -> None:
    story.invited(SALON)
    story.stops("77007")
    assert {(b.scope, b.key) for b in story.standing.blocks} == {("store", SALON)}
    assert sends(story.invited(SALON)) == [("77007", Kind.REQUEST)]
    story.happens(Confirm(story.mo("YES", to="77007"), SALON, fresh_id=99))
    assert story.state(SALON) is State.ACTIVE and not story.standing.blocks


def test_S1_a_keyword_after_stop_lifts_the_store_block(story: Story) -> None:
    story.joins(PIZZA)
    story.stops("77007")
    story.joins(PIZZA)
    assert story.state(PIZZA) is State.ACTIVE and not story.standing.blocks


def test_S1d_a_text_is_refused_by_status(story: Story) -> None:
    text = StoreSend(500, PIZZA, "Hello", carrier="usa")
    assert story.happens(text).because is Reason.NOT_OPTED_IN
    story.invited(PIZZA)
    assert story.happens(text).because is Reason.NOT_OPTED_IN
    story.joins(PIZZA)
    assert sends(story.happens(replace(text, after_s=3.0))) == [("77007", Kind.CONTENT)]
    story.stops("77007")
    assert story.happens(text).because is Reason.OPTED_OUT


def test_RT4_bare_start_opens_the_store_that_ended_last(story: Story) -> None:
    story.joins(PIZZA)
    story.joins(SALON)
    story.stops("77008")
    story.now += timedelta(hours=1)
    story.stops("77007")
    story.now += timedelta(hours=1)
    story.happens(BareStart(story.mo("START")))
    assert (story.state(PIZZA), story.state(SALON)) == (State.ACTIVE, State.OPTED_OUT)
    story.happens(BareStart(story.mo("UNSTOP", to="77008")))
    assert story.state(SALON) is State.ACTIVE


def test_S1_a_responder_answers_by_status(story: Story) -> None:
    stranger = story.happens(Responder(story.mo("HOURS"), PIZZA, "HOURS"))
    assert [e.text for e in stranger.effects if isinstance(e, Send)] == ["others"]
    assert story.state(PIZZA) is State.NONE
    story.joins(PIZZA)
    regular = story.happens(Responder(story.mo("HOURS"), PIZZA, "HOURS"))
    assert [e.text for e in regular.effects if isinstance(e, Send)] == ["regulars"]


def test_OO7_a_deactivated_number_gives_its_codes_back_in_silence(story: Story) -> None:
    story.joins(PIZZA)
    decision = story.happens(Stop(77, ShortCode(""), "", story.now, everything=True, channel="deactivation"))
    assert sends(decision) == [] and story.code(PIZZA) == ""
