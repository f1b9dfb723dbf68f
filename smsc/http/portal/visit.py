"""A visit to the portal: its cookie, and the proof that a form was ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "smsc_portal"
TOKEN_OCTETS = 32
TOKEN_MAX = 128
VISIT_S = 1800


def new_token() -> str:
    """A session's token; only its digest is stored."""
    return secrets.token_urlsafe(TOKEN_OCTETS)


def new_code() -> str:
    """A one-time code: six digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def token_of(request: Request) -> str:
    """The token of the request's cookie, "" without one."""
    token = request.cookies.get(COOKIE, "")
    return token if len(token) <= TOKEN_MAX else ""


def form_proof(token: str) -> str:
    """What a form of this visit carries: another site cannot know it, for it cannot read the cookie."""
    return hmac.digest(token.encode(), b"smsc portal form", hashlib.sha256).hex()


def is_ours(request: Request, token: str, proof: str) -> bool:
    """Whether a form was sent from our own page: by its proof, and by what the browser says of its origin."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        return False
    return hmac.compare_digest(form_proof(token).encode(), proof.encode("utf-8", "replace"))


def enter(response: Response, request: Request, token: str) -> None:
    """Give the visitor the cookie: for this site only, out of reach of scripts, over TLS where there is TLS."""
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"
    response.set_cookie(
        COOKIE, token, max_age=VISIT_S, path="/portal", httponly=True, samesite="strict", secure=secure
    )


def leave(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path="/portal", httponly=True, samesite="strict")
