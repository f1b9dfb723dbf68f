"""API keys of merchants: shown once, kept as digests.

A key is 32 random octets, so there is nothing to guess and no dictionary to try: one SHA-256 is as good as a slow
password hash here, and each call has to check one. (Slow hashes are for secrets that people choose.)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from smsc.store.instants import instant, instant_or_none, micros
from smsc.store.statements import Db, Statement
from smsc.store.tables import api_key

SECRET_OCTETS = 32

PUT = Statement(
    lambda d: (
        insert(api_key)
        .values({c.name: bindparam(f"new_{c.name}") for c in api_key.c if c.name not in ("id", "revoked_at")})
        .returning(api_key.c.id)
    )
)
OF_CC = Statement(
    lambda d: (
        select(api_key)
        .where(api_key.c.cc == bindparam("of_cc"), api_key.c.revoked_at.is_(None))
        .order_by(api_key.c.id)
    )
)
OF_BEARER = Statement(
    lambda d: select(api_key).where(
        api_key.c.bearer_hash == bindparam("digest"), api_key.c.revoked_at.is_(None)
    )
)
ALL = Statement(lambda d: select(api_key).order_by(api_key.c.merchant, api_key.c.id))
REVOKE = Statement(
    lambda d: (
        update(api_key)
        .where(api_key.c.merchant == bindparam("of_merchant"), api_key.c.revoked_at.is_(None))
        .values(revoked_at=bindparam("at"))
    )
)
REVOKE_ONE = Statement(
    lambda d: (
        update(api_key)
        .where(
            api_key.c.merchant == bindparam("of_merchant"),
            api_key.c.id == bindparam("number"),
            api_key.c.revoked_at.is_(None),
        )
        .values(revoked_at=bindparam("at"))
    )
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: enough to check it, not to make it."""

    id: int
    merchant: str
    cc: str
    ekey_hash: str
    bearer_hash: str
    created_at: datetime
    revoked_at: datetime | None

    def opens(self, ekey: str) -> bool:
        """Whether this is the key's secret; takes the same time for every wrong one."""
        return self.revoked_at is None and hmac.compare_digest(self.ekey_hash, digest(ekey))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment when its secrets are known."""

    id: int
    cc: str
    ekey: str
    bearer: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.id}, cc={self.cc!r})"


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create(db: Db, merchant: str, now: datetime) -> NewKey:
    """A further key of a merchant; earlier ones stay valid until they are revoked (rotation). `cc` is its id."""
    ekey = secrets.token_urlsafe(SECRET_OCTETS)
    bearer = secrets.token_urlsafe(SECRET_OCTETS)
    number = db.value(
        PUT,
        new_merchant=merchant,
        new_cc=merchant,
        new_ekey_hash=digest(ekey),
        new_bearer_hash=digest(bearer),
        new_created_at=micros(now),
    )
    return NewKey(int(number), merchant, ekey, bearer)


def revoke(db: Db, merchant: str, now: datetime, *, key: int | None = None) -> int:
    """End one key of a merchant, or all. Returns how many were valid until now."""
    if key is None:
        return db.run(REVOKE, of_merchant=merchant, at=micros(now))
    return db.run(REVOKE_ONE, of_merchant=merchant, number=key, at=micros(now))


def of_cc(db: Db, cc: str) -> list[ApiKey]:
    """The valid keys of a company code."""
    return [read(row) for row in db.rows(OF_CC, of_cc=cc)]


def of_bearer(db: Db, bearer: str) -> ApiKey | None:
    """The valid key of a bearer token."""
    rows = db.rows(OF_BEARER, digest=digest(bearer))
    return read(rows[0]) if rows else None


def everyone(db: Db) -> list[ApiKey]:
    """Every key, revoked ones too."""
    return [read(row) for row in db.rows(ALL)]


def read(row: Any) -> ApiKey:
    """The key of a tuple in the order of the table."""
    return ApiKey(row[0], row[1], row[2], row[3], row[4], instant(row[5]), instant_or_none(row[6]))
