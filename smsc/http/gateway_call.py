"""The gateway API's parameters, read into a call of the line; each fault has its code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from ipaddress import ip_address

from smsc.charging.money import BadCurrency, BadMoney, NegativeMoney, parse_money
from smsc.http.gateway_codes import Code, GatewayError
from smsc.messages import Money
from smsc.optin.events import Command
from smsc.pipeline.calls import MerchantCall
from smsc.sms.coding import length
from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, parse_msisdn

FREE_NETWORK = "INTERNATIONAL"
"""What clients write as network of a free message: no network at all."""
REGISTRATION_MAX = 2**63 - 1
FULL_ID_MAX = 255
NETWORK_MAX = 50
TEXT_CHARS_MAX = 4000
PARTS_MAX = 8
"""Short messages that one text may take (MT5); the line holds billed ones to what their carrier allows."""
DEFAULT_CURRENCY = "GBP"

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,19}")


def _msisdn(given: Mapping[str, str]) -> Msisdn:
    text = given.get("number", "")
    if not text.strip():
        raise GatewayError(Code.NO_NUMBER, "number is missing")
    try:
        return parse_msisdn(text)
    except BadMsisdn as error:
        raise GatewayError(Code.BAD_NUMBER, str(error)) from error


def _value(given: Mapping[str, str]) -> Money:
    text = given.get("value", "").strip()
    if not _NUMBER.fullmatch(text):
        raise GatewayError(Code.BAD_VALUE, "value is not a number: write it with a point, like 3.00")
    try:
        return parse_money(text, given.get("currency", "").strip() or DEFAULT_CURRENCY)
    except NegativeMoney as error:
        raise GatewayError(Code.NEGATIVE_VALUE, "value is below 0.00") from error
    except (BadCurrency, BadMoney) as error:
        raise GatewayError(Code.NO_TARIFF, str(error)) from error


def _command(given: Mapping[str, str]) -> Command:
    word = given.get("command", "").strip().upper()
    try:
        return Command(word)
    except ValueError as error:
        raise GatewayError(Code.BAD_DATA, "command is W, G or nothing") from error


def _full_id(given: Mapping[str, str]) -> tuple[str, int | None, bool]:
    """The id as given, the registration it names, and whether a callback id guards it against repeats."""
    reply = given.get("reply", "0").strip() or "0"
    if reply not in ("0", "1"):
        raise GatewayError(Code.BAD_REPLY, "reply is 0 or 1")
    full_id = given.get("id", "").strip()
    if len(full_id) > FULL_ID_MAX:
        raise GatewayError(Code.BAD_DATA, f"id has more than {FULL_ID_MAX} characters")
    head, _, callback_id = full_id.partition("|")
    head = head.strip()
    numeric = _DECIMAL.fullmatch(head) is not None and int(head) <= REGISTRATION_MAX
    if reply == "1" and not numeric:
        raise GatewayError(Code.BAD_ID, "id is not the number of an MO")
    return full_id, int(head) if numeric else None, bool(callback_id.strip())


WEB = ("sub_url", "sub_ip", "sub_key")
"""What comes with a number that asked on a web page (S3)."""
SUB_URL_MAX = 500
SUB_KEY_MAX = 64


def _web(given: Mapping[str, str], head: str, command: Command) -> dict[str, str] | None:
    """The evidence of a web opt-in: a call with a blank id that is no goodbye and names a page, address or key."""
    found = {name: given.get(name, "").strip() for name in WEB}
    if head or command is Command.GOODBYE or not any(found.values()):
        return None
    url, ip = found["sub_url"], found["sub_ip"]
    if url and (len(url) > SUB_URL_MAX or not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url, re.IGNORECASE)):
        raise GatewayError(Code.BAD_DATA, "sub_url is no web address")
    if ip:
        try:
            ip_address(ip)
        except ValueError as error:
            raise GatewayError(Code.BAD_DATA, "sub_ip is no IP address") from error
    if len(found["sub_key"]) > SUB_KEY_MAX:
        raise GatewayError(Code.BAD_DATA, f"sub_key has more than {SUB_KEY_MAX} characters")
    return {name: value for name, value in found.items() if value}


def _text(given: Mapping[str, str]) -> str:
    text = given.get("message", "")
    if given.get("binary", "0").strip() not in ("", "0"):
        if not given.get("udh", "").strip():
            raise GatewayError(Code.NO_UDH, "binary without udh")
        raise GatewayError(Code.BAD_DATA, "binary messages are not sent over this gateway")
    if not text.strip():
        raise GatewayError(Code.NO_MESSAGE, "message is empty")
    if len(text) > TEXT_CHARS_MAX or length(text).parts > PARTS_MAX:
        raise GatewayError(Code.LONG_MESSAGE, f"message takes more than {PARTS_MAX} short messages")
    return text


def _network(given: Mapping[str, str], *, billed: bool) -> str:
    network = given.get("network", "").strip()
    if len(network) > NETWORK_MAX:
        raise GatewayError(Code.UNKNOWN_NETWORK, f"network has more than {NETWORK_MAX} characters")
    if network.upper() != FREE_NETWORK:
        return network
    if billed:
        raise GatewayError(Code.FREE_NETWORK, "a billed message needs the subscriber's network")
    return ""


def _smscat(given: Mapping[str, str]) -> None:
    smscat = given.get("smscat", "").strip()
    if smscat and not re.fullmatch(r"[0-9]{3}", smscat):
        raise GatewayError(Code.BAD_DATA, "smscat has three digits")


def _digest(*parts: str) -> bytes:
    """One digest of all that makes two calls the same; each part with its length, so none can pass as two."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(4, "big") + data)
    return whole.digest()


def read_call(given: Mapping[str, str], *, merchant: str) -> MerchantCall:
    """The call that `merchant` makes with these parameters.

    The sender is the campaign's short code, whatever `title` says.

    Raises: GatewayError with the code of the first fault.
    """
    msisdn = _msisdn(given)
    value = _value(given)
    billed = value.minor > 0
    command = _command(given)
    full_id, registration, guarded = _full_id(given)
    head = full_id.partition("|")[0].strip()
    web = _web(given, head, command)
    text = _text(given)
    network = _network(given, billed=billed)
    _smscat(given)
    return MerchantCall(
        merchant=merchant,
        msisdn=msisdn,
        command=command,
        text=text,
        value=value,
        full_id=full_id,
        registration=registration,
        network=network,
        digest=_digest(
            merchant,
            msisdn,
            full_id,
            command.value,
            text,
            str(value.minor),
            value.currency,
            network,
            *(web or {}).values(),
        ),
        guarded=guarded,
        name="" if registration is not None else head,
        web=web,
    )
