"""One attempt to tell a merchant: write the request, post it, judge the answer."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from smsc.messages import CallbackTarget
from smsc.pipeline.clock import Clock
from smsc.pipeline.formats import Post, accepted, target_of, write_post
from smsc.pipeline.retries import retry_after
from smsc.store.callbacks import HOLDS
from smsc.store.rows import CallbackRow

log = logging.getLogger(__name__)

SAID_CHARS_MAX = 40
DIGITS = re.compile(r"[0-9]{5,}")
GONE = 410
"""The merchant says that this endpoint is no more (Standard Webhooks 1.0; RFC 9110 §15.5.11)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt ended."""

    taken: bool
    status: int = 0
    error: str = ""
    said: str = ""
    """How the merchant's answer begins. It may quote what it was sent: for the merchant's eyes, never for the log."""
    retry_after_s: float = 0.0
    url: str = ""
    took_ms: int = 0
    gone: bool = False
    """The merchant's endpoint is no more."""
    fault: str = ""
    """An error of ours, by its name: nobody foresaw it. A person should look."""
    unwritten: bool = False
    """The request could not even be written: trying again gives the same."""


class Poster:
    """Posts callbacks; whatever goes wrong is in how the attempt ended."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        target: Callable[[str], CallbackTarget | None],
        answer_octets_max: int,
        retry_after_s_max: float,
    ) -> None:
        self._client, self._clock, self._target = client, clock, target
        self._answer_octets_max, self._retry_after_s_max = answer_octets_max, retry_after_s_max

    async def post(self, row: CallbackRow) -> Ended:
        """One attempt. Never raises but when cancelled: an error of ours is that callback's alone."""
        began = time.monotonic()
        ended = await self._attempt(row)
        return replace(ended, took_ms=int((time.monotonic() - began) * 1000))

    async def _attempt(self, row: CallbackRow) -> Ended:
        now = self._clock.now()
        try:
            target = target_of(row.notice, self._target(row.notice.merchant))
            if target is None:
                return Ended(taken=False, error="the merchant has no callback URL")
            post = write_post(row.notice, target, now=now, late=now - row.created_at > HOLDS)
        except Exception as error:
            log.exception("callback not written", extra=_ids(row))
            return Ended(taken=False, error=_words(error), fault=type(error).__name__, unwritten=True)
        try:
            return await self._exchange(post, target, now)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return Ended(taken=False, error=_words(error), url=target.url)
        except Exception as error:
            log.exception("callback not posted", extra=_ids(row))
            return Ended(taken=False, error=_words(error), url=target.url, fault=type(error).__name__)

    async def _exchange(self, post: Post, target: CallbackTarget, now: datetime) -> Ended:
        """Post it and judge the answer.  Raises: httpx.HTTPError, httpx.InvalidURL, TimeoutError."""
        body = bytearray()
        async with (
            asyncio.timeout(target.timeout_s),  # the whole exchange; httpx times its steps only
            self._client.stream(
                post.method,
                post.url,
                headers=dict(post.headers),
                content=post.body or None,
                follow_redirects=False,
                timeout=target.timeout_s,
            ) as answer,
        ):
            async for chunk in answer.aiter_raw():
                body += chunk[: self._answer_octets_max - len(body)]
                if len(body) >= self._answer_octets_max:
                    break
        if accepted(target, answer.status_code, bytes(body)):
            return Ended(taken=True, status=answer.status_code, url=target.url)
        wrong_body = ", not the body that counts as taken" if 200 <= answer.status_code < 300 else ""
        wish = retry_after(answer.headers.get("Retry-After", ""), now=now, most_s=self._retry_after_s_max)
        return Ended(
            taken=False,
            status=answer.status_code,
            error=f"HTTP {answer.status_code}{wrong_body}",
            said=DIGITS.sub("****", bytes(body).decode("utf-8", "replace").strip())[:SAID_CHARS_MAX],
            retry_after_s=wish,
            url=target.url,
            gone=answer.status_code == GONE,
        )


def _ids(row: CallbackRow) -> dict[str, object]:
    return {"event": "callback_error", "callback": row.id, "merchant": row.notice.merchant}


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
