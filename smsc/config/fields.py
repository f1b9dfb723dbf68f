"""The kinds of values in smsc.yaml: addresses, statuses, waits, prices. A wrong one says how to mend it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from smsc.keywords.amounts import amount
from smsc.keywords.shape import fault
from smsc.link.maintenance import parse_maintenance
from smsc.messages import Money


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    bare = ":" not in host or (host.startswith("[") and host.endswith("]"))
    if not host or not bare or not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or int(port) > 65535:
        raise fault("not host:port", 'write it like "0.0.0.0:2775" or "[::1]:2775"')
    if not (_is_ipv6(host[1:-1]) if host.startswith("[") else _is_name(host)):
        raise fault("its host is no name and no number", 'write it like "smpp.example.com:2775"')
    return text


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """Whether a resolver takes it: labels of 1 to 63 octets, nothing that a name does not hold."""
    try:
        return not re.search(r"[\s\x00-\x20/@]", host) and bool(host.encode("idna"))
    except UnicodeError:
        return False


def database_url(text: str) -> str:
    if not re.match(r"(sqlite|postgresql(\+psycopg)?)://", text):
        raise fault("not a database we know", "write sqlite:///smsc.db or postgresql://user@host/db")
    if text.startswith("sqlite") and not re.match(r"sqlite://($|/|\?)", text):
        raise fault("a SQLite database has no host", "write sqlite:///smsc.db, or sqlite:////srv/smsc.db")
    try:
        urlsplit(text).port  # noqa: B018 - it is the reading that tells
    except ValueError:
        raise fault("its port is none", "write postgresql://user@host:5432/db") from None
    return text


def _number(value: object) -> object:
    """Tags, data_codings and statuses are written 0x1401 or 5121."""
    try:
        return int(value, 0) if isinstance(value, str) else value
    except ValueError:
        raise fault("not a number", "write it like 0x1401 or 5121") from None


def _octets(value: object) -> object:
    """A TLV's value: "0300" is four characters, "hex:0300" two octets."""
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode("latin-1")
    except ValueError:
        raise fault("not octets", 'write text like "0300" or octets like "hex:0300ff"') from None


def _money(value: object) -> object:
    return amount(value) if isinstance(value, str) else value


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault("not a time zone", "write a name like Europe/Zurich or UTC") from None
    return text


def _maintenance(text: str) -> str:
    try:
        parse_maintenance(text)
    except ValueError:
        raise fault("not a maintenance window", 'write it like "Sun 02:00-04:00 Europe/Zurich"') from None
    return text


def _or_off(value: object) -> object:
    return None if value == "off" else value


def _word(text: str) -> str:
    """What fits a C-string of SMPP: no NUL, nothing that a terminal hides, nothing beyond Latin-1."""
    if any(not 0x20 <= ord(sign) <= 0xFF or 0x7F <= ord(sign) < 0xA0 for sign in text):
        raise fault("holds a character that SMPP does not carry", "use printable Latin-1 characters")
    return text


def _password(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) > PASSWORD_MAX:
        mend = "give the password as the carrier agreed it; a longer one cannot be sent"
        raise fault(f"{len(text)} characters, and SMPP carries {PASSWORD_MAX}", mend)
    _word(text)
    return secret


PASSWORD_MAX = 8
"""SMPP v3.4 §4.1.1: 9 octets with the NUL."""

_STRING = WithJsonSchema({"type": "string"})
Address = Annotated[str, AfterValidator(_address)]
Tag = Annotated[int, BeforeValidator(_number), Field(ge=1, le=0xFFFF), _STRING]
Coding = Annotated[int, BeforeValidator(_number), Field(ge=0, le=0xFF), _STRING]
Status = Annotated[int, BeforeValidator(_number), Field(ge=1, le=0xFFFFFFFF), _STRING]
Octets = Annotated[bytes, BeforeValidator(_octets), Field(max_length=65535), _STRING]
Price = Annotated[Money, BeforeValidator(_money), _STRING]
Zone = Annotated[str, AfterValidator(_zone)]
Maintenance = Annotated[str, AfterValidator(_maintenance)]
Wait = Annotated[float, Field(gt=0, le=31_622_400)]
OptionalWait = Annotated[Wait | None, BeforeValidator(_or_off)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
Ton = Annotated[int, Field(ge=0, le=255)]
Window = Annotated[int, Field(ge=1, le=10_000)]
Word = Annotated[str, AfterValidator(_word)]
SentPassword = Annotated[SecretStr, AfterValidator(_password)]
"""A password that we send. One that a carrier sends us may be longer: peers overflow the field."""
SystemId = Annotated[Word, Field(min_length=1, max_length=15)]
"""SMPP v3.4 §4.1.1: 16 octets with the NUL."""
MtPdu = Literal["submit_sm", "deliver_sm", "data_sm"]
