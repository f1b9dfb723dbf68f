"""The lists of the native API: one merchant's rows, newest first, a page at a time by the id of the last one seen."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, bindparam, exists, or_, select, text

from smsc.optin.standing import Block, Subscription
from smsc.sms.numbers import Msisdn
from smsc.store import callbacks, mts, standings
from smsc.store.instants import instant, storable
from smsc.store.rows import CallbackRow, MtRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import block, callback, mt, subscriber, subscription

ID_MAX = 2**63 - 1
"""Where the newest page begins."""

ORDERED = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.merchant == bindparam("of_merchant"),
            text("call_id IS NOT NULL"),
            mt.c.id < bindparam("before"),
            (mt.c.msisdn == bindparam("number")) | (bindparam("any_number") == text("1")),
            (mt.c.campaign == bindparam("of_campaign")) | (bindparam("any_campaign") == text("1")),
            (mt.c.value_minor > text("0")) | (bindparam("free_too") == text("1")),
        )
        .order_by(mt.c.id.desc())
        .limit(bindparam("most"))
    )
)
TOLD = Statement(
    lambda d: (
        select(callback)
        .where(
            callback.c.merchant == bindparam("of_merchant"),
            callback.c.id < bindparam("before"),
            (callback.c.state == bindparam("of_state")) | (bindparam("any_state") == text("1")),
            (callback.c.kind == bindparam("of_kind")) | (bindparam("any_kind") == text("1")),
        )
        .order_by(callback.c.id.desc())
        .limit(bindparam("most"))
    )
)
SUBSCRIBED = Statement(
    lambda d: (
        select(subscription)
        .join(
            subscriber,
            (subscriber.c.msisdn == subscription.c.msisdn)
            & (subscriber.c.generation == subscription.c.generation),
        )
        .where(
            subscription.c.campaign == bindparam("of_campaign"),
            subscription.c.msisdn > bindparam("after"),
            (subscription.c.msisdn == bindparam("number")) | (bindparam("any_number") == text("1")),
            (subscription.c.state == bindparam("of_state")) | (bindparam("any_state") == text("1")),
        )
        .order_by(subscription.c.msisdn)
        .limit(bindparam("most"))
    )
)
BLOCKED = Statement(
    lambda d: (
        select(block)
        .where(
            or_(
                block.c.msisdn > bindparam("number_seen"),
                and_(
                    block.c.msisdn == bindparam("number_seen"),
                    or_(
                        block.c.scope > bindparam("scope_seen"),
                        and_(
                            block.c.scope == bindparam("scope_seen"),
                            block.c.scope_key > bindparam("key_seen"),
                        ),
                    ),
                ),
            ),
            (block.c.msisdn == bindparam("number")) | (bindparam("any_number") == text("1")),
            or_(
                bindparam("any_owner") == text("1"),
                and_(
                    or_(
                        and_(block.c.scope == text("'code'"), d.among(block.c.scope_key, "codes")),
                        and_(block.c.scope == text("'store'"), d.among(block.c.scope_key, "campaigns")),
                    ),
                    exists(text("1"))
                    .select_from(subscription)
                    .where(
                        subscription.c.msisdn == block.c.msisdn,
                        d.among(subscription.c.campaign, "campaigns"),
                    ),
                ),
            ),
        )
        .order_by(block.c.msisdn, block.c.scope, block.c.scope_key)
        .limit(bindparam("most"))
    )
)


class Pages:
    """Made by a `Reader`, on its view of the store."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def ordered(
        self,
        merchant: str,
        *,
        before: int = ID_MAX,
        limit: int,
        msisdn: Msisdn | None = None,
        campaign: str = "",
        billed: bool = False,
    ) -> list[MtRow]:
        """The MTs that the merchant's calls ordered, newest first."""
        rows = self._db.rows(
            ORDERED,
            of_merchant=merchant,
            before=before,
            number=str(msisdn or ""),
            any_number=int(msisdn is None),
            of_campaign=storable(campaign),
            any_campaign=int(not campaign),
            free_too=int(not billed),
            most=limit,
        )
        return [mts.read(row) for row in rows]

    def told(
        self, merchant: str, *, before: int = ID_MAX, limit: int, state: str = "", kind: str = ""
    ) -> list[CallbackRow]:
        """The merchant's callbacks, newest first."""
        rows = self._db.rows(
            TOLD,
            of_merchant=merchant,
            before=before,
            of_state=state,
            any_state=int(not state),
            of_kind=kind,
            any_kind=int(not kind),
            most=limit,
        )
        return [callbacks.read(row) for row in rows]

    def blocked(
        self,
        campaigns: Collection[str] | None,
        *,
        after: tuple[str, str, str] = ("", "", ""),
        limit: int,
        msisdn: Msisdn | None = None,
    ) -> list[tuple[Msisdn, Block]]:
        """Blocks by number, scope and key: of these campaigns' subscribers on their codes and stores; None: all.

        after: (number, scope, key) of the last one seen.
        """
        own = sorted(campaigns or ())
        rows = self._db.rows(
            BLOCKED,
            number_seen=storable(after[0]),
            scope_seen=storable(after[1]),
            key_seen=storable(after[2]),
            number=str(msisdn or ""),
            any_number=int(msisdn is None),
            any_owner=int(campaigns is None),
            codes=sorted({name.partition("/")[0] for name in own}),
            campaigns=own,
            most=limit,
        )
        return [(Msisdn(row[0]), Block(row[1], row[2], instant(row[3]), row[4])) for row in rows]

    def subscribed(
        self,
        campaigns: Collection[str],
        *,
        after: tuple[str, str] = ("", ""),
        limit: int,
        msisdn: Msisdn | None = None,
        state: str = "",
    ) -> list[tuple[Msisdn, Subscription]]:
        """Subscriptions to these campaigns of the numbers' present owners, by campaign and number.

        after: (campaign, number) of the last one seen.
        """
        found: list[tuple[Msisdn, Subscription]] = []
        for campaign in sorted(campaigns):
            if campaign < after[0] or len(found) >= limit:
                continue
            rows = self._db.rows(
                SUBSCRIBED,
                of_campaign=campaign,
                after=storable(after[1]) if campaign == after[0] else "",
                number=str(msisdn or ""),
                any_number=int(msisdn is None),
                of_state=state,
                any_state=int(not state),
                most=limit - len(found),
            )
            found += [(Msisdn(row[0]), standings.read_subscription(row)) for row in rows]
        return found
