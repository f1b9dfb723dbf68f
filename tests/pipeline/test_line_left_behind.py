"""An MT that is `sending` though no bind has it is found while the node runs; no restart is needed (D3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from smsc.pipeline import outcomes
from smsc.pipeline.batch import Outcome
from smsc.pipeline.intake import Intake
from smsc.pipeline.items import CallItem, Item, MoItem, ResultItem
from smsc.pipeline.sweeper import PAUSES, SWEEP_MAX, Sweeper
from smsc.pipeline.window import Window
from smsc.store import StoreUnavailable, Tx
from tests.conversations.s2 import CONTENT, subscribes
from tests.driven import START
from tests.pipeline.faults import Bug
from tests.stage import ANNA, Stage

CHARGES = [("pending", 300, "CHF"), ("charged", 300, "CHF")]


def lose_the_commit(monkeypatch: pytest.MonkeyPatch, stage: Stage, kind: type[Item]) -> None:
    """The next batch with such an item is committed, and nobody is told: the connection broke in the COMMIT."""
    work, transact = Intake._work, stage.server.store._transact
    lost: list[bool] = []

    def noted(self: Intake, items: Sequence[Item], slots: dict[str, int], tx: Tx) -> Outcome:
        if len(lost) == 0 and any(isinstance(item, kind) for item in items):
            lost.append(True)
        return work(self, items, slots, tx)

    def breaks(job: Callable[[Tx], Any]) -> Any:
        done = transact(job)
        if lost == [True]:
            lost.append(False)
            raise StoreUnavailable("the connection broke")
        return done

    monkeypatch.setattr(Intake, "_work", noted)
    monkeypatch.setattr(stage.server.store, "_transact", breaks)


async def test_D3_an_answer_born_in_a_commit_of_unknown_fate_is_sent_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_commit(monkeypatch, stage, MoItem)
    anna = stage.handset(ANNA)
    assert await stage.carrier.deliver(ANNA, "543", "HOROSKOP", tries=5) == 0
    await anna.gets("START HOROSKOP an 543")
    await stage.passes(minutes=5)
    assert anna.has_silence() and len(stage.submits(contains="START HOROSKOP")) == 1
    assert [row.state for row in await stage.mts(ANNA)] == ["delivered"]


async def test_D3_billed_content_of_a_commit_of_unknown_fate_is_sent_and_charged_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.settles()
    lose_the_commit(monkeypatch, stage, CallItem)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") != "SUCCESS"
    await anna.gets(CONTENT)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await stage.passes(minutes=5)
    assert await stage.charges(ANNA) == CHARGES and len(stage.submits(contains=CONTENT)) == 1


@pytest.mark.parametrize("parks", [True, False])
async def test_CH3_a_result_that_cannot_be_decided_leaves_content_in_doubt_until_its_receipt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, parks: bool
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.settles()

    def raises(*_: object) -> None:
        raise Bug("a bug beyond the answer")

    monkeypatch.setattr(outcomes, "take_result", raises)
    if not parks:
        monkeypatch.setattr(Intake, "_park", raises)
    stage.carrier.does_next("no_receipt", msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    message = await anna.gets(CONTENT)
    await stage.passes(seconds=5)
    content = (await stage.mts(ANNA))[-1]
    assert (content.state, content.node if parks else None) == ("in_doubt", None)
    assert content.message_id == (message.message_ids[0] if parks else "")
    await stage.passes(hours=25)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="UNKNOWN")
    assert len(stage.submits(contains=CONTENT)) == 1


async def test_D3_a_free_mt_whose_result_cannot_be_decided_is_not_sent_again_when_it_was_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.handset(ANNA)
    taken = outcomes.take_results

    def raises(batch: Any, items: list[ResultItem]) -> None:
        if items:
            raise Bug("a bug beyond the answer")
        taken(batch, items)

    monkeypatch.setattr("smsc.pipeline.work.take_results", raises)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP an 543")
    await stage.passes(minutes=10)
    assert anna.has_silence() and "mt_parked" in await stage.alarms()
    assert [row.state for row in await stage.mts(ANNA)] == ["delivered"], "its receipt found it"


def test_a_look_is_taken_once_and_three_times_in_all() -> None:
    window = Window(dict, unsettled_max=10)
    window.hand_out(1)
    sweeper = Sweeper(window)
    assert sweeper.look(START) is None and sweeper.next_at is None
    sweeper.begin(START, undecided=2)
    for pause in PAUSES:
        assert sweeper.next_at == START + pause
        found = sweeper.look(START + pause)
        assert found is not None and found.in_hand == {1} and found.undecided == {2}
        assert sweeper.look(START + pause) is None
    sweeper.begin(START)
    sweeper.look(START)
    sweeper.swept(range(SWEEP_MAX), START)
    assert sweeper.next_at == START, "a full batch may have left more"
