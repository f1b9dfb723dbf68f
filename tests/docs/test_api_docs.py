"""docs/api.md shows what the server says: its curl lines are run, and what callbacks bring is compared."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.conversations.s2 import WELCOME
from tests.stage import ANNA, KEYWORDS, Stage

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
RUN = re.compile(r"^\$ curl (?P<line>.+)\n(?P<said>(?:(?!\$ |```).*\n)+)", re.MULTILINE)
MASKS = (
    (re.compile(r"<state>[a-z]+</state>"), "<state>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\b[0-9]{15,19}\b"), "<id>"),
    (re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"), "<time>"),
)


def masked(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return text.strip()


async def curl(line: str, values: dict[str, str]) -> str:
    """What a documented curl line is answered; knows -G, -u, -d and --data-urlencode, as the page needs them."""
    words = [re.sub(r"\$([A-Z]+)", lambda m: values[m[1]], word) for word in shlex.split(line)]
    url = next(word for word in words if word.startswith("http"))
    pairs: list[tuple[str, str]] = []
    auth = None
    for flag, word in pairwise(words):
        if flag == "-u":
            user, _, password = word.partition(":")
            auth = httpx.BasicAuth(user, password)
        if flag == "-d":
            pairs += parse_qsl(word.replace("+", "%2B"), keep_blank_values=True)
        elif flag == "--data-urlencode":
            name, _, value = word.partition("=")
            pairs.append((name, value))
    async with httpx.AsyncClient(trust_env=False, auth=auth) as client:
        given = dict(pairs)
        answer = await (client.get(url, params=given) if "-G" in words else client.post(url, data=given))
    return answer.text


async def runs_of(stage: Stage) -> list[tuple[str, str, str]]:
    """(curl line, what the page says, what the server says), in the page's order, of the doors for merchants."""
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    mo = await stage.merchant.gets(action="mpush_ir_message", number=ANNA)
    values = {
        "SERVER": f"http://{stage.server.http_address}",
        "EKEY": stage.merchant.ekey,
        "PASSWORD": stage.salon.ekey,
        "MO": mo["id"],
        "MERCHANT": stage.merchant.url.removesuffix("/sms"),
    }
    page = PAGE.read_text(encoding="utf-8").partition("\n## /v1")[0]
    return [(m["line"], m["said"], await curl(m["line"], values)) for m in RUN.finditer(page)]


async def told_in(stage: Stage, format_: str) -> str:
    """The keyword MO as a merchant of this format is told it."""
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    _, callback = await stage.merchant.callbacks.find(lambda number, _: True, timeout=5.0)
    body = callback.body.decode()
    shown = body if format_ == "messagecloud" else json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return f"{callback.method} {callback.path}\nContent-Type: {callback.headers['content-type']}\n\n{shown}"


async def test_the_documented_calls_are_answered_as_the_page_says(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.opens()
    try:
        runs = await runs_of(stage)
    finally:
        await stage.closes()
    assert len(runs) >= 12
    assert WELCOME.split("!")[0] in runs[0][0]
    assert [(line, masked(said)) for line, said, _ in runs] == [(line, masked(now)) for line, _, now in runs]


@pytest.mark.parametrize("format_", ["messagecloud", "json", "cloudevents"])
async def test_callbacks_look_as_the_page_says(tmp_path: Path, format_: str) -> None:
    keywords = KEYWORDS.replace('"{url}", format: messagecloud', f'"{{url}}", format: {format_}')
    stage = Stage(tmp_path, keywords=keywords)
    await stage.opens()
    try:
        now = await told_in(stage, format_)
    finally:
        await stage.closes()
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"```callback {format_}\n(.*?)\n```", page, re.DOTALL)
    assert found is not None
    assert masked(found[1]) == masked(now)
