"""What a merchant's developer sees of callbacks: each as it came, its format named, its signature checked."""

from __future__ import annotations

import json
from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from smsc.sim.merchant import Callback

FORMATS = {
    "application/x-www-form-urlencoded": "messagecloud",
    "multipart/form-data": "crmtext",
    "application/json": "json",
    "application/cloudevents+json": "cloudevents",
}
"""Formats by their media type."""


def format_of(callback: Callback) -> str:
    """The callback format this request is of; "query" for a GET, "?" for none that is known."""
    media_type = callback.headers.get("content-type", "").partition(";")[0].strip().lower()
    return "query" if callback.method == "GET" else FORMATS.get(media_type, "?")


def signature_of(callback: Callback, secret: str) -> str:
    """What is to be said of its signature: "not signed", "not checked", "good" or "WRONG".

    `secret`: the merchant's, empty when it is not known here.
    Source: Standard Webhooks 1.0, verifying webhooks (a timestamp more than five minutes off is wrong too).
    """
    if "webhook-signature" not in callback.headers:
        return "not signed"
    if not secret:
        return "signed, not checked: no --secret"
    hook = Webhook(secret if secret.startswith("whsec_") else secret.encode())
    try:
        hook.verify(callback.body, dict(callback.headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:  # ValueError: no base64, no text
        return f"signature WRONG: {error}"
    return "signature good"


def told(callback: Callback, *, secret: str) -> str:
    """One callback in lines: time, request, format, id, signature, answer; then what it carries."""
    facts = [format_of(callback)]
    if key := callback.headers.get("webhook-id", ""):
        facts.append(f"webhook-id {key}")
    facts += [signature_of(callback, secret), f"answered {callback.answer.status} {callback.answer.body}"]
    head = f"{callback.at.astimezone():%H:%M:%S} {callback.method} {callback.path}  {', '.join(facts)}"
    return "\n".join([head, *(f"    {line}" for line in _carried(callback))])


def _carried(callback: Callback) -> list[str]:
    if "json" in callback.headers.get("content-type", ""):
        try:
            return json.dumps(json.loads(callback.body), indent=2, ensure_ascii=False).splitlines()
        except ValueError:
            return [callback.body.decode(errors="replace")]
    return _lines(callback.fields)


def _lines(fields: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in fields.items() if value]
