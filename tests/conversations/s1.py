"""The usual beginnings of a store's conversation, and a store's client as an outsider would write it."""

from __future__ import annotations

import base64
import re
from xml.etree.ElementTree import Element, fromstring

import httpx

from smsc.sim.handset import Handset
from smsc.sim.merchant import Merchant
from smsc.sim.message import Message
from tests.stage import Stage

LIZ = "14155550123"
LOCAL = "4155550123"
JOE = "14155550199"
MARKETING = "444999"
IN = "you are in and get recurring messages from this number"


class Client:
    """A store's program: form over POST, Basic credentials `user:password:KEYWORD`, XML back."""

    def __init__(self, stage: Stage, merchant: Merchant, keyword: str) -> None:
        self._url = f"http://{stage.server.http_address}/crmtext"
        self._token = base64.b64encode(f"{merchant.cc}:{merchant.ekey}:{keyword}".encode()).decode()

    async def asks(self, **params: str) -> Element:
        """One call; the <response>."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                self._url, data=params, headers={"Authorization": f"Basic {self._token}"}
            )
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/xml")
        found = fromstring(answer.text)
        assert found.tag == "response" and found.get("op") == params["method"]
        return found

    async def sends(self, message: str, *, to: str = LOCAL) -> tuple[str | None, str | None]:
        """sendsmsmsg; (status, message) of the answer."""
        answer = await self.asks(method="sendsmsmsg", phone_number=to, message=message)
        return answer.get("status"), answer.get("message")

    async def status(self, number: str = LOCAL) -> str:
        """The number's status as getcustomerinfo tells it."""
        answer = await self.asks(method="getcustomerinfo", phone_number=number)
        return answer.findtext("customer/optinStatus", "")


async def joins(stage: Stage, handset: Handset, keyword: str = "PIZZA") -> Message:
    """The keyword on the marketing code; the confirmation, whose sender is the store's code for the number."""
    store = stage.salon if keyword == "SALON" else stage.pizza
    await handset.texts(keyword, to=MARKETING)
    told = await store.gets(message=keyword, keyword=keyword, optInStatus="opt-in")
    assert re.fullmatch(r"[0-9]{10}", told["mobileNum"])
    confirmation = await handset.gets(IN)
    assert confirmation.sender in ("77007", "77008")
    return confirmation
