"""Idempotency-Key for calls that send no message: the same key changes things once (D2)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Mapping
from typing import Protocol

from starlette.requests import Request

from smsc.http.bearer import Refused
from smsc.http.problems import problem
from smsc.optin.decision import Reason
from smsc.pipeline.calls import OTHER_BODY
from smsc.pipeline.requests import Ask, Once, Reply
from smsc.sms.numbers import Msisdn

KEY = re.compile(r"[!-~]{1,128}")


class Asking(Protocol):
    """The door of the line for what sends no message of a merchant's."""

    def __call__(self, msisdn: Msisdn, ask: Ask, once: Once | None = None) -> Awaitable[Reply]:
        """Returns once it is committed. Raises: Busy, StoreUnavailable."""


def once_of(request: Request, merchant: str, body: Mapping[str, object]) -> Once | None:
    """The request's Idempotency-Key with what it stands for; None without one. Raises: Refused."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        title = "Idempotency-Key: 1 to 128 visible ASCII characters"
        raise Refused(problem(422, title=title, code="bad_value"))
    said = json.dumps([request.method, request.url.path, body], sort_keys=True)
    return Once(merchant, key, hashlib.sha256(said.encode()).digest())


async def ask_once(
    asking: Asking, msisdn: Msisdn, ask: Ask, *, request: Request, merchant: str, body: Mapping[str, object]
) -> Reply:
    """The line's reply, the first one again for a key that came before. Raises: Refused: the key had another body."""
    reply = await asking(msisdn, ask, once_of(request, merchant, body))
    if reply.reason is Reason.ALREADY_DONE and reply.detail == OTHER_BODY:
        title = "this Idempotency-Key was used before with another call"
        raise Refused(problem(409, title=title, code="idempotency_key_reused"))
    request.state.replayed = reply.replayed
    return reply
