"""Asking why: on the command line beside the running server, and over the API with keys of each party."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
from typer.testing import CliRunner

from smsc.cli import app
from smsc.http.refusals import HEADER
from smsc.sim.merchant import Callback
from tests.conversations.s2 import CONTENT
from tests.stage import Stage


async def smsc(stage: Stage, *words: str, code: int = 0) -> str:
    """Run a verb beside the running server; returns what it printed."""
    file = stage.folder / "smsc.yaml"
    file.write_text(f'database: "{stage.database}"\n')
    result = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--config", str(file)])
    assert result.exit_code == code, result.output
    return result.output


async def explained(stage: Stage, number: str | int) -> dict[str, Any]:
    """`smsc explain ID --json`."""
    found: dict[str, Any] = json.loads(await smsc(stage, "explain", str(number), "--json"))
    return found


async def asks_api(stage: Stage, merchant: str, path: str) -> httpx.Response:
    """GET with a new key of the account."""
    now = stage.clock.now()
    key = await stage.server.store.run(lambda tx: tx.create_key(merchant, now))
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://{stage.server.http_address}") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {key.bearer}"})


async def refused(stage: Stage, mo: Callback | Mapping[str, str], **params: str) -> tuple[str, str]:
    """A call of /gateway that is refused: the answer's code, and the id of the refusal."""
    usual = {
        "cc": stage.merchant.cc,
        "ekey": stage.merchant.ekey,
        "number": mo["number"],
        "network": "SWISSCOM8CH4",
        "currency": "CHF",
        "value": "3.00",
        "reply": "0",
        "id": f"{mo['id']}|x",
        "message": CONTENT,
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://{stage.server.http_address}/gateway"
        answer = await client.get(url, params=usual | params)
    assert answer.status_code == 200 and answer.text != "SUCCESS"
    return answer.text.split(" ")[0], answer.headers[HEADER]
