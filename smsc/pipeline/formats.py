"""How a merchant is told: a notice as the HTTP request its format asks for (RP2).

All formats carry the Standard Webhooks headers; the signature is there when the merchant has a secret,
and twice while it changes from one to another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from standardwebhooks import Webhook

from smsc.messages import CallbackTarget, Notice, NoticeKind

MESSAGECLOUD = "messagecloud"
JSON = "json"
CRMTEXT = "crmtext"
CLOUDEVENTS = "cloudevents"
KANNEL = "kannel"
JASMIN = "jasmin"
"""How clients of the drop-in doors hear of single MTs; no merchant's format."""
ACK_JASMIN = "ACK/Jasmin"
ANY = "any"
FORMATS = frozenset({MESSAGECLOUD, JSON, CRMTEXT, CLOUDEVENTS})
"""What `callback.format` may be."""


PACIFIC = ZoneInfo("America/Los_Angeles")


REPORT_KEY = re.compile(r"(?:report|dlr):([0-9]+):")
"""How the keys of reports begin; the number is the message's."""


class UnknownFormat(ValueError):
    """A format that no writer knows; the configuration check refuses it, an older row may still name it."""


@dataclass(frozen=True, slots=True)
class Post:
    """One request to a merchant."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


def _iso(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-01-31T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stop_words(notice: Notice) -> str:
    """How a gateway merchant is told of a STOP, whatever the subscriber's words were (OO5)."""
    return f"ask {notice.keyword.lower()} stop"


def _mo_fields(notice: Notice) -> dict[str, str]:
    """An MO, a STOP or a text under review (gateway API: receiving a message; stop requests)."""
    fields = {
        "action": "mpush_ir_message",
        "id": notice.id,
        "message_id": notice.message_id or notice.id,
        "number": str(notice.msisdn),
        "network": notice.network,
        "message": stop_words(notice) if notice.kind is NoticeKind.STOP else notice.text,
        "shortcode": str(notice.short_code),
        "country": notice.country,
        "billing": "MT",
        "keyword": "" if notice.kind is NoticeKind.STOP else notice.keyword,
    }
    if notice.kind is NoticeKind.STOP:
        fields["registration"] = notice.registration
        if notice.goodbye_by is not None:
            fields["goodbye_by"] = _iso(notice.goodbye_by)
    if notice.kind is NoticeKind.REVIEW:
        fields["review"] = "1"
    return fields


def _report_fields(notice: Notice) -> dict[str, str]:
    """A delivery report or SUBSCRIBED (gateway API: delivery reports)."""
    return {
        "action": "mp_report",
        "id": notice.id,
        "message_id": notice.message_id or notice.id,
        "number": str(notice.msisdn),
        "report": notice.report or ("SUBSCRIBED" if notice.kind is NoticeKind.SUBSCRIBED else "UNKNOWN"),
        "reason_id": notice.reason_id,
    }


def _invitation_fields(notice: Notice) -> dict[str, str]:
    """What became of an invitation (S4): its id alone, or with number, state and registration (extended)."""
    fields = {"action": "invitation", "id": notice.id}
    if notice.report:
        fields |= {
            "number": str(notice.msisdn),
            "state": notice.report,
            "keyword": notice.keyword,
            "registration": notice.registration,
        }
    return fields


def fields_of(notice: Notice) -> dict[str, str]:
    """The form fields of the `messagecloud` format."""
    if notice.kind is NoticeKind.INVITATION:
        return _invitation_fields(notice)
    if notice.kind in (NoticeKind.REPORT, NoticeKind.SUBSCRIBED):
        return _report_fields(notice)
    return _mo_fields(notice)


def reported(notice: Notice) -> tuple[str, str]:
    """The id of the message that a report is about, and its sender's own id of it.

    The latter is what stands behind the bar of a full id, or all of an id without a bar.
    """
    head, bar, rest = notice.id.partition("|")
    found = REPORT_KEY.match(notice.key)
    return (found[1] if found else notice.message_id or notice.id), rest if bar else head


def data_of(notice: Notice, *, late: bool) -> dict[str, object]:
    """The object of the `json` format. Empty members are left out."""
    if notice.kind is NoticeKind.INVITATION:
        told = {
            ("msisdn" if name == "number" else name): value
            for name, value in _invitation_fields(notice).items()
            if value and name != "action"
        }
        return {"type": notice.kind.value, "timestamp": _iso(notice.at), "data": told}
    reference = ""
    if notice.kind is NoticeKind.REPORT:
        message, reference = reported(notice)
        notice = replace(notice, id=message, message_id=message)
    data: dict[str, object] = {
        "id": notice.id,
        "message_id": notice.message_id,
        "reference": reference,
        "msisdn": str(notice.msisdn),
        "short_code": str(notice.short_code),
        "network": notice.network,
        "country": notice.country,
        "keyword": notice.keyword,
        "text": notice.text,
        "report": notice.report,
        "reason_id": notice.reason_id,
        "registration": notice.registration,
        "goodbye_by": _iso(notice.goodbye_by) if notice.goodbye_by else "",
        "out_of_order": late,
    }
    kept = {name: value for name, value in data.items() if value}
    return {"type": notice.kind.value, "timestamp": _iso(notice.at), "data": kept}


