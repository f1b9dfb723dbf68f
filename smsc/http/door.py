"""What the drop-in doors share: octets of a request, the account, and the call down the line."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from smsc.charging.money import BadCurrency, BadMoney, NegativeMoney, parse_money
from smsc.http.gateway_call import PARTS_MAX, TEXT_CHARS_MAX
from smsc.http.gateway_codes import body_of
from smsc.http.keys import KeyRing, UnknownAccount, WrongKey
from smsc.http.parameters import FIELDS_MAX, Unreadable, read_body
from smsc.http.reading import storable
from smsc.http.refusals import Asking, kept
from smsc.messages import Money
from smsc.optin.decision import Reason
from smsc.optin.events import Command
from smsc.pipeline.calls import SEVERAL, Answer, DlrAsk, Door, MerchantCall
from smsc.pipeline.requests import RefusalAsk
from smsc.sms.coding import length
from smsc.sms.errors import BadMsisdn, SmsError
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.sms.octets import Octets, octets_of

URL_MAX = 500
SENDER_MAX = 64
ACCOUNT_MAX = 64
KEY_MAX = 256

Call = Callable[[MerchantCall], Awaitable[Answer]]


class Denied(Exception):
    """No such account, or not its key."""


class Bad(ValueError):
    """A parameter that cannot be used; the words say which and how to write it."""


async def read_octets(request: Request) -> Mapping[str, bytes]:
    """Query and form, each value as the octets that came: what they mean depends on the coding.

    Raises: TooLarge, Unreadable.
    """
    raw = [request.url.query.encode("latin-1", "replace")]
    body = await read_body(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() in (
        "",
        "application/x-www-form-urlencoded",
    ):
        raw.append(body)
    try:
        pairs = [
            pair
            for part in raw
            for pair in parse_qsl(
                part.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=FIELDS_MAX
            )
        ]
    except ValueError as error:
        raise Unreadable(f"not URL-encoded, or more than {FIELDS_MAX} parameters") from error
    return {name: value.encode("latin-1") for name, value in pairs}


def word(given: Mapping[str, bytes], name: str) -> str:
    """A parameter as UTF-8 text, "" when it is not there.  Raises: Bad."""
    return decoded(given.get(name, b""), "utf-8", name).strip()


def decoded(octets: bytes, charset: str, name: str) -> str:
    """Raises: Bad."""
    try:
        text = octets.decode(charset)
    except (UnicodeDecodeError, LookupError) as error:
        raise Bad(f"{name} is not {charset}") from error
    if not storable(text):
        raise Bad(f"{name} has a NUL")
    return text


async def account(
    keys: KeyRing, given: Mapping[str, bytes], request: Request, *, names: tuple[str, str]
) -> str:
    """The merchant: user name and password are its cc and ekey.  Raises: Denied, StoreUnavailable."""
    cc, ekey = (given.get(name, b"").decode("utf-8", "replace") for name in names)
    if not 0 < len(cc) <= ACCOUNT_MAX or not 0 < len(ekey) <= KEY_MAX:
        raise Denied("missing")
    address = request.client.host if request.client else ""
    try:
        return await keys.merchant_of(cc, ekey, address=address)
    except (UnknownAccount, WrongKey) as error:
        raise Denied(cc) from error


async def kept_fault(
    ask: Asking | None, given: Mapping[str, bytes], error: Exception, *, merchant: str, of: Door
) -> int | None:
    """Keep a call that cannot be used; the id of the refusal, if there is one."""
    refusal = RefusalAsk(merchant, of.name, "", code="400", rule="MT2", detail=str(error))
    return await kept(ask, refusal, number=given.get("to", b"").decode("utf-8", "replace"))


def number(text: str) -> Msisdn:
    """Raises: Bad."""
    try:
        return parse_msisdn(text)
    except BadMsisdn as error:
        raise Bad(str(error)) from error


def price(given: Mapping[str, bytes]) -> Money:
    """`value` and `currency`, parameters of ours; free without.  Raises: Bad."""
    value, currency = word(given, "value") or "0.00", word(given, "currency")
    if not currency and not re.fullmatch(r"0+(\.0*)?", value):
        raise Bad("a value needs its currency, like currency=CHF")
    try:
        return parse_money(value, currency or "CHF")
    except (BadCurrency, BadMoney, NegativeMoney) as error:
        raise Bad(f"value or currency: {error}") from error


def command(given: Mapping[str, bytes]) -> Command:
    """`command`, a parameter of ours: W for the welcome. The goodbye is the server's own here.  Raises: Bad."""
    given_word = word(given, "command").upper()
    if given_word not in ("", Command.WELCOME.value):
        raise Bad("command is W or nothing")
    return Command(given_word)


def callback_url(text: str) -> str:
    """An address to be told at; whether it may be reached is judged when it is.  Raises: Bad."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or len(text) > URL_MAX or re.search(r"[\s\x00-\x20\x7f-\uffff]", text):
        raise Bad(f"dlr-url is no http address of at most {URL_MAX} octets")
    if "@" in parts.netloc:
        raise Bad("dlr-url has a user or password in it: leave them out")
    return text


def call_of(
    given: Mapping[str, bytes],
    *,
    merchant: str,
    to: str,
    sender: str,
    body: str | Octets,
    dlr: DlrAsk | None,
) -> MerchantCall:
    """The call down the line; every one has an id of its own.  Raises: Bad."""
    text, octets = (body, None) if isinstance(body, str) else ("", body)
    if octets is None and not text.strip():
        raise Bad("the text is empty")
    if len(text) > TEXT_CHARS_MAX or length(text).parts > PARTS_MAX:
        raise Bad(f"the text takes more than {PARTS_MAX} short messages")
    if len(sender) > SENDER_MAX:
        raise Bad(f"from has more than {SENDER_MAX} characters")
    id_ = str(uuid.uuid4())
    return MerchantCall(
        merchant=merchant,
        msisdn=number(to),
        command=command(given),
        text=text,
        value=price(given),
        full_id=id_,
        registration=None,
        network="",
        digest=hashlib.sha256(id_.encode()).digest(),
        guarded=False,
        sender=sender,
        dlr=dlr,
        octets=octets,
    )


def octets(udh: bytes, data: bytes) -> Octets:
    """The body of an 8-bit message.  Raises: Bad."""
    try:
        return octets_of(udh, data)
    except SmsError as error:
        raise Bad(str(error)) from error


def why_not(answer: Answer) -> str:
    """Why a call was refused, in words; "" when it was not."""
    if answer.reason is Reason.DONE:
        return ""
    kind, _, keywords = answer.detail.partition(":")
    if kind == SEVERAL:
        first = keywords.split(",")[0]
        return f"the number is active in {keywords.replace(',', ' and ')}: say which, like from={first}"
    return body_of(answer).partition(" ")[2]
