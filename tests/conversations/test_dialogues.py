"""Dialogues as data over real SMPP and real HTTP; a country that is not shipped needs nothing but YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smsc.app.dialogue import EVIDENCE, Rig, keywords_of
from smsc.sim.merchant import Callback
from tests.dialogues import shipped
from tests.stage import Stage

OWN: dict[str, Any] = yaml.load(
    Path(__file__).with_name("me_mo.yaml").read_text(encoding="utf-8"),
    Loader=yaml.BaseLoader,  # "yes" is a key here, not a truth
)
MSISDN = "38268123456"
CODES = {"not_welcomed": "E-103", "opted_out": "BARRED", "count_reached": "E-102", "not_renewed": "E-102"}


class Player:
    """Plays one dialogue on a stage."""

    def __init__(self, stage: Stage, dialogue: dict[str, Any]) -> None:
        self.stage, self.campaign = stage, dialogue["campaign"]
        self.handset = stage.handset(MSISDN)
        self.opened: Callback | None = None
        self.calls = 0

    async def step(self, step: dict[str, Any]) -> None:
        """One line of it."""
        (verb, said), *rest = step.items()
        wanted = CODES[dict(rest)["refused"]] if rest else "SUCCESS"
        match verb:
            case "texts":
                await self.handset.texts(said, to=self.campaign["short_code"])
            case "gets":
                assert (await self.handset.gets(said, sender=self.campaign["short_code"])).text == said
            case "told":
                await self.hears(said)
            case "page" | "welcome" | "content" | "goodbye":
                assert (await self.calls_gateway(verb, said)).startswith(wanted)
            case "passes":
                await self.stage.passes(seconds=float(said))
            case "charged":
                await self.stage.settles()  # the sim's carrier has sent its receipt by itself
            case "state":
                name = f"{self.campaign['short_code']}/{self.campaign['keyword']}"
                assert await self.stage.state(MSISDN, name) == said

    async def hears(self, said: str) -> None:
        """A callback; the one that opens the opt-in names it from then on."""
        kind, _, text = said.partition(" ")
        merchant = self.stage.merchant
        if kind == "subscribed":
            self.opened = await merchant.gets(report="SUBSCRIBED")
        elif kind == "stop":
            await merchant.gets(message=f"ask {self.campaign['keyword'].lower()} stop")
        else:
            self.opened = await merchant.gets(message=text)

    async def calls_gateway(self, verb: str, text: str) -> str:
        """W, content or G of the opt-in; or the first call, from the web page."""
        self.calls += 1
        commands = {"page": "W", "welcome": "W", "goodbye": "G", "content": ""}
        value = self.campaign["price"] if verb == "content" else "0.00"
        params = {
            "number": MSISDN,
            "network": "",
            "currency": self.campaign["currency"],
            "value": value,
            "reply": "0",
        }
        params |= {"command": commands[verb], "message": text, "title": "x", "id": ""}
        if verb == "page":
            return await self.stage.merchant.call(
                **(params | EVIDENCE | {"sub_key": self.campaign["keyword"]})
            )
        assert self.opened is not None
        return await self.stage.merchant.call(**(params | {"id": f"{self.opened['id']}|{self.calls}"}))


DIALOGUES = {
    "ch-mo": (shipped()["ch-mo.yaml"], None),
    "si-web": (shipped()["si-web.yaml"], None),
    "uk": (shipped()["uk.yaml"], None),
    "at, which is a draft": (
        shipped()["at.yaml"] | {"profile": "live"},
        {"live": {"extends": "at", "draft": "no", "certainty": "B", "sources": ["https://a.example"]}},
    ),
    "me-mo, which is not shipped": (OWN["dialogue"], OWN["profiles"]),
}


@pytest.mark.parametrize("name", DIALOGUES)
async def test_the_dialogue_goes_as_written_over_smpp_and_http(name: str, tmp_path: Path) -> None:
    dialogue, own = DIALOGUES[name]
    text = keywords_of(dialogue, callback="CALLBACK", own=own, merchant="astro")
    stage = Stage(tmp_path)
    stage.keywords = text.replace("{", "{{").replace("}", "}}").replace("CALLBACK", "{url}")
    await stage.opens()
    try:
        player = Player(stage, dialogue)
        for step in dialogue["steps"]:
            await player.step(step)
        await stage.settles()
        assert player.handset.has_silence()
    finally:
        await stage.closes()


def test_a_country_by_yaml_alone_plays_by_the_engine_too() -> None:
    Rig(OWN["dialogue"], own=OWN["profiles"]).plays()


async def test_a_reload_takes_own_profiles_and_a_bad_one_leaves_the_old_in_force(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.opens()
    try:
        text = keywords_of(
            OWN["dialogue"], callback=stage.merchant.url, own=OWN["profiles"], merchant="astro"
        )
        before = stage.server.node.intake.line
        with pytest.raises(ValueError, match="OI4"):
            stage.server.reload(text.replace("extends: rs-mo", "extends: rs-no"), file="k.yaml", environ={})
        assert stage.server.node.intake.line is before
        stage.server.reload(text, file="k.yaml", environ={})
        mojca = stage.handset(MSISDN)
        await mojca.texts("MORE", to="14555")
        await mojca.gets("POTVRDI na 14555")
    finally:
        await stage.closes()
