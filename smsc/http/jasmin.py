"""`/send`: for clients of Jasmin's HTTP API. `username` and `password` are cc and ekey.

`from` is the short code, or the keyword where a number is active in several campaigns of one code. Callbacks must be
answered with ACK/Jasmin.
Source: Jasmin HTTP API, "Sending SMS-MT" and "Receiving DLR".
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsc.http import door
from smsc.http.keys import KeyRing
from smsc.http.parameters import TooLarge, Unreadable
from smsc.pipeline.calls import Busy, DlrAsk
from smsc.sms.octets import Octets
from smsc.store.errors import StoreUnavailable

CHARSETS = {"0": "utf-8", "1": "ascii", "3": "latin-1", "8": "utf-16-be"}
"""What `content` is written in, by `coding`."""
EIGHT_BIT = ("2", "4")
"""`coding` of content that is no text."""


class Jasmin:
    """The endpoint. `call` is the door of the line."""

    def __init__(self, call: door.Call, *, keys: KeyRing) -> None:
        self._call, self._keys = call, keys

    def routes(self) -> list[Route]:
        """What to hang into the application."""
        return [Route("/send", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """One message: 200 with its id when it is stored, else the error; 503 when the same may come again."""
        user = ""
        try:
            given = await door.read_octets(request)
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
            refused = door.why_not(await self._call(call))
        except door.Denied:
            return _error(403, f"Authentication failure for username:{user}")
        except (door.Bad, TooLarge, Unreadable) as error:
            return _error(400, str(error))
        except (Busy, StoreUnavailable):
            return _error(503, "Try again later")
        return _error(403, refused) if refused else _says(200, f'Success "{call.full_id}"')


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


def _error(status: int, why: str) -> Response:
    return _says(status, f'Error "{why}"')


def _says(status: int, text: str) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {})
    return PlainTextResponse(text, status_code=status, headers=headers)
