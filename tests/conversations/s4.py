"""The stage of S4: two merchants who invite, a code of invitations, and what a merchant's program does over /v1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from smsc.sim.handset import Handset
from smsc.sms.numbers import Msisdn
from smsc.store import NewKey, Tx
from tests.stage import Stage

ANNA = "41791234501"
BEAT = "41791234577"
ABROAD = "5215512345678"
CODE = "77010"
LOCATE = "77010/LOCATE"
PORTAL = "https://sms.example/portal"

KEYWORDS = """
short_codes:
  "77010": {{country: CH, role: communication, carriers: [helvetia], languages: [en],
             portal: "https://sms.example/portal", unknown_reply: "Unknown. HELP for help."}}
merchants:
  astro: {{name: Finder Inc, callback: {{url: "{url}", format: messagecloud}}}}
  rival: {{name: Rival Maps, callback: {{url: "{url}", format: json}}}}
campaigns:
  - {{keyword: LOCATE, short_code: "77010", merchant: astro, profile: invitation, language: en}}
  - {{keyword: FAMILY, short_code: "77010", merchant: rival, profile: invitation, language: en}}
  - {{keyword: AWAY, short_code: "77010", merchant: astro, profile: invitation, language: en, networks: ["23001"]}}
  - {{keyword: BETA, short_code: "77010", merchant: astro, profile: invitation, language: en,
      published: false, test_phones: ["41791234577"]}}
"""


class Party:
    """A merchant's program, with its bearer key."""

    def __init__(self, base: str, bearer: str) -> None:
        headers = {"Authorization": f"Bearer {bearer}"}
        self.client = httpx.AsyncClient(base_url=base, headers=headers, trust_env=False)

    async def invites(self, msisdn: str = ANNA, campaign: str = "LOCATE", **more: Any) -> httpx.Response:
        return await self.client.post(
            "/v1/invitations", json={"campaign": campaign, "msisdn": msisdn, **more}
        )

    async def invited(self, msisdn: str = ANNA, campaign: str = "LOCATE", **more: Any) -> str:
        """As `invites`, accepted; returns the invitation's id."""
        answer = await self.invites(msisdn, campaign, **more)
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "pending"
        return str(answer.json()["id"])

    async def refused(self, msisdn: str = ANNA, campaign: str = "LOCATE") -> str:
        """Invite and be refused with 403; returns the code of the problem."""
        answer = await self.invites(msisdn, campaign)
        assert answer.status_code == 403, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        return str(answer.json()["code"])

    async def state(self, invitation: str) -> str:
        answer = await self.client.get(f"/v1/invitations/{invitation}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])


class Invited:
    """The stage with the two merchants' programs and an operator's."""

    def __init__(self, stage: Stage, finder: Party, rival: Party, operator: Party) -> None:
        self.stage, self.finder, self.rival, self.operator = stage, finder, rival, operator

    def number(self, msisdn: str) -> Msisdn:
        return Msisdn(msisdn)

    def handset(self, msisdn: str = ANNA) -> Handset:
        return self.stage.handset(msisdn)

    async def accepts(self, handset: Handset, campaign: str = "LOCATE") -> str:
        """Invited, asked, Y; returns the invitation's id."""
        party = self.rival if campaign == "FAMILY" else self.finder
        number = await party.invited(handset.msisdn, campaign, callback="none")
        await handset.gets(f"invites you to {campaign}", sender=CODE)
        await handset.texts(f"Y {campaign}", to=CODE)
        await self.stage.settles()
        assert await party.state(number) == "active"
        return number

    async def ledger(self, msisdn: str = ANNA) -> list[tuple[str, str]]:
        """(state, by) of the number's chain, which holds."""
        await self.stage.settles()
        chain = await self.stage.server.store.read(lambda r: r.chain(Msisdn(msisdn)))
        assert chain.holds, chain.faults
        return [(str(e.facts["state"]), str(e.facts["by"])) for e in chain.events]

    async def blocks(self, msisdn: str = ANNA) -> list[tuple[str, str]]:
        await self.stage.settles()
        found = await self.stage.server.store.read(lambda r: r.blocks_of(Msisdn(msisdn)))
        return [(b.scope, b.key) for b in found]

    async def has_account(self, msisdn: str = ANNA) -> bool:
        await self.stage.settles()
        found = await self.stage.server.store.read(lambda r: r.account_since(Msisdn(msisdn)))
        return found is not None


def _key(tx: Tx, *, name: str, now: datetime) -> NewKey:
    return tx.create_key(name, now)


@asynccontextmanager
async def open_invited(folder: Path) -> AsyncIterator[Invited]:
    """The stage of S4 for the length of a test."""
    stage = Stage(folder, keywords=KEYWORDS)
    await stage.opens()
    parties = []
    for name in ("astro", "rival", "@operator"):
        key = await stage.server.store.run(partial(_key, name=name, now=stage.clock.now()))
        parties.append(Party(f"http://{stage.server.http_address}", key.bearer))
    try:
        yield Invited(stage, *parties)
    finally:
        for party in parties:
            await party.client.aclose()
        await stage.closes()
