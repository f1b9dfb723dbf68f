"""The webhooks of the OpenAPI document: what merchants of `format: json` are told, its members and examples.

`format: cloudevents` has the same members in its `data`. A member that has nothing to say is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from smsc.messages import Notice, NoticeKind
from smsc.pipeline.formats import data_of
from smsc.sms.numbers import Msisdn, ShortCode


def _optional(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def maybe(words: str) -> Any:
    """A member that may be left out."""
    return Field(description=words, json_schema_extra=_optional)


class Told(BaseModel):
    """What every callback but that of an invitation has."""

    id: Annotated[str, Field(description="Of the MO, the message or the registration.")]
    message_id: Annotated[str, Field(description="The same.")]
    msisdn: str
    short_code: str
    country: Annotated[str, maybe("ISO 3166 of the short code.")] = ""
    out_of_order: Annotated[bool, maybe("Others of this number may have passed it.")] = False


class ToldMo(Told):
    """A text of a subscriber."""

    text: str
    keyword: Annotated[str, maybe("Of the campaign.")] = ""
    network: Annotated[str, maybe("Where it came from.")] = ""
    registration: Annotated[str, maybe("Of the opt-in it belongs to.")] = ""


class ToldStop(ToldMo):
    """An opt-out. `text` is what the subscriber wrote."""

    text: Annotated[str, maybe("What the subscriber wrote; nothing where it was not by SMS.")] = ""
    goodbye_by: Annotated[str, maybe("Until when your goodbye may come (RFC 3339).")] = ""


class ToldReview(ToldMo):
    """A text that may be a stop: an operator decides, and billed content waits."""


class ToldReport(Told):
    """What became of a message: `id` and `message_id` are what the 202 answered."""

    report: Annotated[str, Field(description="DELIVERED, FAILED, REJECTED, VALIDITY_EXPIRED, ...")]
    reference: Annotated[str, maybe("Yours; of /gateway what stood behind the bar of its id.")] = ""
    registration: Annotated[str, maybe("Of the opt-in it belongs to.")] = ""
    reason_id: Annotated[str, maybe("What the carrier said.")] = ""


class ToldSubscribed(Told):
    """A web opt-in was confirmed: `id` is its registration."""

    report: Literal["SUBSCRIBED"]
    keyword: Annotated[str, maybe("Of the campaign.")] = ""
    network: Annotated[str, maybe("Where the answer came from.")] = ""
    registration: Annotated[str, maybe("The same as `id`.")] = ""


class ToldInvitation(BaseModel):
    """What became of an invitation; with `callback: extended` all of it, else the id."""

    id: str
    msisdn: Annotated[str, maybe("Whom it went to.")] = ""
    state: Annotated[str, maybe("active, declined, expired, ...")] = ""
    keyword: Annotated[str, maybe("Of the campaign.")] = ""
    registration: Annotated[str, maybe("Of the opt-in, where there is one.")] = ""


MODELS: Mapping[NoticeKind, type[BaseModel]] = {
    NoticeKind.MO: ToldMo,
    NoticeKind.STOP: ToldStop,
    NoticeKind.REPORT: ToldReport,
    NoticeKind.SUBSCRIBED: ToldSubscribed,
    NoticeKind.REVIEW: ToldReview,
    NoticeKind.INVITATION: ToldInvitation,
}
HEADERS = {
    "webhook-id": "Stable for ever: the same notice, told again, has the same.",
    "webhook-timestamp": "Seconds since 1970 of this attempt.",
    "webhook-signature": "Standard Webhooks 1.0: v1,<base64 HMAC-SHA256>, where the merchant has a secret.",
}
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def webhooks(*, ref: str) -> dict[str, Any]:
    """By kind. `ref` is where the models' schemas stand."""
    return {
        kind.value: {"post": _webhook(kind, ref + MODELS[kind].__name__, data_of(notice, late=False))}
        for kind, notice in _examples().items()
    }


def _examples() -> dict[NoticeKind, Notice]:
    """One of each; a test holds their members to those of real callbacks."""
    anna: dict[str, Any] = {"merchant": "astro", "msisdn": Msisdn("41791234501"), "at": AT, "country": "CH"}
    swiss = anna | {"short_code": ShortCode("543"), "registration": "250228415406280704"}
    written = swiss | {"keyword": "HOROSKOP", "network": "SWISSCOM8CH4"}
    mojca = anna | {"msisdn": Msisdn("38640123456"), "short_code": ShortCode("3030"), "country": "SI"}
    found = anna | {"short_code": ShortCode("77010"), "keyword": "LOCATE"}
    mo, stop, review = "250228415406280704", "250228415406280999", "250228415406280888"
    sent, asked, web = "250228417511821313", "250228417511821400", "250228417511821500"
    k = NoticeKind
    return {
        k.MO: Notice(f"mo:{mo}", k.MO, id=mo, message_id=mo, text="HOROSKOP", **written),
        k.STOP: Notice(
            f"stop:{stop}", k.STOP, id=stop, message_id=stop, text="STOP HOROSKOP", goodbye_by=AT, **written
        ),
        k.REPORT: Notice(
            f"report:{sent}:DELIVERED", k.REPORT, id="543/HOROSKOP|day 1", report="DELIVERED", reason_id="000", **swiss
        ),
        k.SUBSCRIBED: Notice(
            f"subscribed:{web}", k.SUBSCRIBED, id=web, message_id=web, report="SUBSCRIBED", keyword="ZVEZDE",
            network="helvetia", registration=web, **mojca,
        ),
        k.REVIEW: Notice(
            f"review:{review}", k.REVIEW, id=review, message_id=review, text="please do not stop", **written
        ),
        k.INVITATION: Notice(
            f"invitation:{asked}", k.INVITATION, id=asked, report="active", registration=asked, **found
        ),
    }  # fmt: skip


def _webhook(kind: NoticeKind, ref: str, example: Mapping[str, Any]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.value},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": ref},
        },
    }
    return {
        "operationId": f"told_{kind.value}",
        "summary": f"You are told: {kind.value}",
        "parameters": [
            {"name": n, "in": "header", "description": words, "schema": {"type": "string"}}
            for n, words in HEADERS.items()
        ],
        "requestBody": {"content": {"application/json": {"schema": schema, "example": dict(example)}}},
        "responses": {"2XX": {"description": "Taken; anything else is tried again for 72 hours"}},
    }