def event_of(notice: Notice, *, late: bool) -> dict[str, object]:
    """The event of the `cloudevents` format, structured.

    Source: CloudEvents 1.0.2, required attributes; its JSON event format.
    """
    told = data_of(notice, late=late)
    return {
        "specversion": "1.0",
        "id": notice.key,
        "source": f"/short-codes/{notice.short_code}",
        "type": f"smsc.{notice.kind.value}",
        "subject": str(notice.msisdn),
        "time": _iso(notice.at),
        "datacontenttype": "application/json",
        "data": told["data"],
    }


def pacific(at: datetime) -> str:
    """How CRM Text writes a time: Pacific, to the second."""
    return at.astimezone(PACIFIC).strftime("%Y-%m-%d %H:%M:%S")


def crmtext_fields(notice: Notice) -> dict[str, str]:
    """The form fields of the `crmtext` format: a text of a subscriber, and where the number stands after it.

    Source: CRM Text SMS API, "data posted to your web service".
    """
    number = str(notice.msisdn)
    local = number[1:] if len(number) == 11 and number.startswith("1") else number
    return {
        "custID": notice.details.get("customer_id", ""),
        "custName": notice.details.get("customer_name", ""),
        "mobileNum": local,
        "message": notice.text,
        "keyword": notice.keyword,
        "optInStatus": notice.details.get("opt_in_status", ""),
        "timeStamp": pacific(notice.at),
        "subacct": notice.keyword,
        "subacct_name": notice.details.get("store_name", ""),
        "msgID": notice.id,
        "mms": '{"count": 0}',
    }


def _multipart(key: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """multipart/form-data (RFC 7578), the same octets on every attempt."""
    boundary = f"smsc{sha256(key.encode()).hexdigest()}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n"
        for name, value in fields.items()
    ]
    return f"multipart/form-data; boundary={boundary}", f"{''.join(parts)}--{boundary}--\r\n"


def _signatures(target: CallbackTarget, key: str, at: datetime, body: str) -> str:
    """The signature, and that of the secret before, separated by a blank (Standard Webhooks 1.0, key rotation)."""
    secrets = [secret for secret in (target.secret, target.previous_secret) if secret]
    return " ".join(_sign(secret, key, at, body) for secret in secrets)


def _sign(secret: str, key: str, at: datetime, body: str) -> str:
    """The `webhook-signature`. A secret of the form whsec_<base64> is decoded, any other is used as it is."""
    hook = Webhook(secret if secret.startswith("whsec_") else secret.encode())
    return hook.sign(key, at, body)


def write_post(notice: Notice, target: CallbackTarget, *, now: datetime, late: bool = False) -> Post:
    """The request that tells `target` of `notice`, sent at `now`.

    `late`: other notices of the number may have passed it (RP1a); told in a header, and in the json object.

    Raises: UnknownFormat.
    Source: Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature).
    """
    match target.format:
        case "messagecloud":
            media_type, body = "application/x-www-form-urlencoded", urlencode(fields_of(notice))
        case "crmtext":
            media_type, body = _multipart(notice.key, crmtext_fields(notice))
        case "json":
            media_type, body = "application/json", json.dumps(data_of(notice, late=late), ensure_ascii=False)
        case "cloudevents":
            media_type = "application/cloudevents+json; charset=utf-8"
            body = json.dumps(event_of(notice, late=late), ensure_ascii=False)
        case "kannel" | "jasmin":
            return write_dlr(notice, target)
        case other:
            raise UnknownFormat(f"no callback format {other!r}")
    headers = {
        "Content-Type": media_type,
        "Accept-Encoding": "identity",
        "User-Agent": "smsc",
        "webhook-id": notice.key,
        "webhook-timestamp": str(int(now.timestamp())),
    }
    if signatures := _signatures(target, notice.key, now, body):
        headers["webhook-signature"] = signatures
    if late:
        headers["Smsc-Out-Of-Order"] = "1"
    return Post(url=target.url, headers=headers, body=body.encode())


def target_of(notice: Notice, usual: CallbackTarget | None) -> CallbackTarget | None:
    """Where a notice goes: what the sender of its MT asked for, else where its merchant usually hears."""
    url = notice.details.get("dlr_url")
    if not url:
        return usual
    style = notice.details.get("dlr", KANNEL)
    return CallbackTarget(
        url=url,
        format=style,
        timeout_s=usual.timeout_s if usual is not None else 10.0,
        expect=ACK_JASMIN if style == JASMIN else ANY,
    )


def write_dlr(notice: Notice, target: CallbackTarget) -> Post:
    """What clients of the drop-in doors are sent: Kannel's filled-in URL, or Jasmin's parameters."""
    url, fields = target.url, {k[1:]: v for k, v in notice.details.items() if k.startswith("=")}
    headers = {"Accept-Encoding": "identity", "User-Agent": "smsc", "webhook-id": notice.key}
    if not fields:
        return Post(url=url, headers=headers, body=b"", method="GET")
    if notice.details.get("dlr_method") == "GET":
        joined = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        return Post(url=joined, headers=headers, body=b"", method="GET")
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return Post(url=url, headers=headers, body=urlencode(fields).encode())


def accepted(target: CallbackTarget, status: int, body: bytes) -> bool:
    """Whether the merchant took it: as `expect` says, else as the format does.

    HTTP 200 and "OK" for messagecloud, any 200 for crmtext, any 2xx for the others.
    """
    if target.expect == ANY:
        return 200 <= status < 300
    if target.expect:
        return 200 <= status < 300 and body.strip() == target.expect.encode()
    if target.format == MESSAGECLOUD:
        return status == 200 and body.strip() == b"OK"
    if target.format == CRMTEXT:
        return status == 200
    return 200 <= status < 300
