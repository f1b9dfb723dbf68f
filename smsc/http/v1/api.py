"""The native API put together: its operations, their routes, /openapi.json and the page /docs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from smsc.http.bearer import Bearers
from smsc.http.once import Asking
from smsc.http.v1 import shapes
from smsc.http.v1.desk import Desk, Replay
from smsc.http.v1.explaining import Explaining, ExplainQuery, Explanation, ExplanationList
from smsc.http.v1.lists import Lists
from smsc.http.v1.openapi import document
from smsc.http.v1.operation import Operation
from smsc.http.v1.others import others
from smsc.http.v1.sending import Sending
from smsc.pipeline.batch import Line
from smsc.pipeline.calls import Answer, MerchantCall
from smsc.pipeline.clock import Clock
from smsc.store import Store

SEND: dict[str, Any] = {"msisdn": "41791234501", "campaign": "543/HOROSKOP", "text": "Widder: ein guter Tag."}
ONE_ID = {"id": "249581234567890123"}
PLACE = {"short_code": "543", "keyword": "HOROSKOP"}


class Native:
    """The endpoints. `call` and `ask` are the doors of the line, `line` gives what is in force."""

    def __init__(
        self,
        store: Store,
        *,
        bearers: Bearers,
        call: Callable[[MerchantCall], Awaitable[Answer]],
        ask: Asking,
        line: Callable[[], Line],
        replay: Replay,
        clock: Clock,
        keys_changed: Callable[[str], None],
    ) -> None:
        self._bearers = bearers
        self._sending = Sending(store, call=call, ask=ask, line=line, now=clock.now)
        self._lists = Lists(store, ask=ask, line=line)
        self._explaining = Explaining(store, line=line)
        self._desk = Desk(store, replay=replay, clock=clock, keys_changed=keys_changed)

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        own = [operation.route(self._bearers) for operation in self.operations]
        return [*own, Route("/openapi.json", self._openapi), Route("/docs", self._docs)]

    @cached_property
    def operations(self) -> list[Operation]:
        """Those that this package answers."""
        return [*self._messages(), *self._why(), *self._read(), *self._affairs()]

    @cached_property
    def document(self) -> dict[str, Any]:
        """OpenAPI 3.1, with the operations that stand elsewhere."""
        return document([*self.operations, *others()], version=version("smsc"))

    async def _openapi(self, request: Request) -> Response:
        return Response(json.dumps(self.document), media_type="application/json")

    async def _docs(self, request: Request) -> Response:
        pages = Environment(
            loader=PackageLoader("smsc.http.v1", "templates"), autoescape=True, undefined=StrictUndefined
        )
        return HTMLResponse(pages.get_template("docs.html").render(api=self.document, dumps=_pretty))

    def _messages(self) -> list[Operation]:
        work, tag = self._sending, "Messages"
        key = ("Idempotency-Key",)
        return [
            Operation(
                "POST", "/v1/messages", "Send a message, or ask what it would take (dry_run: 200)", tag,
                shapes.Message, work.one, status=202, also=shapes.DryRun, body=shapes.NewMessage,
                example=SEND, headers=key, refusals=(404, 409),
            ),
            Operation(
                "POST", "/v1/messages/bulk", "Send up to 100 messages, each decided alone", tag,
                shapes.BulkResults, work.bulk, body=shapes.Messages, example={"messages": [SEND]}, headers=key,
                refusals=(409,),
            ),
            Operation("GET", "/v1/messages", "Your messages", tag, shapes.MessagePage, work.listed,
                      query=shapes.MessageQuery),
            Operation("GET", "/v1/messages/{id:id}", "One message", tag, shapes.Message, work.found,
                      path_examples=ONE_ID, headers=("If-None-Match",)),
        ]  # fmt: skip

    def _why(self) -> list[Operation]:
        work, tag = self._explaining, "Messages"
        return [
            Operation("GET", "/v1/explain", "Why: the last that was sent, refused or came in of a number", tag,
                      ExplanationList, work.lately, query=ExplainQuery),
            Operation("GET", "/v1/explain/{id:id}", "Why: the rule and the records that decided", tag,
                      Explanation, work.one, path_examples=ONE_ID),
        ]  # fmt: skip

    def _read(self) -> list[Operation]:
        work, tag = self._lists, "Subscriptions"
        one = "/v1/subscriptions/{msisdn}/{short_code}/{keyword}"
        named = {"msisdn": "41791234501", **PLACE}
        return [
            Operation("GET", "/v1/subscriptions", "Numbers and their states, by campaign", tag,
                      shapes.SubscriptionPage, work.subscriptions, query=shapes.SubscriptionQuery, refusals=(404,)),
            Operation("GET", one, "One number in one campaign", tag, shapes.Subscription, work.subscription,
                      path_examples=named, headers=("If-None-Match",)),
            Operation("DELETE", one, "Opt the number out, with the effect of a STOP", tag, shapes.Ended, work.end,
                      path_examples=named),
            Operation("GET", "/v1/consents", "The consent ledger of a number, oldest first", tag,
                      shapes.ConsentPage, work.consents, query=shapes.ConsentQuery),
            Operation("GET", "/v1/reports", "Delivery reports", "Messages", shapes.ReportPage, work.reports,
                      query=shapes.PageQuery),
            Operation("GET", "/v1/charges", "Charges with every transition", "Messages", shapes.ChargePage,
                      work.charges, query=shapes.PageQuery),
            Operation("GET", "/v1/campaigns", "Your campaigns", "Campaigns", shapes.CampaignList, work.campaigns,
                      headers=("If-None-Match",)),
            Operation("GET", "/v1/campaigns/{short_code}/{keyword}", "One campaign", "Campaigns", shapes.Campaign,
                      work.campaign, path_examples=PLACE, headers=("If-None-Match",)),
        ]  # fmt: skip

    def _affairs(self) -> list[Operation]:
        work, told, keys = self._desk, "Callbacks", "Keys"
        return [
            Operation("GET", "/v1/callbacks", "What you were told, or will be", told, shapes.CallbackPage,
                      work.callbacks, query=shapes.CallbackQuery),
            Operation("POST", "/v1/callbacks/replay", "Tell parked ones again", told, shapes.Replayed,
                      work.replay, body=shapes.Replay, body_optional=True, refusals=(409,)),
            Operation("GET", "/v1/callbacks/{id:id}", "One callback with its attempts", told,
                      shapes.CallbackDetail, work.callback, path_examples=ONE_ID),
            Operation("GET", "/v1/keys", "Your keys", keys, shapes.KeyList, work.keys, scope="admin"),
            Operation("POST", "/v1/keys", "Make a key; its secrets are shown this once", keys, shapes.CreatedKey,
                      work.create, status=201, scope="admin", body=shapes.NewKey, refusals=(409,),
                      example={"name": "billing job", "scopes": ["send", "read"]}),
            Operation("POST", "/v1/keys/{id:id}/rotate", "Make a successor; the old key ends after the overlap",
                      keys, shapes.CreatedKey, work.rotate, status=201, scope="admin", body=shapes.Rotation,
                      body_optional=True, path_examples={"id": "1"}, example={"overlap_s": 86400}),
            Operation("DELETE", "/v1/keys/{id:id}", "End a key at once", keys, shapes.Key, work.revoke,
                      status=204, scope="admin", path_examples={"id": "1"}, refusals=(409,)),
        ]  # fmt: skip


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
