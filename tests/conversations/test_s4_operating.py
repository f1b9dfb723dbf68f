"""OO7, RT5b, D6: what operators do about numbers, over the admin socket, by the CLI and with an operator's key."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smsc.cli import app
from smsc.http.admin import socket_path
from tests.conversations.s4 import ANNA, BEAT, CODE, LOCATE, Invited, open_invited

PLEASE = "hello could you please stop sending me all of these things thank you"


@pytest.fixture
async def s4(tmp_path: Path) -> AsyncIterator[Invited]:
    async with open_invited(tmp_path) as opened:
        path = socket_path(opened.stage.database)
        (tmp_path / "smsc.yaml").write_text(
            f"database: {opened.stage.database}\nadmin_socket: {opened.stage.server.config.admin_socket or path}\n"
        )
        yield opened


async def smsc(s4: Invited, *words: str, code: int = 0) -> str:
    """Run a verb beside the running server; returns what it printed."""
    arguments = [*words, "--config", str(s4.stage.folder / "smsc.yaml")]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert result.exit_code == code, result.output
    return result.output


async def test_OO7_a_deactivated_number_ends_silently_keeps_its_evidence_and_is_a_new_person(
    s4: Invited,
) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    file = s4.stage.folder / "gone.txt"
    file.write_text(f"{ANNA},2026-03-01\n{BEAT}\nnonsense\n")
    assert "deactivated: 1, not ours: 1, no number: 1" in await smsc(s4, "deactivate", str(file), code=1)
    await s4.stage.settles()
    assert anna.has_silence() and s4.stage.merchant.has_silence()
    assert await s4.ledger() == [("pending", "api"), ("active", "mo"), ("opted_out", "deactivation")]
    await s4.accepts(anna)
    chain = await s4.stage.server.store.read(lambda r: r.chain(s4.number(ANNA)))
    assert [e.facts["generation"] for e in chain.events] == [1, 1, 1, 2, 2]


async def test_RT5b_a_text_under_review_is_stopped_or_dismissed_once(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts(PLEASE, to=CODE)
    await s4.stage.settles()
    listed = await smsc(s4, "review", "list")
    assert PLEASE in listed and LOCATE in listed
    mo = listed.split()[0]
    assert "stopped" in await smsc(s4, "review", "stop", mo)
    await anna.gets("LOCATE of Finder Inc is ended")
    assert await s4.stage.state(ANNA, LOCATE) == "opted_out"
    assert (await s4.ledger())[-1] == ("opted_out", "operator")
    assert "stopped already" in await smsc(s4, "review", "dismiss", mo, code=1)
    assert await smsc(s4, "review", "list") == ""


async def test_RT5b_a_dismissed_text_changes_nothing(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts(PLEASE, to=CODE)
    await s4.stage.settles()
    mo = (await smsc(s4, "review", "list")).split()[0]
    await smsc(s4, "review", "dismiss", mo)
    assert await s4.stage.state(ANNA, LOCATE) == "active"


async def test_OO5_blocks_are_listed_set_and_lifted_but_the_one_for_invitations(s4: Invited) -> None:
    await smsc(s4, "block", "set", ANNA, "invite", "--note", "asked by letter")
    assert await s4.finder.refused() == "blocked"
    assert f"{ANNA}  invite" in await smsc(s4, "block", "list")
    assert "blocked" in (await s4.ledger())[-1]
    await smsc(s4, "block", "lift", ANNA, "invite", code=1)
    assert await s4.blocks() == [("invite", "")]
    await smsc(s4, "block", "set", BEAT, "code", CODE)
    await smsc(s4, "block", "lift", BEAT, "code", CODE)
    assert await s4.blocks(BEAT) == []


async def test_OO7_consents_are_imported_with_their_evidence(s4: Invited) -> None:
    anna = s4.handset()
    await anna.texts("STOP", to=CODE)
    await anna.gets("No invitation")
    file = s4.stage.folder / "consents.csv"
    file.write_text(
        "msisdn,campaign,at,seen,answered,sub_url,sub_ip\n"
        f"{BEAT},{LOCATE},2026-01-02T10:00:00+00:00,May we find you?,yes,https://finder.example/join,192.0.2.7\n"
        f"{ANNA},{LOCATE},2026-01-02T10:00:00+00:00,May we find you?,yes,https://finder.example/join,192.0.2.8\n"
    )
    said = await smsc(s4, "consent", "import", str(file), code=1)
    assert "imported: 1, known already: 0, refused: 1" in said
    assert await s4.stage.state(BEAT, LOCATE) == "active"
    assert await s4.stage.state(ANNA, LOCATE) == "none"
    assert await s4.ledger(BEAT) == [("active", "import")]
    shown = await smsc(s4, "consent", BEAT)
    assert "sub_ip=192.0.2.7" in shown and "the chain holds" in shown
    assert "known already: 1" in await smsc(s4, "consent", "import", str(file), code=1)


async def test_D6_the_evidence_is_printed_as_text_json_and_page_and_erased(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    assert "answered: Y LOCATE" in await smsc(s4, "consent", ANNA)
    data = json.loads(await smsc(s4, "consent", ANNA, "--json"))
    assert data["chain_holds"] and len(data["consents"]) == 2
    page = await smsc(s4, "consent", ANNA, "--html")
    assert "was verified and holds" in page and "Finder Inc invites you to LOCATE." in page
    pdf = s4.stage.folder / "anna.pdf"
    assert "octets" in await smsc(s4, "consent", ANNA, "--pdf", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "rewritten" in await smsc(s4, "vacuum")
    assert "end its opt-ins first" in await smsc(s4, "consent", ANNA, "--erase", code=1)
    await anna.texts("STOP", to=CODE)
    await anna.gets("LOCATE of Finder Inc is ended")
    await s4.stage.settles()
    assert "erased: the texts of 3 events" in await smsc(s4, "consent", ANNA, "--erase")
    left = b"".join(path.read_bytes() for path in sorted(s4.stage.folder.glob("smsc.db*")))
    left += str([list(slot.recorded) for slot in s4.stage.server.board._slots.values()]).encode()
    assert not [trace for trace in (ANNA, "Y LOCATE", "invites you to LOCATE") if trace.encode() in left]
    after = await smsc(s4, "consent", ANNA)
    assert "(texts erased)" in after and "Y LOCATE" not in after and "the chain holds" in after
    assert await s4.finder.refused() == "blocked", "the block outlives the erasure"


async def test_explain_names_the_rule_and_the_record(s4: Invited) -> None:
    anna = s4.handset()
    number = await s4.accepts(anna)
    mo = (await s4.stage.server.store.read(lambda r: r.timeline(s4.number(ANNA)))).mos[-1].mo.id
    found = json.loads(await smsc(s4, "explain", str(mo), "--json"))
    assert (found["taken_for"], found["rule"], found["campaign"]) == ("confirm", "S4", LOCATE)
    assert found["records"][0]["state"] == "active"
    mt = (await s4.stage.mts(ANNA))[0].mt.id
    assert "rule" in await smsc(s4, "explain", str(mt))
    assert "invitation is active" in await smsc(s4, "explain", number)
    await smsc(s4, "explain", "1", code=1)
    over_http = await s4.operator.client.get(f"/v1/explain/{mo}")
    assert over_http.json() == found
    assert (await s4.finder.client.get(f"/v1/explain/{mo}")).json() == found
    others = await s4.rival.client.get(f"/v1/explain/{mo}")
    assert (others.status_code, others.json()["code"]) == (404, "unknown_id")


async def test_replay_shows_what_other_keywords_would_make_of_stored_MOs(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts("WEATHER", to=CODE)
    await s4.stage.settles()
    file = s4.stage.folder / "new.yaml"
    file.write_text(s4.stage.keywords.format(url=s4.stage.merchant.url))
    assert " 0 would" in await smsc(s4, "replay", "--keywords", str(file))
    file.write_text(file.read_text().replace("keyword: FAMILY", "keyword: WEATHER"))
    changed = await smsc(s4, "replay", "--keywords", str(file), code=1)
    assert f"freetext {LOCATE} -> keyword 77010/WEATHER" in changed


async def test_replay_plays_both_files_and_shows_what_would_be_decided_differently(s4: Invited) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await anna.texts("WEATHER", to=CODE)
    await s4.stage.settles()
    old, new = s4.stage.folder / "old.yaml", s4.stage.folder / "new.yaml"
    old.write_text(s4.stage.keywords.format(url=s4.stage.merchant.url))
    new.write_text(old.read_text().replace("keyword: FAMILY", "keyword: WEATHER"))
    told = ("replay", "--against", str(old), "--keywords", str(new))
    changed = await smsc(s4, *told, code=1)
    assert f"route     freetext {LOCATE} -> keyword 77010/WEATHER" in changed
    assert "2 MOs and 1 calls" in changed and "1 would be decided differently (1 in route" in changed
    assert "4179****501" in changed and ANNA not in changed
    row = json.loads(await smsc(s4, *told, "--json", code=1))
    assert row["was"]["route"] == f"freetext {LOCATE}" and row["msisdn"] == "4179****501"
    shutil.copy(old, s4.stage.folder / "keywords.yaml")
    assert ANNA in await smsc(s4, "replay", "--numbers", "--keywords", str(new), code=1)
    new.write_text(old.read_text().replace("keyword: LOCATE", "keyword: SEEK"))
    gone = await smsc(s4, *told, code=1)
    assert f"states    {LOCATE} pending -> active" in gone and "none" in gone
