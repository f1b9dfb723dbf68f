"""The requests of docs/api.md, part /v1, get the answers that stand there; what differs from run to run is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.http.v1_stage import open_api

DOC = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.compile(r"```json request (\w+) (\S+)\n(.*?)```\n\n```json answer (\d+)\n(.*?)```", re.DOTALL)
VARIES = re.compile(r"id|instance|registration|since|next|state|charge|error|\w+_at")


def alike(value: Any, name: str = "") -> Any:
    """A value with what differs from run to run left out."""
    if isinstance(value, dict):
        return {k: alike(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [alike(v) for v in value]
    return "differs" if VARIES.fullmatch(name) else value


async def test_the_page_tells_what_the_server_answers(tmp_path: Path) -> None:
    part = DOC.read_text(encoding="utf-8").split("## /v1\n", 1)[1].split("\n## ", 1)[0]
    found = BLOCKS.findall(part)
    assert len(found) == 6
    async with open_api(tmp_path) as api:
        await api.subscriber()
        program = await api.program()
        for method, path, body, status, answer in found:
            given = json.loads(body) if body.strip() else None
            told = await program.client.request(method, path, json=given)
            assert told.status_code == int(status), told.text
            assert alike(told.json()) == alike(json.loads(answer)), json.dumps(told.json(), indent=2)
