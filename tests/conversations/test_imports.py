"""OO7: a consent given elsewhere counts when its row proves it: when, what was shown, what was answered, by what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from smsc.http.admin import socket_path
from smsc.sim.merchant import Answer, Callback
from smsc.sms.numbers import Msisdn
from smsc.store import NewKey, Tx
from tests.conversations.s2 import CONTENT, WELCOME
from tests.conversations.s4 import BEAT, LOCATE, Invited, open_invited
from tests.conversations.test_s4_operating import smsc
from tests.stage import ANNA, Stage

HEADER = "msisdn,campaign,at,seen,answered,sub_url,sub_ip,form\n"
AT = "2026-01-02T10:00:00+01:00"
PAGE = "https://finder.example/join"


@pytest.fixture
async def s4(tmp_path: Path) -> AsyncIterator[Invited]:
    async with open_invited(tmp_path) as opened:
        path = socket_path(opened.stage.database)
        (tmp_path / "smsc.yaml").write_text(
            f"database: {opened.stage.database}\nadmin_socket: {opened.stage.server.config.admin_socket or path}\n"
        )
        yield opened


async def test_OO7_the_time_of_a_consent_given_elsewhere_is_chained_and_shown(s4: Invited) -> None:
    file = s4.stage.folder / "consents.csv"
    file.write_text(f"{HEADER}{BEAT},{LOCATE},{AT},May we find you?,yes,{PAGE},192.0.2.7,\n")
    assert "imported: 1" in await smsc(s4, "consent", "import", str(file))
    assert f"consented_at={AT}" in await smsc(s4, "consent", BEAT)
    assert f'"consented_at": "{AT}"' in await smsc(s4, "consent", BEAT, "--json")
    page = await smsc(s4, "consent", BEAT, "--html")
    assert "Consent given at" in page and AT in page
    assert await s4.ledger(BEAT) == [("active", "import")]


async def test_OO7_rows_that_prove_nothing_are_refused_with_line_field_rule_and_mend(s4: Invited) -> None:
    rows = {
        f"{BEAT},{LOCATE},2027-01-05T10:00:00+01:00,x,y,{PAGE},192.0.2.1,": "at: the time of the consent has yet",
        f"{BEAT},{LOCATE},2026-01-05T10:00:00,x,y,{PAGE},192.0.2.1,": "at: the time has no offset",
        f"{BEAT},{LOCATE},{AT},,y,{PAGE},192.0.2.1,": "seen: the text that was shown is missing",
        f"{BEAT},{LOCATE},{AT},x,,,,paper 12": "answered: nothing says",
        f"{BEAT},{LOCATE},{AT},x,y,,,": "evidence: there is none",
        f"{BEAT},{LOCATE},{AT},x,y,not-a-url,192.0.2.1,": "sub_url: 'not-a-url'",
        f"{BEAT},{LOCATE},{AT},x,y,{PAGE},999.1.1.1,": "sub_ip: '999.1.1.1'",
        f"{BEAT},{LOCATE},{AT},x,y,{PAGE},,": "sub_ip: ''",
        f"{BEAT},{LOCATE},{AT},x,NO THANKS STOP,,,paper 12": "answered: 'NO THANKS STOP' is no consent",
        f"{BEAT},{LOCATE},{AT},x,Stop!,,,paper 12": "answered: 'Stop!' is no consent",
        f"{BEAT},{LOCATE},{AT},x,N,,,paper 12": "answered: 'N' is no consent",
        f"{BEAT},77010/NIX,{AT},x,y,,,paper 12": "campaign: there is no campaign '77010/NIX'",
        f"abc,{LOCATE},{AT},x,y,,,paper 12": "msisdn: not an international number",
    }
    file = s4.stage.folder / "consents.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    said = await smsc(s4, "consent", "import", str(file), code=1)
    for line, why in enumerate(rows.values(), 2):
        told = next(one for one in said.splitlines() if f"{file}:{line}: " in one)
        assert why in told and "(OO7); mend: " in told, told
    assert f"imported: 0, known already: 0, refused: {len(rows)}" in said
    assert await s4.stage.state(BEAT, LOCATE) == "none"


async def test_OO7_a_page_and_an_address_stand_for_the_answer(s4: Invited) -> None:
    body = {"msisdn": BEAT, "campaign": LOCATE, "at": AT, "seen": "x"}
    refused = await s4.operator.client.post("/v1/consents", json={**body, "evidence": {"file": "a.csv"}})
    assert refused.status_code == 409 and refused.json()["detail"].startswith("answered: ")
    web = {"sub_url": PAGE, "sub_ip": "2001:db8::7"}
    taken = await s4.operator.client.post("/v1/consents", json={**body, "evidence": web})
    assert taken.status_code == 200, taken.text
    assert await s4.stage.state(BEAT, LOCATE) == "active"
    why = await smsc(s4, "explain", taken.json()["id"])
    assert "OO7" in why and "by import: 77010/LOCATE active" in why
    ended = await s4.finder.client.post("/v1/optouts", json={"msisdn": BEAT, "campaign": "LOCATE"})
    assert "by api: 77010/LOCATE opted_out" in await smsc(s4, "explain", ended.json()["id"])


async def test_OO7_an_imported_subscription_is_billed_after_its_welcome_only(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    key = await stage.server.store.run(partial(_key, now=stage.clock.now()))
    headers = {"Authorization": f"Bearer {key.bearer}"}
    body = {
        "msisdn": ANNA,
        "campaign": "543/HOROSKOP",
        "at": AT,
        "seen": "HOROSKOP CHF 3.00",
        "answered": "START HOROSKOP",
        "evidence": {"form": "paper 12"},
    }
    async with httpx.AsyncClient(base_url=f"http://{stage.server.http_address}", trust_env=False) as client:
        answer = await client.post("/v1/consents", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
    ledger = await stage.server.store.read(lambda r: r.consents(Msisdn(ANNA)))
    fields = {"id": str(ledger[0].consent.registration), "number": ANNA}
    mo = Callback(stage.clock.now(), "POST", "/", fields, {}, b"", Answer())
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c1")).startswith("E-103")
    assert await stage.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    await anna.gets("Willkommen bei HOROSKOP!", sender="543")
    assert await stage.merchant.content(mo, CONTENT, callback_id="c2") == "SUCCESS"


def _key(tx: Tx, *, now: datetime) -> NewKey:
    return tx.create_key("@operator", now)
