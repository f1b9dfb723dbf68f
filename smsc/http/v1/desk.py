"""A merchant's own affairs: its callbacks (attempts, replay) and its keys (create, rotate, revoke)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.responses import Response

from smsc.http.v1 import shapes
from smsc.http.v1.operation import Call, iso, iso_or_none, number_in_path, refusal, shown
from smsc.pipeline.clock import Clock
from smsc.store import ApiKey, CallbackRow, NewKey, Store
from smsc.store.pages import ID_MAX

Replay = Callable[[str, list[int] | None], Awaitable[int]]
"""Ask again for a merchant's parked callbacks, all or some; how many there were."""
KEYS_MAX = 100
"""Valid keys that one merchant may have."""


class Desk:
    """The work of the operations. `keys_changed` is told whose keys are other ones now."""

    def __init__(
        self, store: Store, *, replay: Replay, clock: Clock, keys_changed: Callable[[str], None]
    ) -> None:
        self._store, self._replay, self._clock = store, replay, clock
        self._keys_changed = keys_changed

    async def callbacks(self, call: Call) -> Response:
        """GET /v1/callbacks, newest first."""
        q = call.query
        before = int(q.cursor or ID_MAX)
        rows = await self._store.read(
            lambda r: r.pages.told(call.merchant, state=q.state or "", limit=q.limit + 1, before=before)
        )
        items = [shapes.Callback.model_validate(_callback(row)) for row in rows[: q.limit]]
        return shown(shapes.CallbackPage(items=items, next=items[-1].id if len(rows) > q.limit else None))

    async def callback(self, call: Call) -> Response:
        """GET /v1/callbacks/{id}, with its last attempts."""
        number = number_in_path(call)
        row = await self._store.read(lambda r: r.callback(number))
        if row is None or row.notice.merchant != call.merchant:
            return refusal(404, "unknown_id", "no callback of yours has this id")
        attempts = [
            shapes.Attempt(at=iso(a.at), status=a.status, error=a.error, took_ms=a.took_ms)
            for a in row.history
        ]
        return shown(shapes.CallbackDetail.model_validate(_callback(row) | {"last_attempts": attempts}))

    async def replay(self, call: Call) -> Response:
        """POST /v1/callbacks/replay: parked ones again, oldest first."""
        off = await self._store.read(lambda r: r.disabled_endpoints())
        if any(row.merchant == call.merchant for row in off):
            return refusal(409, "endpoint_disabled", "the endpoint answered 410; let an operator enable it")
        ids = None if call.body.ids is None else [n for i in call.body.ids if (n := int(i)) < 2**63]
        return shown(shapes.Replayed(replayed=await self._replay(call.merchant, ids)))

    async def keys(self, call: Call) -> Response:
        """GET /v1/keys."""
        found = await self._store.read(lambda r: r.keys_of_merchant(call.merchant))
        return shown(shapes.KeyList(items=[_key(key) for key in found]))

    async def create(self, call: Call) -> Response:
        """POST /v1/keys: the secrets are shown this once."""
        now, body = self._clock.now(), call.body
        known = await self._store.read(lambda r: r.keys_of_merchant(call.merchant))
        if sum(key.valid(now) for key in known) >= KEYS_MAX:
            return refusal(409, "too_many_keys", f"at most {KEYS_MAX} keys: revoke some")
        ends = None if body.expires_in_s is None else now + timedelta(seconds=body.expires_in_s)
        made = await self._store.run(
            lambda tx: tx.create_key(call.merchant, now, scopes=body.scopes, name=body.name, expires_at=ends)
        )
        self._keys_changed(call.merchant)
        return _created(made)

    async def rotate(self, call: Call) -> Response:
        """POST /v1/keys/{id}/rotate: a successor; the old one stays valid for the overlap."""
        number, now = number_in_path(call), self._clock.now()
        ends = now + timedelta(seconds=call.body.overlap_s)
        made = await self._store.run(lambda tx: tx.rotate_key(call.merchant, now, key=number, ends=ends))
        if made is None:
            return refusal(404, "unknown_id", "no valid key of yours has this id")
        self._keys_changed(call.merchant)
        return _created(made)

    async def revoke(self, call: Call) -> Response:
        """DELETE /v1/keys/{id}: at once. Not the key of this very call, so that nobody locks himself out."""
        number, now = number_in_path(call), self._clock.now()
        if call.request.state.key.id == number:
            return refusal(
                409, "own_key", "this is the key of this call: revoke it with another, or rotate it"
            )
        ended = await self._store.run(lambda tx: tx.revoke_keys(call.merchant, now, key=number))
        if not ended:
            return refusal(404, "unknown_id", "no valid key of yours has this id")
        self._keys_changed(call.merchant)
        return Response(status_code=204)


def _created(made: NewKey) -> Response:
    created = shapes.CreatedKey(id=str(made.id), cc=made.cc, ekey=made.ekey, bearer=made.bearer)
    return shown(created, status=201, headers={"Cache-Control": "no-store"})


def _key(key: ApiKey) -> shapes.Key:
    return shapes.Key(
        id=str(key.id),
        name=key.name,
        scopes=sorted(key.scopes),
        created_at=iso(key.created_at),
        expires_at=iso_or_none(key.expires_at),
        revoked_at=iso_or_none(key.revoked_at),
    )


def _callback(row: CallbackRow) -> dict[str, object]:
    """A callback; no text of a subscriber."""
    return {
        "id": str(row.id),
        "kind": row.notice.kind.value,
        "msisdn": str(row.notice.msisdn),
        "state": row.state,
        "created_at": iso(row.created_at),
        "attempts": row.attempts,
        "last_status": row.last_status,
        "last_error": row.last_error,
    }
