"""`smsc bind`, `top`, `binds --check` and `probe` beside a running server; `/metrics` and `/readyz` of its binds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from typer.testing import CliRunner

from smsc.app.compose import start
from smsc.app.watching import follow_readiness
from smsc.cli import app
from smsc.cli.top import Rates
from smsc.config import load_config
from smsc.link import BindBoard, BindSettings, BindState
from smsc.ops.health import Health
from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm
from tests.small import KEYWORDS
from tests.stage import ANNA, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Operator


async def metrics(stage: Stage) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://{stage.server.http_address}/metrics")).text


async def test_metrics_show_binds_pdus_and_queues(operator: Operator) -> None:
    stage = operator.stage
    stage.carrier.holds_answers()
    assert await stage.carrier.deliver(ANNA, "543", "HOROSKOP") == 0
    text = await metrics(stage)
    labels = 'bind="helvetia-1",carrier="helvetia"'
    assert f'smsc_bind_state{{{labels},session="dial/0"}} 1.0' in text
    assert "# TYPE smsc_pdu_total counter" in text
    counted = f'smsc_pdu_total{{{labels},command="deliver_sm",direction="in",status="0x00000000"}} 1.0'
    assert counted in text
    assert f'smsc_bind_window_used{{{labels},session="dial/0"}} 1.0' in text
    assert 'smsc_mt_queue{carrier="helvetia",state="sending"} 1.0' in text
    assert "# TYPE smsc_bind_round_trip_seconds gauge" in text
    assert "# TYPE smsc_certificate_expiry_timestamp_seconds gauge" in text
    stage.carrier.answers_again()


async def test_RP3_binds_shows_the_form_of_receipt_ids_and_its_confidence(operator: Operator) -> None:
    stage = operator.stage
    assert await stage.carrier.deliver(ANNA, "543", "Hallo?") == 0
    await stage.carrier.next_mt(ANNA)
    await stage.settles()
    shown = await operator.runs("binds")
    assert "same 100% of 1 (not yet believed)" in shown.stdout


async def test_suspend_holds_mts_and_resume_sends_them(operator: Operator) -> None:
    stage = operator.stage
    result = await operator.runs("bind", "helvetia-1", "suspend")
    assert (result.exit_code, result.stdout) == (0, "helvetia-1: suspend done\n")
    assert await stage.carrier.deliver(ANNA, "543", "HOROSKOP") == 0
    shown = await operator.runs("binds")
    assert "bound (suspended)" in shown.stdout
    checked = await operator.runs("binds", "--check")
    assert checked.exit_code == 1
    assert "helvetia-1/0 suspended" in checked.stdout
    top = await operator.runs("top", "--once")
    assert top.exit_code == 0, top.output
    assert "MTs queued to helvetia" in top.stdout
    await operator.runs("bind", "helvetia-1", "resume")
    await stage.carrier.next_mt(ANNA)


async def test_isolate_answers_try_again_and_stop_and_start_turn_the_bind(operator: Operator) -> None:
    carrier = operator.stage.carrier
    await operator.runs("bind", "helvetia-1", "isolate")
    assert await carrier.deliver(ANNA, "543", "HOROSKOP") == 0x64
    await operator.runs("bind", "helvetia-1", "resume")
    assert await carrier.deliver(ANNA, "543", "HOROSKOP") == 0
    assert (await operator.runs("bind", "helvetia-1", "drain")).exit_code == 0
    assert carrier.links == []
    checked = await operator.runs("binds", "--check")
    assert checked.exit_code == 2
    await operator.runs("bind", "helvetia-1", "start")
    await carrier.is_bound()


async def test_a_bind_that_is_not_there(operator: Operator) -> None:
    result = await operator.runs("bind", "nowhere", "stop")
    assert result.exit_code == 1
    assert "no such bind: one of helvetia-1" in result.stderr


async def test_verbs_without_a_server_say_so(tmp_path: Path) -> None:
    for verb in (["bind", "x", "stop"], ["trace", "x"], ["top", "--once"]):
        result = CliRunner().invoke(app, [*verb, "--socket", str(tmp_path / "none")])
        assert result.exit_code == 1
        assert "no server answers" in result.stderr


def test_rates_are_by_second_and_session() -> None:
    row = {"name": "a", "direction": "dial", "session": 0, "pdus_in": 10, "pdus_out": 5}
    rates = Rates()
    assert rates.of([row], 100.0) == {}
    assert rates.of([{**row, "pdus_in": 30, "pdus_out": 5}], 102.0) == {"a dial 0": (10.0, 0.0)}


async def test_probe_of_a_carrier_that_takes_us_and_of_one_that_does_not() -> None:
    carrier = Carrier(CarrierForm(system_id="astro", password="secret"))
    address = await carrier.listen()

    async def probe(password: str, *more: str) -> tuple[int, str]:
        command = ["probe", address, "--system-id", "astro", "--password", password, *more]
        result = await asyncio.to_thread(CliRunner().invoke, app, command)
        return result.exit_code, result.output

    code, said = await probe("secret")
    assert (code, [line.split(":")[0] for line in said.splitlines()]) == (
        0,
        [f"connect {address.split(':')[0]}", "bind_transceiver as astro", "enquire_link", "unbind"],
    )
    code, said = await probe("wrong")
    assert (code, "refused: ESME_RINVPASWD" in said) == (1, True)
    assert (await probe("secret", "--mode", "sideways"))[0] == 2
    await carrier.stop()
    code, said = await probe("secret")
    assert code == 1
    assert address in said


async def test_probe_of_our_own_listener(tmp_path: Path) -> None:
    config = f"""
database: "sqlite:///{tmp_path}/smsc.db"
http: {{listen: "127.0.0.1:0"}}
ready_needs_binds: true
smpp: {{listen: {{address: "127.0.0.1:0", refusal_delay_s: 0}}}}
carriers:
  helvetia: {{country: CH, prefixes: ["41"],
    tariffs: {{"CHF 3.00": {{service_type: P}}, "CHF 1.00": {{service_type: O}}}},
    accounts: [{{system_id: in, password: secret}}]}}
"""
    running = await start(load_config(config, file="smsc.yaml", environ={}), KEYWORDS)
    assert running.health.troubles == {"binds": "no bind is up to helvetia"}
    command = ["probe", running.smpp_addresses[0], "--system-id", "in", "--password", "secret"]
    result = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert result.exit_code == 0, result.output
    assert "it calls itself 'smsc', SMPP 0x34" in result.output
    await running.stop()


def test_readiness_follows_the_binds_where_it_is_asked_for() -> None:
    board, health = BindBoard(), Health()
    health.cleared("node")
    follow_readiness(board, health, ("helvetia",))
    assert not health.ready
    slot = board.slot(BindSettings("out", "helvetia", "astro", "secret"), "dial", 0)
    slot.becomes(BindState.BOUND)
    assert health.ready
    slot.becomes(BindState.DOWN)
    assert health.troubles == {"binds": "no bind is up to helvetia"}
