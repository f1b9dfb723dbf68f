"""The bodies of requests in hand, bounded together: a store that stalls lets calls wait, and theirs with them."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from smsc.http.problems import problem
from smsc.pipeline.budget import Budget

BODIES_OCTETS_MAX = 16 * 1024 * 1024
"""Octets of bodies in hand, as their requests announce them."""
BODY_READ_MAX = 1024 * 1024
"""What a body without a length counts, and one that announces more than is read of it."""


class Bodies:
    """Asks to come again (503, D4) before a body is read that would be one too many."""

    def __init__(self, app: ASGIApp, *, octets_max: int = BODIES_OCTETS_MAX) -> None:
        self._app = app
        self._budget = Budget(octets_max)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, for which its body counts until it is answered."""
        octets = _announced(Headers(scope=scope)) if scope["type"] == "http" else 0
        if not self._budget.take(octets):
            busy = problem(503, title="too many bodies wait", code="busy")
            busy.headers["Retry-After"] = "1"
            await busy(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._budget.give_back(octets)


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        return min(int(length[:19]), BODY_READ_MAX)
    return BODY_READ_MAX if "transfer-encoding" in headers else 0
