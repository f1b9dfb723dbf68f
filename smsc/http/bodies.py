"""The bodies of requests in hand: bounded together, each with a deadline, and no error when the client goes away.

A store that stalls lets calls wait, and their bodies with them.
"""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smsc.http.problems import problem
from smsc.pipeline.budget import Budget

log = logging.getLogger(__name__)

BODIES_OCTETS_MAX = 16 * 1024 * 1024
"""Octets of bodies in hand that came; what a client announces counts nothing."""
BODY_S = 30.0
"""From the end of the head to the end of the body."""
BUSY = 503
TOO_SLOW = 408


class Bodies:
    """Counts the octets of bodies as they come. One too many is asked to come again (503, D4), a slow one is 408."""

    def __init__(self, app: ASGIApp, *, octets_max: int = BODIES_OCTETS_MAX, body_s: float = BODY_S) -> None:
        self._app = app
        self._budget = Budget(octets_max)
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, for which its body counts until it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def sent(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        body = _Body(receive, self._budget, self._body_s)
        try:
            await self._app(scope, body.receive, sent)
        except ClientDisconnect:
            log.debug("client gone", extra={"event": "client_gone"})
        finally:
            self._budget.give_back(body.octets)
        if body.refused and not began:
            await _refusal(body.refused)(scope, receive, send)


class _Body:
    """One body on its way. When it is refused the application is told that its client has gone."""

    def __init__(self, receive: Receive, budget: Budget, body_s: float) -> None:
        self._receive, self._budget = receive, budget
        self._deadline = asyncio.get_running_loop().time() + body_s
        self._whole = False
        self.octets = 0
        self.refused = 0

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        if self.refused:
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.refused = TOO_SLOW
            return {"type": "http.disconnect"}
        octets = len(message.get("body", b""))
        if not self._budget.take(octets):
            self.refused = BUSY
            return {"type": "http.disconnect"}
        self.octets += octets
        self._whole = not message.get("more_body", False)
        return message


def _refusal(status: int) -> ASGIApp:
    if status == TOO_SLOW:
        answer = problem(TOO_SLOW, title="the body came too slowly", code="too_slow")
        answer.headers["Connection"] = "close"
    else:
        answer = problem(BUSY, title="too many bodies wait", code="busy")
        answer.headers["Retry-After"] = "1"
    return answer
