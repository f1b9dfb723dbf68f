"""Errors of the native API as RFC 9457 problems."""

from __future__ import annotations

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


def problem(status: int, *, title: str, detail: str = "", code: str = "") -> JSONResponse:
    """One problem as an answer. `code` is the short word that programs look at.

    Source: RFC 9457 §3.1, with `code` as an extension member (§3.2).
    """
    members: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        members["detail"] = detail
    if code:
        members["code"] = code
    return JSONResponse(members, status_code=status, media_type=MEDIA_TYPE)
