"""API keys of merchants: shown once, kept as digests.

A key is 32 random octets, so there is nothing to guess and no dictionary to try: one SHA-256 is as good as a slow
password hash here, and each call has to check one. Passwords that people choose are kept as scrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.statements import Db, Statement
from smsc.store.tables import api_key

SECRET_OCTETS = 32
SCOPES = ("send", "read", "admin")
"""What a key may be good for: send and end opt-ins, read, make and end keys."""

SLOW = "scrypt$"
"""What the digest of a password begins with; its salt and its hash follow."""
SCRYPT_N, SCRYPT_R, SALT_OCTETS = 2**14, 8, 16
"""RFC 7914 §2: 16 MiB and some 50 ms for one try."""

VALID = api_key.c.revoked_at.is_(None) & or_(
    api_key.c.expires_at.is_(None), api_key.c.expires_at > bindparam("moment")
)

PUT = Statement(
    lambda d: (
        insert(api_key)
        .values({c.name: bindparam(f"new_{c.name}") for c in api_key.c if c.name not in ("id", "revoked_at")})
        .returning(api_key.c.id)
    )
)
OF_CC = Statement(
    lambda d: select(api_key).where(api_key.c.cc == bindparam("of_cc"), VALID).order_by(api_key.c.id)
)
TAKEN = Statement(lambda d: select(api_key.c.id).where(api_key.c.cc == bindparam("of_cc")).limit(1))
OF_BEARER = Statement(lambda d: select(api_key).where(api_key.c.bearer_hash == bindparam("digest"), VALID))
ALL = Statement(lambda d: select(api_key).order_by(api_key.c.merchant, api_key.c.id))
OF_MERCHANT = Statement(
    lambda d: select(api_key).where(api_key.c.merchant == bindparam("of_merchant")).order_by(api_key.c.id)
)
EXPIRE = Statement(
    lambda d: (
        update(api_key)
        .where(
            api_key.c.id == bindparam("number"),
            or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > bindparam("ends")),
        )
        .values(expires_at=bindparam("ends"))
    )
)
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
    scopes: frozenset[str] = frozenset(SCOPES)
    name: str = ""
    expires_at: datetime | None = None
    """When it ends by itself: a key that was rotated has an overlap with its successor."""

    def opens(self, ekey: str) -> bool:
        """Whether this is the key's secret; takes the same time for every wrong one."""
        wanted = slow_digest(ekey, salt=self.ekey_hash) if self.slow else digest(ekey)
        return self.revoked_at is None and hmac.compare_digest(self.ekey_hash, wanted)

    @property
    def slow(self) -> bool:
        """Whether `opens` takes its time: the secret is a password."""
        return self.ekey_hash.startswith(SLOW)

    def valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor at its end."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


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


def slow_digest(password: str, *, salt: str = "") -> str:
    """What is kept of a password. `salt`: a digest whose salt is used again; "" for a new one."""
    octets = bytes.fromhex(salt.split("$")[1]) if salt else secrets.token_bytes(SALT_OCTETS)
    given = password.encode("utf-8", "surrogatepass")
    found = hashlib.scrypt(given, salt=octets, n=SCRYPT_N, r=SCRYPT_R, p=1, dklen=32)
    return f"{SLOW}{octets.hex()}${found.hex()}"


def create(
    db: Db,
    merchant: str,
    now: datetime,
    *,
    scopes: Collection[str] = SCOPES,
    name: str = "",
    expires_at: datetime | None = None,
) -> NewKey:
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
        new_scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        new_name=storable(name),
        new_expires_at=micros_or_none(expires_at),
    )
    return NewKey(int(number), merchant, ekey, bearer)


def create_login(db: Db, merchant: str, now: datetime, *, user: str, password: str, name: str = "") -> bool:
    """A key whose `cc` is `user` and whose secret is `password`, without a bearer token; False: the name is taken.

    `password` is a digest of `slow_digest`: made outside of the transaction, for it takes its time.
    """
    if db.rows(TAKEN, of_cc=user):
        return False
    db.value(
        PUT,
        new_merchant=merchant,
        new_cc=user,
        new_ekey_hash=password,
        new_bearer_hash=digest(secrets.token_urlsafe(SECRET_OCTETS)),
        new_created_at=micros(now),
        new_scopes=" ".join(SCOPES),
        new_name=storable(name),
        new_expires_at=None,
    )
    return True


def rotate(db: Db, merchant: str, now: datetime, *, key: int, ends: datetime) -> NewKey | None:
    """A successor of a valid key, which itself ends at `ends`; None when the merchant has no such valid key."""
    old = next((k for k in of_merchant(db, merchant) if k.id == key and k.valid(now)), None)
    if old is None:
        return None
    db.run(EXPIRE, number=key, ends=micros(ends))
    return create(db, merchant, now, scopes=old.scopes, name=old.name)


def revoke(db: Db, merchant: str, now: datetime, *, key: int | None = None) -> int:
    """End one key of a merchant, or all. Returns how many were valid until now."""
    if key is None:
        return db.run(REVOKE, of_merchant=merchant, at=micros(now))
    return db.run(REVOKE_ONE, of_merchant=merchant, number=key, at=micros(now))


def of_cc(db: Db, cc: str, now: datetime) -> list[ApiKey]:
    """The valid keys of a company code."""
    return [read(row) for row in db.rows(OF_CC, of_cc=cc, moment=micros(now))]


def of_bearer(db: Db, bearer: str, now: datetime) -> ApiKey | None:
    """The valid key of a bearer token."""
    rows = db.rows(OF_BEARER, digest=digest(bearer), moment=micros(now))
    return read(rows[0]) if rows else None


def of_merchant(db: Db, merchant: str) -> list[ApiKey]:
    """Every key of a merchant, those that ended too."""
    return [read(row) for row in db.rows(OF_MERCHANT, of_merchant=merchant)]


def everyone(db: Db) -> list[ApiKey]:
    """Every key, revoked ones too."""
    return [read(row) for row in db.rows(ALL)]


def read(row: Any) -> ApiKey:
    """The key of a tuple in the order of the table."""
    return ApiKey(
        id=row[0],
        merchant=row[1],
        cc=row[2],
        ekey_hash=row[3],
        bearer_hash=row[4],
        created_at=instant(row[5]),
        revoked_at=instant_or_none(row[6]),
        scopes=frozenset(row[7].split()),
        name=row[8],
        expires_at=instant_or_none(row[9]),
    )
