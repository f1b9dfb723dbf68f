"""Blocks of numbers: operators list, set and lift them; merchants those that the block table leaves to them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from smsc.http.bearer import OPERATOR, Refused, flag_of, only_query, read_object, text_of
from smsc.http.invitations import number_of
from smsc.http.once import Asking, ask_once
from smsc.http.problems import bad_value, problem
from smsc.optin.decision import Reason
from smsc.optin.standing import Block
from smsc.pipeline.batch import Line
from smsc.pipeline.requests import BlockAsk, Reply
from smsc.sms.numbers import Msisdn
from smsc.store import Reader

SCOPES = ("invite", "code", "store")
NOTE_MAX = 2000
PAGE, PAGE_MAX = 50, 200
OPERATORS_PAGE = 1000
CURSOR = re.compile(r"(?:[1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})(?:\|(?:invite|code|store)\|[ -~]{0,170})?")
LOCAL = "operator"
"""Who asks over the admin socket."""


class Blocks:
    """The endpoints. `ask` is the door of the line, `look` reads the store, `line` gives what is in force."""

    def __init__(
        self,
        *,
        ask: Asking,
        look: Callable[[Callable[[Reader], object]], Awaitable[object]],
        line: Callable[[], Line],
    ) -> None:
        self._ask, self._look, self._line = ask, look, line

    async def listed(self, request: Request, who: str) -> Response:
        """GET /blocks, by number, scope and key. A merchant sees those that keep it from its own numbers."""
        only_query(request, "msisdn", "cursor", "after", "limit")
        given = request.query_params
        operator = who in (OPERATOR, LOCAL)
        own = None if operator else [c.id for c in self._line().table.campaigns.values() if c.merchant == who]
        limit = _limit(given.get("limit", ""), default=OPERATORS_PAGE if operator else PAGE)
        after = _after(given.get("cursor") or given.get("after", ""))
        msisdn = number_of(given["msisdn"]) if given.get("msisdn") else None
        if operator and msisdn is not None:  # those of an erased number too
            found = await self._look(lambda r: [(msisdn, b) for b in r.blocks_of(msisdn)])
        else:
            found = await self._look(
                lambda r: r.pages.blocked(own, after=after, limit=limit + 1, msisdn=msisdn)
            )
        assert isinstance(found, list)
        page = found[:limit]
        following = _cursor(*page[-1]) if len(found) > limit else None
        return JSONResponse({"blocks": [_shown(number, block) for number, block in page], "next": following})

    async def change(self, request: Request, who: str) -> Response:
        """POST /blocks: set one, or with `lift` take it away."""
        only_query(request)
        body = await read_object(request)
        scope = text_of(body, "scope")
        if scope not in SCOPES:
            return bad_value("scope", f"is one of {', '.join(SCOPES)}")
        operator = who in (OPERATOR, LOCAL)
        ask = BlockAsk(
            "operator" if operator else "api",
            scope,
            "" if scope == "invite" else text_of(body, "key"),
            lift=flag_of(body, "lift"),
            evidence={"by": who, "note": text_of(body, "note", most=NOTE_MAX)},
            merchant="" if operator else who,
        )
        msisdn = number_of(text_of(body, "msisdn"))
        reply = await ask_once(self._ask, msisdn, ask, request=request, merchant=who, body=body)
        if reply.reason is Reason.BLOCKED:
            return problem(403, title="not yours to set or lift", detail=reply.detail, code="not_your_block")
        if reply.reason is Reason.NO_RULE:
            return problem(404, title="no campaign or store of yours has this key", code="unknown_campaign")
        return answered(reply)


def _limit(text: str, *, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= PAGE_MAX):
        raise Refused(bad_value("limit", f"is 1 to {PAGE_MAX}"))
    return int(text)


def _after(text: str) -> tuple[str, str, str]:
    """A cursor, or a number all of whose blocks were seen. Raises: Refused."""
    if text and not CURSOR.fullmatch(text):
        raise Refused(bad_value("cursor", "is `next` of the page before"))
    msisdn, bar, rest = text.partition("|")
    scope, _, key = rest.partition("|")
    return (msisdn, scope, key) if bar else (msisdn, "~" if msisdn else "", "")


def _cursor(msisdn: Msisdn, block: Block) -> str:
    return f"{msisdn!s}|{block.scope}|{block.key}"


def _shown(msisdn: Msisdn, block: Block) -> dict[str, object]:
    return {
        "msisdn": str(msisdn),
        "scope": block.scope,
        "key": block.key,
        "since": block.since.isoformat(),
        "by": None if block.by is None else str(block.by),
    }


def answered(reply: Reply) -> Response:
    """200 for what was done or was so already, 409 for what may not be."""
    shown = {"reason": reply.reason.value, "id": str(reply.id or ""), "detail": reply.detail}
    if reply.reason in (Reason.DONE, Reason.REPEATED):
        return JSONResponse(shown)
    if reply.reason is Reason.NO_REGISTRATION:
        return problem(
            404, title="the number has nothing of this kind", detail=reply.detail, code=reply.reason.value
        )
    if reply.reason is Reason.STILL_ACTIVE:
        on_the_way = "erase it when nothing is on its way any more"
        title = on_the_way if reply.state == "on_the_way" else "end its opt-ins first"
        return problem(409, title=title, detail=reply.detail, code=reply.reason.value)
    return problem(409, title="refused", detail=reply.detail, code=reply.reason.value)
