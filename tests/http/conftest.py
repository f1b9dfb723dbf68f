"""A gateway on real HTTP before a line that only says what it is told to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from smsc.http.gateway import Gateway
from smsc.http.keys import KeyRing
from smsc.http.server import HttpServer
from smsc.http.site import build_app
from smsc.ops.health import Health
from smsc.ops.metrics import Metrics
from smsc.optin.decision import Reason
from smsc.pipeline.calls import Answer, MerchantCall
from smsc.store.keys import ApiKey, digest

PARAMETERS = {
    "cc": "astro",
    "ekey": "k3y",
    "number": "41791234567",
    "message": "Willkommen beim Horoskop",
    "title": "543",
    "reply": "0",
    "id": "4711|abc",
    "network": "SWISSCOM8CH4",
    "value": "0.00",
    "currency": "CHF",
    "command": "W",
}


def key(ekey: str) -> ApiKey:
    return ApiKey(1, "astro", "astro", digest(ekey), digest("bearer"), datetime(2026, 1, 1, tzinfo=UTC), None)


@dataclass
class Line:
    """The door of the line: keeps what came, answers `answer` or raises `failure`."""

    answer: Answer = field(default_factory=lambda: Answer(Reason.DONE, mt=1))
    failure: Exception | None = None
    calls: list[MerchantCall] = field(default_factory=list)

    async def call(self, call: MerchantCall) -> Answer:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure
        return self.answer


@dataclass
class Accounts:
    """The keys by cc, and how often they were looked up."""

    keys: dict[str, list[ApiKey]] = field(default_factory=lambda: {"astro": [key("k3y")]})
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def find(self, cc: str) -> Sequence[ApiKey]:
        self.asked.append(cc)
        if self.failure is not None:
            raise self.failure
        return self.keys.get(cc, [])


class Time:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Stage:
    """Everything a test of the site touches."""

    line: Line
    accounts: Accounts
    time: Time
    health: Health
    metrics: Metrics
    client: httpx.AsyncClient

    async def says(self, **changes: str | None) -> str:
        """The body that answers the usual call with some parameters changed or (None) left out."""
        merged: Mapping[str, str | None] = {**PARAMETERS, **changes}
        given = {name: value for name, value in merged.items() if value is not None}
        answer = await self.client.get("/gateway", params=given)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    async def code(self, **changes: str | None) -> str:
        """The first word of that."""
        return (await self.says(**changes)).split(" ")[0]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    line, accounts, time, health, metrics = Line(), Accounts(), Time(), Health(), Metrics()
    keys = KeyRing(accounts.find, now=time)
    gateway = Gateway(line.call, keys=keys, metrics=metrics)
    server = HttpServer(build_app(gateway.routes(), health=health, metrics=metrics))
    host, port = await server.start("127.0.0.1:0")
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False, verify=False) as client:
        yield Stage(line, accounts, time, health, metrics, client)
    await server.stop()
