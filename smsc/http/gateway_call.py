"""The gateway API's parameters, read into a call of the line; each fault has its code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from smsc.charging.money import BadCurrency, BadMoney, NegativeMoney, parse_money
from smsc.http.gateway_codes import Code, GatewayError
from smsc.messages import Money
from smsc.optin.events import Command
from smsc.pipeline.calls import MerchantCall
from smsc.sms.coding import length
from smsc.sms.errors import BadMsisdn, BadOctets, TextTooLong
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.sms.octets import Octets, octets_of, parse_hex

FREE_NETWORK = "INTERNATIONAL"
"""What clients write as network of a free message: no network at all."""
REGISTRATION_MAX = 2**63 - 1
FULL_ID_MAX = 255
NETWORK_MAX = 50
TEXT_CHARS_MAX = 4000
PARTS_MAX = 8
"""Short messages that one text may take (MT5); the line holds billed ones to what their carrier allows."""
UDH_MAX = 255
TITLE_MAX = 12
"""The vendor's documentation says 11, its own client lets 12 pass."""
STOP_CONFIRMATION = "991"
"""smscat of a free message that may follow a STOP."""
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


@dataclass(frozen=True, slots=True)
class _Id:
    """The id as given, the number it begins with, and whether a repeat is recognised by it."""

    whole: str
    number: int | None
    answers: int | None
    """That number where the call answers an MO (reply=1)."""
    guarded: bool

    @property
    def head(self) -> str:
        """What stands before the bar."""
        return self.whole.partition("|")[0].strip()


def _id(given: Mapping[str, str]) -> _Id:
    """An MO is answered once; without reply=1 a callback id tells one call from another."""
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
    number = int(head) if numeric else None
    return _Id(full_id, number, number if reply == "1" else None, reply == "1" or bool(callback_id.strip()))


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


def _body(given: Mapping[str, str]) -> tuple[str, Octets | None]:
    """The text, or the octets of a binary message."""
    binary, udh = given.get("binary", "").strip() or "0", given.get("udh", "").strip()
    if binary not in ("0", "1"):
        raise GatewayError(Code.BAD_DATA, "binary is 1, 0 or nothing")
    if binary == "1":
        return "", _octets(udh, given.get("message", "").strip())
    if udh:
        raise GatewayError(Code.BAD_DATA, "udh is for binary messages: add binary=1")
    return _text(given), None


def _octets(udh: str, message: str) -> Octets:
    if not udh:
        raise GatewayError(Code.NO_UDH, "binary without udh")
    if len(udh) > UDH_MAX:
        raise GatewayError(Code.BAD_DATA, f"udh has more than {UDH_MAX} characters")
    if not message:
        raise GatewayError(Code.NO_MESSAGE, "message is empty")
    try:
        return octets_of(parse_hex(udh, "udh"), parse_hex(message, "message"))
    except TextTooLong as error:
        raise GatewayError(Code.LONG_MESSAGE, str(error)) from error
    except BadOctets as error:
        raise GatewayError(Code.BAD_DATA, str(error)) from error


def _text(given: Mapping[str, str]) -> str:
    text = given.get("message", "")
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


def _confirms_stop(given: Mapping[str, str], *, billed: bool) -> bool:
    """Whether smscat says that this is a free confirmation of a STOP; other categories mean nothing here."""
    smscat = given.get("smscat", "").strip()
    if smscat and not re.fullmatch(r"[0-9]{3}", smscat):
        raise GatewayError(Code.BAD_DATA, "smscat has three digits")
    if smscat == STOP_CONFIRMATION and billed:
        raise GatewayError(Code.BAD_DATA, f"smscat {STOP_CONFIRMATION} is for free messages: value 0.00")
    return smscat == STOP_CONFIRMATION


def _title(given: Mapping[str, str]) -> None:
    if len(given.get("title", "").strip()) > TITLE_MAX:
        raise GatewayError(Code.BAD_DATA, f"title has more than {TITLE_MAX} characters")


def _digest(*parts: str) -> bytes:
    """One digest of all that makes two calls the same; each part with its length, so none can pass as two."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(4, "big") + data)
    return whole.digest()


def read_call(given: Mapping[str, str], *, merchant: str) -> MerchantCall:
    """The call that `merchant` makes with these parameters.

    The sender is the campaign's short code, whatever `title` says. `term` and what else the vendor's clients may send
    are passed over.

    Raises: GatewayError with the code of the first fault.
    """
    msisdn = _msisdn(given)
    value = _value(given)
    billed = value.minor > 0
    command = _command(given)
    id_ = _id(given)
    web = _web(given, id_.head, command)
    text, octets = _body(given)
    network = _network(given, billed=billed)
    confirms_stop = _confirms_stop(given, billed=billed)
    _title(given)
    return MerchantCall(
        merchant=merchant,
        msisdn=msisdn,
        command=command,
        text=text,
        value=value,
        full_id=id_.whole,
        registration=id_.number,
        network=network,
        digest=_digest(
            merchant,
            msisdn,
            id_.whole,
            command.value,
            text,
            *((octets.udh.hex(), octets.data.hex()) if octets is not None else ()),
            str(value.minor),
            value.currency,
            network,
            *(web or {}).values(),
        ),
        guarded=id_.guarded,
        name="" if id_.number is not None else id_.head,
        web=web,
        octets=octets,
        answers=id_.answers,
        confirms_stop=confirms_stop,
    )
