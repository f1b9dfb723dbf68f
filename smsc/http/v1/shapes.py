"""What the native API takes and gives, as pydantic models: they check requests and make the OpenAPI schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL."""
Number = Annotated[
    str,
    Field(
        pattern=r"^([1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})$",
        description="International digits without +, or a carrier's alias (#...).",
        examples=["41791234501"],
    ),
]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$", examples=["249581234567890123"])]
CampaignId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=NO_NUL,
        description='"<short code>/<KEYWORD>".',
        examples=["543/HOROSKOP"],
    ),
]
Scope = Literal["send", "read", "admin"]
Cursor = Annotated[str, Field(pattern=r"^[0-9]{1,18}$", description="`next` of the page before; opaque.")]
Size = Annotated[int, Field(ge=1, le=200, description="How many items a page holds at most.")]


def whole(value: object) -> object:
    """60.0 is an integer in JSON Schema, as 60 is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(whole)
"""Stands last: before it, `ge` and `le` would not be told in the schema."""


class Given(BaseModel):
    """What a caller gives; members that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What a caller is given."""


class Price(Given):
    """An amount in its currency, as text: never a float."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{2})?$", examples=["3.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CHF"])]


class Binary(Given):
    """A body that is no text, in hexadecimal: `udh` begins with its length; both together have 140 octets at most."""

    data: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}){1,140}$", examples=["48656C6C6F"])]
    udh: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}){0,140}$", examples=["0605040B8423F0"])] = ""


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class NewMessage(Given):
    """A message to one number within its opt-in to a campaign: `text`, or `binary` for content that is none."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["binary"]}]})

    msisdn: Number
    campaign: CampaignId
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1224,
            pattern=r"^[^\x00]*[^ \t\r\n\x00][^\x00]*$",
            examples=["Widder: ein guter Tag."],
            json_schema_extra=_without_default,
        ),
    ] = ""
    binary: Annotated[Binary | SkipJsonSchema[None], Field(json_schema_extra=_without_default)] = None
    registration: Id | None = None
    kind: Literal["content", "welcome", "goodbye"] = "content"
    price: Price | None = None
    network: Annotated[
        str, Field(max_length=50, pattern=NO_NUL, description="Of the number, where known.")
    ] = ""
    reference: Annotated[
        str, Field(max_length=100, pattern=NO_NUL, description="Yours; told with its reports.")
    ] = ""
    dry_run: Annotated[bool, Field(description="Only say what it would take; nothing is sent.")] = False

    @field_validator("binary")
    @classmethod
    def _not_null(cls, given: Binary | None) -> Binary | None:
        if given is None:
            raise ValueError("null is no message: leave it out")
        return given

    @model_validator(mode="after")
    def _one_body(self) -> NewMessage:
        if bool(self.text) == (self.binary is not None):
            raise ValueError("a message has text or binary, and not both")
        return self


class Messages(Given):
    """Up to 100 messages at once; each is decided alone."""

    messages: Annotated[list[NewMessage], Field(min_length=1, max_length=100)]


class Message(Shown):
    """A message and where it stands."""

    id: str
    campaign: str
    registration: str | None
    msisdn: str
    kind: str
    text: str
    binary: Binary | None
    state: str
    parts: int
    coding: str
    price: Price | None
    charge: str | None
    reference: str
    error: str
    created_at: str
    submitted_at: str | None
    done_at: str | None


class DryRun(Shown):
    """What a message would take. `subscription` is the state of the number in the campaign."""

    dry_run: Literal[True]
    parts: int
    coding: str
    units: int
    price: Price | None
    carrier: str | None
    subscription: str


class Problem(Shown):
    """RFC 9457. `code` is stable; `errors` names the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""
    errors: list[FieldError] = []
    instance: Annotated[str, Field(examples=["/v1/explain/249581234567890123"])] = ""
    """Of a message that was refused: where the rule and the record stand that decided."""
    id: Annotated[str, Field(pattern=r"^[0-9]{0,19}$", examples=["249581234567890123"])] = ""


class FieldError(Shown):
    """One field of a request and what is wrong with it."""

    field: str
    detail: str


