"""The operations under /v1 that stand elsewhere (invitations, operators' lists), for the OpenAPI document only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from smsc.http.v1.operation import Operation
from smsc.http.v1.shapes import NO_NUL, NoQuery

MSISDN = {"type": "string", "pattern": r"^([1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})$"}
PLAIN: Mapping[str, Any] = {"type": "string", "pattern": NO_NUL}
TEXT: Mapping[str, Any] = {**PLAIN, "maxLength": 200}
LONG: Mapping[str, Any] = {**PLAIN, "maxLength": 2000}
PROOF: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NO_NUL},
    "additionalProperties": PLAIN,
}
FLAG: Mapping[str, Any] = {"type": "boolean"}
ANYTHING: Mapping[str, Any] = {"type": "object"}


CURSOR = r"^$|^([1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})(\|(invite|code|store)\|[ -~]{0,170})?$"


class NumberQuery(BaseModel):
    campaign: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""


class BlockQuery(BaseModel):
    msisdn: Annotated[str, Field(pattern=r"^$|^([1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})$")] = ""
    cursor: Annotated[str, Field(pattern=CURSOR, description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=200, description="How many a page holds at most.")] = 50


def obj(required: tuple[str, ...] = (), **members: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(members)}
    return schema | ({"required": list(required)} if required else {})


DONE = obj(("reason", "id", "detail"), reason=TEXT, id=TEXT, detail={"type": "string"})
INVITED = obj(("id", "state"), id=TEXT, state=TEXT, campaign=TEXT, msisdn=TEXT, invited_at=TEXT)
NUMBER = {"msisdn": "41791234577"}
OPERATORS: dict[str, Any] = {"tag": "Operators", "operators": True}
ONCE = ("Idempotency-Key",)


def others() -> list[Operation]:
    """Each as its module answers it."""
    return [
        Operation(
            "POST",
            "/v1/invitations",
            "Invite a number (S4)",
            "Invitations",
            INVITED,
            status=202,
            query=NoQuery,
            body=obj(
                ("campaign", "msisdn"),
                campaign={**TEXT, "minLength": 1},
                msisdn=MSISDN,
                network={**PLAIN, "maxLength": 50},
                callback={"enum": ["summary", "extended", "none", ""]},
                sendUserConfirmation=FLAG,
            ),
            example={"campaign": "77010/LOCATE", "msisdn": "41791234501"},
            headers=ONCE,
            refusals=(404, 409, 422),
        ),
        Operation(
            "GET",
            "/v1/invitations/{id}",
            "What became of an invitation",
            "Invitations",
            INVITED,
            path_examples={"id": "1"},
            refusals=(404,),
        ),
        Operation(
            "GET",
            "/v1/numbers/{msisdn}",
            "Whether a number can be reached",
            "Invitations",
            obj(("msisdn", "valid", "reachable"), msisdn=TEXT, valid=FLAG, reachable=FLAG),
            query=NumberQuery,
            path_examples={"msisdn": "41791234501"},
            refusals=(404, 422),
        ),
        Operation(
            "POST",
            "/v1/optouts",
            "End a number's opt-ins",
            "Subscriptions",
            obj(("id", "ended"), id=TEXT, ended={"type": "integer"}),
            body=obj(("msisdn",), msisdn=MSISDN, campaign=TEXT, reason=TEXT),
            example={"msisdn": "41791234501", "campaign": "77010/LOCATE"},
            headers=ONCE,
            refusals=(404, 409, 422),
        ),
        Operation(
            "GET",
            "/v1/blocks",
            "Blocks of your numbers; an operator sees all",
            "Blocks",
            answers=obj(("blocks", "next"), blocks={"type": "array"}, next={"type": ["string", "null"]}),
            query=BlockQuery,
            refusals=(422,),
        ),
        Operation(
            "POST",
            "/v1/blocks",
            "Set or lift a block; a merchant those that are its own",
            "Blocks",
            headers=ONCE,
            answers=DONE,
            refusals=(404, 409, 422),
            body=obj(
                ("msisdn", "scope"),
                msisdn=MSISDN,
                scope={"enum": ["invite", "code", "store"]},
                key=TEXT,
                note=LONG,
                lift=FLAG,
            ),
            example={"msisdn": "41791234577", "scope": "code", "key": "543"},
        ),
        Operation(
            "GET",
            "/v1/consents/{msisdn}",
            "Everything kept of a number, with its chain",
            answers=ANYTHING,
            path_examples=NUMBER,
            refusals=(422,),
            **OPERATORS,
        ),
        Operation(
            "DELETE",
            "/v1/consents/{msisdn}",
            "Erase the texts kept of a number",
            answers=DONE,
            path_examples=NUMBER,
            refusals=(404, 409, 422),
            **OPERATORS,
        ),
        Operation(
            "POST",
            "/v1/consents",
            "Import a consent given elsewhere",
            answers=DONE,
            refusals=(404, 409, 422),
            body=obj(
                ("msisdn", "campaign", "at", "seen", "evidence"),
                msisdn=MSISDN,
                campaign=TEXT,
                at={"type": "string", "format": "date-time", "maxLength": 200},
                seen=LONG,
                answered=LONG,
                evidence=PROOF,
            ),
            example={
                "msisdn": "41791234577",
                "campaign": "77010/LOCATE",
                "at": "2026-03-01T12:00:00+00:00",
                "seen": "Finder Inc may find my phone. STOP ends it.",
                "answered": "signed",
                "evidence": {"source": "paper form 12"},
            },
            headers=ONCE,
            **OPERATORS,
        ),
        Operation(
            "POST",
            "/v1/deactivations",
            "A carrier took the number back",
            answers=DONE,
            body=obj(("msisdn",), msisdn=MSISDN, carrier=TEXT, file=TEXT),
            refusals=(404, 409, 422),
            example={"msisdn": "41791234599", "carrier": "helvetia"},
            headers=ONCE,
            **OPERATORS,
        ),
        Operation(
            "POST",
            "/v1/stops",
            "End opt-ins as an operator",
            answers=DONE,
            refusals=(404, 409, 422),
            body=obj(("msisdn",), msisdn=MSISDN, campaign=TEXT, reason=TEXT),
            example={"msisdn": "41791234588"},
            headers=ONCE,
            **OPERATORS,
        ),
        Operation(
            "GET",
            "/v1/review",
            "Texts that may be a stop",
            answers=obj(("review",), review={"type": "array"}),
            **OPERATORS,
        ),
        Operation(
            "POST",
            "/v1/review/{mo}",
            "Decide one",
            answers=DONE,
            path_examples={"mo": "1"},
            body=obj(stop=FLAG, by=TEXT),
            example={"stop": False, "by": "anna"},
            refusals=(404, 409, 422),
            headers=ONCE,
            **OPERATORS,
        ),
    ]
