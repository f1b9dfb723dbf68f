"""Nodes and SMPP sessions: who was there, and until when (D1a, D3)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from smsc.store.instants import micros
from smsc.store.statements import Db, Statement
from smsc.store.tables import node, session

OPEN = Statement(
    lambda d: (
        insert(node)
        .values(started_at=bindparam("at"), heartbeat_at=bindparam("at_too"), stopped_at=None)
        .returning(node.c.id)
    )
)
BEAT = Statement(
    lambda d: (
        update(node)
        .where(node.c.id == bindparam("number"))
        .values(heartbeat_at=bindparam("at"), stopped_at=None)
    )
)
CLOSE = Statement(
    lambda d: (
        update(node)
        .where(node.c.id == bindparam("number"))
        .values(heartbeat_at=bindparam("at"), stopped_at=bindparam("at_too"))
    )
)
RUNNING = Statement(
    lambda d: select(node.c.id, node.c.heartbeat_at).where(node.c.stopped_at.is_(None)).order_by(node.c.id)
)
BURY = Statement(
    lambda d: (
        update(node)
        .where(d.among(node.c.id, "nodes"), node.c.stopped_at.is_(None))
        .values(stopped_at=node.c.heartbeat_at)
    )
)
OPEN_SESSION = Statement(
    lambda d: d.insert_or_ignore(session), columns=["id", "node", "bind", "carrier", "opened_at"]
)
CLOSE_SESSION = Statement(
    lambda d: (
        update(session)
        .where(session.c.id == bindparam("number"), session.c.closed_at.is_(None))
        .values(closed_at=bindparam("at"), orderly=bindparam("in_order"))
    )
)
CLOSE_SESSIONS_OF = Statement(
    lambda d: (
        update(session)
        .where(session.c.closed_at.is_(None), d.among(session.c.node, "nodes"))
        .values(closed_at=select(node.c.heartbeat_at).where(node.c.id == session.c.node).scalar_subquery())
    )
)


def open_node(db: Db, now: datetime) -> int:
    """A new node; returns its number."""
    at = micros(now)
    return int(db.value(OPEN, at=at, at_too=at))


def heartbeat(db: Db, number: int, now: datetime) -> None:
    """The node is alive, also if another one took its silence for its end: should it die, it is noticed again."""
    db.run(BEAT, number=number, at=micros(now))


def close_node(db: Db, number: int, now: datetime) -> None:
    """The node ends in order (D5)."""
    at = micros(now)
    db.run(CLOSE, number=number, at=at, at_too=at)


def dead(db: Db, *, me: int, silent_since: datetime | None) -> list[int]:
    """Nodes that never ended in order: all but `me`, or those without a heartbeat since `silent_since`."""
    last = None if silent_since is None else micros(silent_since)
    return [n for n, beat in db.rows(RUNNING) if n != me and (last is None or beat < last)]


def bury(db: Db, nodes: Collection[int]) -> None:
    """End nodes that died, and their sessions, at their last heartbeat."""
    of = sorted(nodes)
    db.run(CLOSE_SESSIONS_OF, nodes=of)
    db.run(BURY, nodes=of)


def open_session(db: Db, name: str, *, node: int, bind: str, carrier: str, now: datetime) -> None:
    """An SMPP session begins."""
    db.many(OPEN_SESSION, [(name, node, bind, carrier, micros(now))])


def close_sessions(db: Db, ends: list[tuple[str, datetime, bool]]) -> None:
    """SMPP sessions ended; the first word stands."""
    db.many(CLOSE_SESSION, [(micros(at), int(orderly), name) for name, at, orderly in ends])