class BulkResult(Shown):
    """One message of a bulk call: 202 with the message, 200 with the dry run, else the problem."""

    index: int
    status: int
    message: Message | None = None
    dry_run: DryRun | None = None
    problem: Problem | None = None


class BulkResults(Shown):
    """In the order of the request."""

    results: list[BulkResult]


class MessagePage(Shown):
    items: list[Message]
    next: str | None


class Subscription(Shown):
    """One number in one campaign."""

    msisdn: str
    campaign: str
    state: str
    since: str
    registration: str | None
    profile: str
    version: int


class SubscriptionPage(Shown):
    items: list[Subscription]
    next: str | None


class Ended(Shown):
    """An opt-out: its id, and how many opt-ins it ended."""

    id: str
    ended: int


class Consent(Shown):
    """One line of the consent ledger."""

    id: str
    at: str
    campaign: str
    state: str
    by: str
    seen: str
    answered: str
    profile: str
    version: int
    registration: str | None


class ConsentPage(Shown):
    items: list[Consent]
    next: str | None


class Report(Shown):
    """What was reported of a message; the same is told by callback."""

    id: str
    message: str
    reference: str
    msisdn: str
    report: str
    reason_id: str
    at: str


class ReportPage(Shown):
    items: list[Report]
    next: str | None


class Transition(Shown):
    at: str
    state: str
    reason: str


class Charge(Shown):
    """The money of one billed message."""

    message: str
    campaign: str
    msisdn: str
    price: Price
    state: str
    transitions: list[Transition]


class ChargePage(Shown):
    items: list[Charge]
    next: str | None


class Campaign(Shown):
    """A keyword service of yours."""

    id: str
    keyword: str
    aliases: list[str]
    short_code: str
    profile: str
    language: str
    price: Price | None
    messages_max: int | None
    per: str | None


class CampaignList(Shown):
    items: list[Campaign]


class Callback(Shown):
    """One callback and where it stands: due, delivered, parked, replay."""

    id: str
    kind: str
    msisdn: str
    state: str
    created_at: str
    attempts: int
    last_status: int
    last_error: str


class Attempt(Shown):
    at: str
    status: int
    error: str
    took_ms: int


class CallbackDetail(Callback):
    last_attempts: list[Attempt]


class CallbackPage(Shown):
    items: list[Callback]
    next: str | None


class Replay(Given):
    """Which parked callbacks; all of them without `ids`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None


class Replayed(Shown):
    replayed: int


class NewKey(Given):
    """A further key. `expires_in_s`: when it ends by itself."""

    name: Annotated[str, Field(max_length=100, pattern=NO_NUL, examples=["billing job"])] = ""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3, examples=[["send", "read"]])]
    expires_in_s: Annotated[int, Field(ge=60, le=315_360_000), WHOLE] | None = None


class Rotation(Given):
    """How long the old key stays valid beside its successor."""

    overlap_s: Annotated[int, Field(ge=0, le=2_592_000, examples=[86400]), WHOLE] = 86_400


class Key(Shown):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class KeyList(Shown):
    items: list[Key]


class CreatedKey(Shown):
    """A key with its secrets, which are shown this once."""

    id: str
    cc: str
    ekey: str
    bearer: str


class MessageQuery(Given):
    limit: Size = 50
    cursor: Cursor | None = None
    campaign: CampaignId | None = None
    msisdn: Number | None = None


class PageQuery(Given):
    limit: Size = 50
    cursor: Cursor | None = None


class SubscriptionQuery(Given):
    limit: Size = 50
    cursor: Annotated[
        str, Field(max_length=200, pattern=NO_NUL, description="`next` of the page before; opaque.")
    ] = ""
    campaign: CampaignId | None = None
    msisdn: Number | None = None
    state: Literal["pending", "active", "opted_out", "declined", "expired"] | None = None


class ConsentQuery(Given):
    msisdn: Number
    limit: Size = 50
    cursor: Cursor | None = None


class CallbackQuery(Given):
    limit: Size = 50
    cursor: Cursor | None = None
    state: Literal["due", "delivered", "parked", "replay", "erased"] | None = None


class NoQuery(Given):
    """No parameters."""


Problem.model_rebuild()
