"""`/cgi-bin/sendsms`: for clients of Kannel's smsbox. `username` and `password` are cc and ekey.

`from` is the short code, or the keyword where a number is active in several campaigns of one code.
Source: Kannel user guide, "Using the HTTP interface to send SMS messages".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http import door
from smsc.http.keys import KeyRing
from smsc.http.parameters import TooLarge, Unreadable
from smsc.http.refusals import Asking, header_of
from smsc.pipeline.calls import Busy, DlrAsk, Door
from smsc.sms.octets import Octets
from smsc.store.errors import StoreUnavailable

ACCEPTED, QUEUED = "0: Accepted for delivery", "3: Queued for later delivery"
DENIED = "Authorization failed for sendsms"
AGAIN = "Temporal failure, try again later."
CHARSETS = frozenset({"utf-8", "utf-16be", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
MASK_MAX = 31
DOOR = Door("kannel", lambda reason, detail: "403")


class Kannel:
    """The endpoint. `call` and `ask` are the doors of the line; `bound` says whether any carrier is reached now."""

    def __init__(
        self, call: door.Call, *, keys: KeyRing, bound: Callable[[], bool], ask: Asking | None = None
    ) -> None:
        self._call, self._keys, self._bound, self._ask = call, keys, bound, ask

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [Route("/cgi-bin/sendsms", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """One message: 202 when it is stored, 4xx with why not, 503 when the same may come again."""
        merchant, given = "", dict[str, bytes]()
        try:
            given = dict(await door.read_octets(request))
            names = (
                "username" if "username" in given else "user",
                "password" if "password" in given else "pass",
            )
            merchant = await door.account(self._keys, given, request, names=names)
            call = door.call_of(
                given,
                merchant=merchant,
                to=_receiver(given),
                sender=door.word(given, "from"),
                body=_body(given),
                dlr=_dlr(given),
            )
            answer = await self._call(replace(call, door=DOOR))
        except door.Denied:
            return _says(403, DENIED)
        except (door.Bad, TooLarge, Unreadable) as error:
            refusal = await door.kept_fault(self._ask, given, error, merchant=merchant, of=DOOR)
            return _says(400, f"{error}, rejected", refusal=refusal)
        except (Busy, StoreUnavailable):
            return _says(503, AGAIN)
        if refused := door.why_not(answer):
            return _says(403, f"{refused}, rejected", refusal=answer.refusal)
        return _says(202, ACCEPTED if self._bound() else QUEUED)


def _receiver(given: Mapping[str, bytes]) -> str:
    to = door.word(given, "to")
    if not to:
        raise door.Bad("Empty receiver number not allowed")
    if len(to.split()) > 1:
        raise door.Bad("one receiver a call")
    return to


def _body(given: Mapping[str, bytes]) -> str | Octets:
    """The text in `charset`: UTF-8 unless told otherwise, UTF-16BE with coding=2. Octets with coding=1, or a `udh`."""
    udh, octets = given.get("udh", b""), given.get("text", b"")
    coding = door.word(given, "coding") or ("1" if udh else "0")
    if coding == "1":
        return door.octets(udh, octets)
    if udh:
        raise door.Bad("udh goes with 8-bit messages (coding=1) only")
    if coding not in ("0", "2"):
        raise door.Bad("coding is 0, 1 or 2")
    charset = door.word(given, "charset").lower() or ("utf-8" if coding == "0" else "utf-16be")
    if charset not in CHARSETS:
        raise door.Bad(f"charset is one of {', '.join(sorted(CHARSETS))}")
    return door.decoded(octets, "utf-16-be" if charset == "utf-16" else charset, "text")


def _dlr(given: Mapping[str, bytes]) -> DlrAsk | None:
    url, mask = door.word(given, "dlr-url"), door.word(given, "dlr-mask") or "0"
    if not mask.isascii() or not mask.isdigit() or int(mask[:9]) > MASK_MAX:
        raise door.Bad(f"dlr-mask is a number up to {MASK_MAX}")
    if not url or mask == "0":
        return None
    return DlrAsk("kannel", door.callback_url(url), method="GET", mask=int(mask))


def _says(status: int, text: str, *, refusal: int | None = None) -> Response:
    headers = (
        {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {}) | header_of(refusal)
    )
    return PlainTextResponse(text, status_code=status, headers=headers)
