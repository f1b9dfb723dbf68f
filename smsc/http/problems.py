"""Errors of the native API as RFC 9457 problems."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int,
    *,
    title: str,
    detail: str = "",
    code: str = "",
    refusal: int | None = None,
    errors: Sequence[tuple[str, str]] = (),
) -> JSONResponse:
    """One problem as an answer. `code` is the short word that programs look at, `refusal` what `explain` takes.

    `errors` are fields and what is wrong with each.
    Source: RFC 9457 §3.1, with `code`, `id` and `errors` as extension members (§3.2).
    """
    members: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    members |= occurrence(refusal)
    if detail:
        members["detail"] = detail
    if code:
        members["code"] = code
    if errors:
        members["errors"] = [{"field": name, "detail": why} for name, why in errors]
    return JSONResponse(members, status_code=status, media_type=MEDIA_TYPE)


def bad_value(field: str, why: str) -> JSONResponse:
    """422 for one field of a request."""
    return problem(422, title=f"{field}: {why}", code="bad_value", errors=[(field, why)])


def occurrence(refusal: int | None) -> dict[str, object]:
    """The members that name a kept refusal; none without one."""
    return {} if refusal is None else {"instance": f"/v1/explain/{refusal}", "id": str(refusal)}
