"""`/v1/explain`: why a message was sent, held back or refused; merchants see their own, operators all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from starlette.responses import Response

from smsc.http.bearer import OPERATOR
from smsc.http.v1.operation import Call, number_in_path, refusal, shown
from smsc.http.v1.own import own_campaigns
from smsc.http.v1.shapes import Given, Number, Shown
from smsc.pipeline.batch import Line
from smsc.pipeline.explaining import Whose, explain, lately
from smsc.sms.numbers import parse_msisdn
from smsc.store import Store

REFUSED: dict[str, Any] = {
    "id": "249581234567890123",
    "what": "refused call",
    "door": "gateway",
    "command": "content",
    "msisdn": "41791234501",
    "campaign": "543/HOROSKOP",
    "registration": "249581234567880000",
    "at": "2026-03-02T12:00:00+00:00",
    "times": 1,
    "answered": "BARRED",
    "reason": "opted_out",
    "rule": "OO3",
    "because": "registration 249581234567880000 ended at 2026-03-02T11:59:00+00:00 by STOP 249581234567885000:"
    " after it only the goodbye goes",
    "records": [
        {
            "record": "registration",
            "id": "249581234567880000",
            "campaign": "543/HOROSKOP",
            "ended_at": "2026-03-02T11:59:00+00:00",
            "stop": "249581234567885000",
        },
        {
            "record": "consent",
            "event": 3,
            "at": "2026-03-02T11:59:00+00:00",
            "campaign": "543/HOROSKOP",
            "state": "opted_out",
            "by": "mo",
            "ref": "249581234567885000",
        },
    ],
}


class Brief(Shown):
    """What decided about one message or call. `what` is MO, MT, invitation or refused call; each has more members."""

    model_config = ConfigDict(extra="allow")

    id: str
    what: str
    at: str
    rule: Annotated[str, Field(examples=["OO3"], description="The rule that decided, as in docs/rules.md.")]
    because: Annotated[str, Field(description="The same in words.")]


class Explanation(Brief):
    """One with its records: opt-ins, blocks, receipts, earlier messages, events of the consent ledger."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [REFUSED]})

    records: list[dict[str, Any]]


class ExplanationList(Shown):
    """The last of one number, newest first."""

    items: list[Brief]


class ExplainQuery(Given):
    """Whose messages."""

    msisdn: Number


class Explaining:
    """The work of the operations. `line` gives what is in force."""

    def __init__(self, store: Store, *, line: Callable[[], Line]) -> None:
        self._store, self._line = store, line

    async def one(self, call: Call) -> Response:
        """GET /v1/explain/{id}."""
        number, whose = number_in_path(call), self._whose(call.merchant)
        found = await self._store.read(lambda r: explain(r, number, whose=whose))
        if found is None:
            return refusal(404, "unknown_id", "nothing of yours has this id")
        return shown(Explanation.model_validate(found))

    async def lately(self, call: Call) -> Response:
        """GET /v1/explain?msisdn=."""
        msisdn, whose = parse_msisdn(call.query.msisdn), self._whose(call.merchant)
        found = await self._store.read(lambda r: lately(r, msisdn, whose=whose))
        return shown(ExplanationList(items=[Brief.model_validate(one) for one in found]))

    def _whose(self, merchant: str) -> Whose | None:
        if merchant == OPERATOR:
            return None
        return Whose(merchant, frozenset(c.id for c in own_campaigns(self._line(), merchant)))
