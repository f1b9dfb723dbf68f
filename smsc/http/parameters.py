"""Parameters of a request: query string and form together, with every size bounded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

BODY_OCTETS_MAX = 64 * 1024
FIELDS_MAX = 64
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


def _pairs(raw: bytes, charset: str) -> list[tuple[str, str]]:
    """Raises: Unreadable."""
    try:
        text = raw.decode("ascii")
        return parse_qsl(
            text, keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise Unreadable(f"not URL-encoded {charset}, or more than {FIELDS_MAX} parameters") from error


def _charset(*raws: bytes) -> str:
    """What `encoding` says, UTF-8 when it says nothing known."""
    said = "utf-8"
    for raw in raws:
        said = dict(_pairs(raw, "latin-1")).get("encoding", said).strip().lower()
    return said if said in CHARSETS else "utf-8"


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    """Fields of a multipart form, which is what PHP's curl sends unless told otherwise; no files."""

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, once(), max_files=0, max_fields=FIELDS_MAX).parse()
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
    if media_type == "multipart/form-data":
        return dict(_pairs(query, _charset(query)) + await _multipart(request, body))
    form = body if media_type in ("", "application/x-www-form-urlencoded") else b""
    charset = _charset(query, form)
    return dict(_pairs(query, charset) + _pairs(form, charset))
