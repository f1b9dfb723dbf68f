"""Parameters of a request: query string and form together, with every size bounded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from smsc.http.reading import storable

BODY_OCTETS_MAX = 64 * 1024
FIELDS_MAX = 64
FORMS = frozenset({"", "application/x-www-form-urlencoded", "application/xml"})
"""Media types whose body is read as a form; a client of the CRM Text API calls its form XML."""
CHARSETS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252"}
)


class TooLarge(ValueError):
    """The body has more octets than are read."""


class Unreadable(ValueError):
    """The parameters are not what their encoding says."""


async def read_body(request: Request, *, octets_max: int = BODY_OCTETS_MAX) -> bytes:
    """The body.

    Raises: TooLarge, without having kept more than `octets_max` octets.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > octets_max:
            raise TooLarge(f"more than {octets_max} octets")
    return bytes(body)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    """Each octet a character, whatever it may mean.  Raises: Unreadable."""
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, encoding="latin-1", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise Unreadable(f"not URL-encoded, or more than {FIELDS_MAX} parameters") from error


def _charset(*given: list[tuple[str, str]]) -> str:
    """What `encoding` says, UTF-8 when it says nothing.  Raises: Unreadable: it says nothing known."""
    said = ""
    for pairs in given:
        said = dict(pairs).get("encoding", said).strip().lower()
    if said and said not in CHARSETS:
        raise Unreadable(f"encoding is one of {', '.join(sorted(CHARSETS))}")
    return said or "utf-8"


def _decoded(pairs: list[tuple[str, str]], charset: str) -> list[tuple[str, str]]:
    """Names and values that were read as if they were Latin-1.  Raises: Unreadable."""
    try:
        found = [(_again(name, charset), _again(value, charset)) for name, value in pairs]
    except UnicodeError as error:
        raise Unreadable(f"not {charset}") from error
    if not all(storable(text) for pair in found for text in pair):
        raise Unreadable("a parameter has a NUL")
    return found


def _again(text: str, charset: str) -> str:
    return text.encode("latin-1").decode(charset)


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    """Fields of a multipart form, which is what PHP's curl sends unless told otherwise; no files."""

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        plain = f"{request.headers.get('content-type', '')}; charset=latin-1"
        headers = Headers({"content-type": plain})
        form = await MultiPartParser(headers, once(), max_files=0, max_fields=FIELDS_MAX).parse()
    except MultiPartException as error:
        raise Unreadable(error.message) from error
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def read_parameters(request: Request) -> Mapping[str, str]:
    """Query string and form of a GET or POST; of several with one name the last, the form's first.

    Raises: TooLarge, Unreadable.
    """
    query = request.url.query.encode("latin-1", "replace")
    body = await read_body(request)
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    asked = _pairs(query)
    if media_type == "multipart/form-data":
        posted = await _multipart(request, body)
    else:
        posted = _pairs(body if media_type in FORMS else b"")
    return dict(_decoded(asked + posted, _charset(asked, posted)))
