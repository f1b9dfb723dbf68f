"""`/send`: for clients of Jasmin's HTTP API. `username` and `password` are cc and ekey.

`from` is the short code, or the keyword where a number is active in several campaigns of one code. Callbacks must be
answered with ACK/Jasmin.
Source: Jasmin HTTP API, "Sending SMS-MT" and "Receiving DLR".
"""

from __future__ import annotations

from collections.abc import Mapping
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

CHARSETS = {"0": "utf-8", "1": "ascii", "3": "latin-1", "8": "utf-16-be"}
"""What `content` is written in, by `coding`."""
EIGHT_BIT = ("2", "4")
"""`coding` of content that is no text."""

DOOR = Door("jasmin", lambda reason, detail: "403")


class Jasmin:
    """The endpoint. `call` and `ask` are the doors of the line."""

    def __init__(self, call: door.Call, *, keys: KeyRing, ask: Asking | None = None) -> None:
        self._call, self._keys, self._ask = call, keys, ask

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [Route("/send", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """One message: 200 with its id when it is stored, else the error; 503 when the same may come again."""
        user, merchant, given = "", "", dict[str, bytes]()
        try:
            given = dict(await door.read_octets(request))
            for name in ("username", "password", "to"):
                if not given.get(name):
                    raise door.Bad(f"Mandatory argument [{name}] is not found.")
            user = given["username"].decode("utf-8", "replace")[:64]
            merchant = await door.account(self._keys, given, request, names=("username", "password"))
            call = door.call_of(
                given,
                merchant=merchant,
                to=door.word(given, "to"),
                sender=door.word(given, "from"),
                body=_content(given),
                dlr=_dlr(given),
            )
            answer = await self._call(replace(call, door=DOOR))
        except door.Denied:
            return _error(403, f"Authentication failure for username:{user}")
        except (door.Bad, TooLarge, Unreadable) as error:
            refusal = await door.kept_fault(self._ask, given, error, merchant=merchant, of=DOOR)
            return _error(400, str(error), refusal=refusal)
        except (Busy, StoreUnavailable):
            return _error(503, "Try again later")
        if refused := door.why_not(answer):
            return _error(403, refused, refusal=answer.refusal)
        return _says(200, f'Success "{call.full_id}"')


def _content(given: Mapping[str, bytes]) -> str | Octets:
    coding = door.word(given, "coding") or "0"
    if coding not in CHARSETS and coding not in EIGHT_BIT:
        raise door.Bad(f"Argument [coding] is one of {', '.join(sorted((*CHARSETS, *EIGHT_BIT)))}.")
    if "hex-content" in given:
        try:
            octets = bytes.fromhex(door.word(given, "hex-content"))
        except ValueError as error:
            raise door.Bad("Argument [hex-content] is not hexadecimal.") from error
    elif "content" in given:
        octets = given["content"]
    else:
        raise door.Bad("content or hex-content not present.")
    if coding in EIGHT_BIT:
        return door.octets(b"", octets)
    return door.decoded(octets, CHARSETS[coding], "content")


def _dlr(given: Mapping[str, bytes]) -> DlrAsk | None:
    if door.word(given, "dlr").lower() != "yes":
        return None
    level, method = door.word(given, "dlr-level") or "1", (door.word(given, "dlr-method") or "POST").upper()
    if level not in ("1", "2", "3"):
        raise door.Bad("Argument [dlr-level] is 1, 2 or 3.")
    if method not in ("GET", "POST"):
        raise door.Bad("Argument [dlr-method] is GET or POST.")
    return DlrAsk("jasmin", door.callback_url(door.word(given, "dlr-url")), method=method, level=int(level))


def _error(status: int, why: str, *, refusal: int | None = None) -> Response:
    return _says(status, f'Error "{why}"', refusal=refusal)


def _says(status: int, text: str, *, refusal: int | None = None) -> Response:
    headers = (
        {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {}) | header_of(refusal)
    )
    return PlainTextResponse(text, status_code=status, headers=headers)
