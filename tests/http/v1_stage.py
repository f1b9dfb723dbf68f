"""What the tests of /v1 share: a real server with a subscriber, and the programs of a merchant and an operator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from smsc.sim.handset import Handset
from tests.conversations.s2 import subscribes
from tests.stage import ANNA, Stage, open_stage

SEND = {"msisdn": ANNA, "campaign": "543/HOROSKOP", "text": "Widder: ein guter Tag."}


class Program:
    """A program with a bearer key."""

    def __init__(self, base: str, bearer: str, number: int) -> None:
        headers = {"Authorization": f"Bearer {bearer}"}
        self.bearer, self.number = bearer, number
        self.client = httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, verify=False)

    async def sends(self, *, key: str = "", **changes: object) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.client.post("/v1/messages", json={**SEND, **changes}, headers=headers)

    async def gets(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(path, params=query)


class Api:
    """The stage and who calls."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.programs: list[Program] = []

    async def program(
        self, merchant: str = "astro", *, scopes: Collection[str] = ("send", "read", "admin")
    ) -> Program:
        """A program with a new key."""
        now = self.stage.clock.now()
        key = await self.stage.server.store.run(lambda tx: tx.create_key(merchant, now, scopes=scopes))
        program = Program(f"http://{self.stage.server.http_address}", key.bearer, key.id)
        self.programs.append(program)
        return program

    async def subscriber(self) -> Handset:
        """Anna, subscribed to HOROSKOP and welcomed."""
        anna = self.stage.handset(ANNA)
        await subscribes(self.stage, anna)
        return anna


@asynccontextmanager
async def open_api(folder: Path) -> AsyncIterator[Api]:
    """The stage of /v1 for the length of a test."""
    async with open_stage(folder) as stage:
        api = Api(stage)
        try:
            yield api
        finally:
            for program in api.programs:
                await program.client.aclose()
