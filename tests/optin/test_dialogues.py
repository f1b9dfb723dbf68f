"""Every shipped profile plays the dialogue it ships with, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from smsc.app.dialogue import Rig
from smsc.sms.coding import length
from tests.dialogues import shipped
from tests.optin.scene import PROFILES

DIALOGUES = shipped()


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_dialogue_goes_as_written(name: str) -> None:
    Rig(DIALOGUES[name]).plays()


def test_every_shipped_profile_has_one() -> None:
    played = {dialogue["profile"] for dialogue in DIALOGUES.values()}
    assert played == PROFILES.newest.keys()


@pytest.mark.parametrize("name", DIALOGUES)
def test_it_names_the_source_it_plays_and_its_texts_are_literal(name: str) -> None:
    dialogue = DIALOGUES[name]
    sources = PROFILES.newest[dialogue["profile"]].sources
    assert dialogue["source"] in sources if sources else dialogue["source"] == ""
    assert dialogue["plays"] and not any("{" in text for text in texts(dialogue))


@pytest.mark.parametrize("name", DIALOGUES)
def test_MT5_every_text_of_it_is_one_short_message(name: str) -> None:
    for text in texts(DIALOGUES[name]):
        assert length(text).parts == 1, text


def texts(dialogue: dict[str, Any]) -> list[str]:
    """What reaches the handset."""
    return [step["gets"] for step in dialogue["steps"] if "gets" in step]


@pytest.mark.parametrize("changed", ["gets", "told"])
def test_a_dialogue_that_goes_otherwise_is_noticed(changed: str) -> None:
    dialogue = DIALOGUES["ch-mo.yaml"]
    steps = [{changed: "something else"} if changed in step else step for step in dialogue["steps"]]
    with pytest.raises(AssertionError, match="step"):
        Rig(dialogue | {"steps": steps}).plays()
    with pytest.raises(AssertionError, match="does not have"):
        Rig(dialogue | {"steps": dialogue["steps"][:1]}).plays()


def test_OI2_a_notice_that_never_arrived_leads_to_nothing() -> None:
    dialogue = DIALOGUES["hu-mo.yaml"]
    steps = [*dialogue["steps"][:2], {"passes": 90_000}, {"state": "expired"}]
    Rig(dialogue | {"steps": steps, "undelivered": True}).plays()


def test_OO2a_a_notice_answered_with_STOP_leads_to_nothing() -> None:
    dialogue = DIALOGUES["hu-mo.yaml"]
    goodbye = next(text for text in texts(dialogue) if "leiratkoztal" in text)
    steps = [
        *dialogue["steps"][:2],
        {"texts": "STOP"},
        {"gets": goodbye},
        {"passes": 90_000},
        {"state": "opted_out"},
    ]
    Rig(dialogue | {"steps": steps}).plays()
