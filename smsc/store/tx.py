"""One transaction of the writer: what a batch reads, takes and writes. Used in the store's thread, by `Store.run`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from smsc.optin.standing import Standing
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import (
    callbacks,
    dlrs,
    endpoints,
    keys,
    ledger,
    mos,
    mts,
    nodes,
    persons,
    queue,
    receipts,
    refusals,
    standings,
    timers,
    visits,
)
from smsc.store.instants import EPOCH
from smsc.store.keys import NewKey
from smsc.store.mos import PartKey
from smsc.store.mts import MessageKey
from smsc.store.overlay import Overlays
from smsc.store.person_rows import InvitationRow, RefusalRow, ReviewRow
from smsc.store.queue import Recovered
from smsc.store.rows import (
    CallbackResult,
    CallbackRow,
    CallKey,
    CallRow,
    ConsentRow,
    DlrRow,
    Earlier,
    EndpointRow,
    MtRow,
    PartRow,
    ReceiptRow,
    StoredMo,
    TimerRow,
    Writes,
)
from smsc.store.statements import Db
from smsc.store.writes import write


class Tx:
    """The methods say what, the rooms' own files say how."""

    __slots__ = ("_asked_at", "_db")

    def __init__(self, db: Db) -> None:
        self._db = db
        self._asked_at = EPOCH

    # -- loading ----------------------------------------------------------------------------------------------

    def standings(
        self, msisdns: Iterable[Msisdn], *, registrations: Collection[int] = ()
    ) -> dict[Msisdn, Standing]:
        """Lock the numbers in sorted order, new ones included, and load their standings.

        Loaded are the registrations that live or owe a goodbye, and those of `registrations` that are the number's.
        """
        return standings.load(self._db, msisdns, registrations=registrations)

    def earlier(self, fingerprints: Iterable[bytes], *, since: datetime) -> dict[bytes, list[Earlier]]:
        """MOs received since then, by fingerprint (D1a), oldest first: redeliveries too, parts that came twice not.

        An MO that is retried after a COMMIT of unknown fate finds its own id here.
        """
        return mos.earlier(self._db, fingerprints, since)

    def mo(self, number: int) -> StoredMo | None:
        """One MO with what was made of it."""
        return mos.by_id(self._db, number)

    def waiting_parts(self, keys: Iterable[PartKey]) -> dict[PartKey, list[StoredMo]]:
        """Parts that wait, by (carrier, source, short code, reference, total)."""
        return mos.waiting(self._db, keys)

    def calls(self, keys: Iterable[CallKey]) -> dict[CallKey, CallRow]:
        """Calls that were answered before (D2)."""
        return ledger.calls(self._db, keys)

    def consents(self, msisdn: Msisdn) -> list[ConsentRow]:
        """The consent ledger of a number, oldest first."""
        return ledger.consents(self._db, msisdn)

    def stopped_since(self, msisdn: Msisdn, codes: Iterable[str], since: datetime) -> bool:
        """Whether the number has sent a STOP to one of these codes since then."""
        return mos.stopped_since(self._db, msisdn, codes, since)

    def mts(self, ids: Iterable[int]) -> dict[int, MtRow]:
        """Outbox rows by id, locked."""
        return mts.by_id(self._db, ids)

    def mt_parts(self, ids: Iterable[int]) -> list[PartRow]:
        """The parts of these MTs, in order."""
        return mts.parts_of(self._db, ids)

    def shown_at(self, msisdn: Msisdn, *, campaign: str, since: datetime) -> datetime | None:
        """When the number was delivered the campaign's request, the first one made since then."""
        return mts.shown_at(self._db, msisdn, campaign=campaign, since=since)

    def open_mts(self, msisdn: Msisdn, *, campaign: str, registration: int | None) -> list[MtRow]:
        """Held, queued and sending rows of a registration; with None, of the campaign's open request."""
        return mts.open_mts(self._db, msisdn, campaign=campaign, registration=registration)

    def same_text(self, msisdn: Msisdn, *, campaign: str, text: str, since: datetime) -> list[MtRow]:
        """MTs of a campaign to a number with this very text, made after `since` (S1: the duplicate guard)."""
        return mts.same_text(self._db, msisdn, campaign=campaign, text=text, since=since)

    def match(self, keys: Iterable[MessageKey]) -> dict[MessageKey, list[tuple[int, int]]]:
        """(MT id, part) of what a carrier gave these (carrier, message_id), newest first."""
        return mts.match(self._db, keys)

    def waiting_receipts(self, keys: Iterable[MessageKey]) -> list[ReceiptRow]:
        """Receipts that came before the submit_sm_resp of these (carrier, message_id) (RP3)."""
        return receipts.waiting(self._db, keys)

    def unmatched_receipts(self, carrier: str, msisdn: Msisdn, short_code: ShortCode) -> list[ReceiptRow]:
        """Receipts of a number and code that wait for their MT (CH3)."""
        return receipts.unmatched(self._db, carrier, msisdn, short_code)

    def in_doubt(self, carrier: str, msisdn: Msisdn, short_code: ShortCode) -> list[MtRow]:
        """In-doubt rows of a number and code, oldest first (CH3)."""
        return mts.in_doubt(self._db, carrier, msisdn, short_code)

    def every_in_doubt(self, limit: int) -> list[MtRow]:
        """In-doubt rows of every number, in the order of numbers (CH3)."""
        return mts.every_in_doubt(self._db, limit)

    def nameless(self, carrier: str, msisdn: Msisdn, *, since: datetime) -> list[MtRow]:
        """Rows of a number that are being sent or in doubt, oldest first (CH3)."""
        return mts.nameless(self._db, carrier, msisdn, since=since)

    def by_reference(self, carrier: str, msisdn: Msisdn, reference: int) -> list[MtRow]:
        """Rows on their way with this user_message_reference, newest first, at most 10 (CH3)."""
        return mts.by_reference(self._db, carrier, msisdn, reference)

    # -- writing ----------------------------------------------------------------------------------------------

    def write(self, writes: Writes) -> None:
        """Write everything a batch changes, by kind."""
        write(self._db, writes)

    # -- the queue --------------------------------------------------------------------------------------------

    def claim(self, free: Mapping[str, int], *, node: int, now: datetime) -> list[MtRow]:
        """Take up to `free[carrier]` queued MTs of each carrier as `sending`, attempt counted up (D3, MT6)."""
        self._asked_at = max(self._asked_at, now)
        return queue.claim(self._db, free, node=node, now=now)

    def sending(self, node: int) -> list[int]:
        """MTs that are being sent by a node, as far as the store knows."""
        return queue.sending(self._db, node)

    def wake(self, carrier: str, msisdn: Msisdn, now: datetime) -> int:
        """Queued MTs of a number that were tried before and wait for a later attempt are due now; how many."""
        return queue.wake(self._db, carrier, msisdn, now)

    def backlog(self, carriers: Iterable[str]) -> dict[str, int]:
        """How many MTs are queued for each carrier, counted up to 1,000."""
        return queue.backlog(self._db, carriers)

    # -- persons ----------------------------------------------------------------------------------------------

    def erase(self, msisdn: Msisdn, now: datetime, *, event: int, by: str) -> int:
        """Erase the personal texts of a number; chain and blocks stay as digests (D6). Raises: StillSubscribed."""
        return persons.erase(self._db, msisdn, now, event=event, by=by)

    def review(self, mo: int) -> ReviewRow | None:
        """The text under review of an MO (RT5b)."""
        return persons.review_of(self._db, mo)

    def invitation(self, number: int) -> InvitationRow | None:
        """One invitation (S4)."""
        return persons.invitation_of(self._db, number)

    def refusals_since(self, msisdns: Iterable[str], moment: datetime) -> list[RefusalRow]:
        """Refused calls for these numbers that began since then."""
        return refusals.since(self._db, msisdns, moment)

    def drop_refusals(self, now: datetime, limit: int) -> int:
        """Drop refused calls that were kept long enough; returns how many."""
        return refusals.drop_old(self._db, now, limit)

    def log_in(self, msisdn: Msisdn, code: str, *, token: str, now: datetime) -> bool:
        """Whether a one-time code is right; then `token` opens a session and the account exists (SP1)."""
        return visits.log_in(self._db, msisdn, code, token=token, now=now)

    def log_out(self, token: str) -> None:
        """End a session of the portal."""
        visits.log_out(self._db, token)

    def close_account(self, msisdn: Msisdn) -> None:
        """End the account of a number and its sessions."""
        visits.close_account(self._db, msisdn)

    # -- the calendar -----------------------------------------------------------------------------------------

    def due_timers(self, now: datetime, limit: int) -> list[TimerRow]:
        """Timers whose moment has come, oldest first."""
        self._asked_at = max(self._asked_at, now)
        return timers.due(self._db, now, limit)

    def due_mts(self, now: datetime, limit: int) -> list[MtRow]:
        """MTs past their deadline, oldest first; not those being sent."""
        self._asked_at = max(self._asked_at, now)
        return mts.due(self._db, now, limit)

    def due_parts(self, now: datetime, limit: int) -> list[StoredMo]:
        """Parts that waited long enough, with the rest of their message (RT8)."""
        self._asked_at = max(self._asked_at, now)
        return mos.due_parts(self._db, now, limit)

    def next_due(self, after: datetime | None = None) -> datetime | None:
        """When there is something due next: a timer, an MT deadline, waiting parts, a delayed MT that gets ripe, or
        a refused call that was kept long enough.

        Ripe MTs wait for the window and not for the calendar: of those only the ones after `after` count, which by
        default is the `now` this transaction was asked with.
        """
        found = queue.next_due(self._db, self._asked_at if after is None else after)
        return min((at for at in (found, refusals.next_old(self._db)) if at is not None), default=None)

    # -- callbacks --------------------------------------------------------------------------------------------

    def claim_callbacks(
        self,
        now: datetime,
        *,
        limit: int,
        busy: Collection[tuple[str, str]] = (),
        merchants_off: Collection[str] = (),
        in_flight: Collection[int] = (),
        node: int | None = None,
    ) -> list[CallbackRow]:
        """Callbacks to deliver now (RP1a): urgent ones go past `busy` (merchant, number) pairs, ids `in_flight` never.

        The caller keeps what it was given until `callback_results`. With `node` no other node is given them before
        that, or before `recover` finds the node dead.
        """
        self._asked_at = max(self._asked_at, now)
        return callbacks.claim(
            self._db,
            now,
            limit=limit,
            busy=busy,
            merchants_off=merchants_off,
            in_flight=in_flight,
            node=node,
        )

    def next_callback(self, after: datetime | None = None) -> datetime | None:
        """When a callback that waits may go next, after `after` (default: the `now` of claim_callbacks)."""
        return callbacks.next_at(self._db, self._asked_at if after is None else after)

    def callback_results(self, results: list[CallbackResult]) -> None:
        """Write the ends of attempts."""
        callbacks.put_results(self._db, results)

    def park_callbacks(self, merchant: str, now: datetime, *, made_before: datetime, why: str) -> int:
        """Park what waits for a merchant and was made before; returns how many."""
        return endpoints.park(self._db, merchant, now, made_before=made_before, why=why)

    def disable_endpoint(self, row: EndpointRow) -> None:
        """Tell an endpoint nothing more."""
        endpoints.disable(self._db, row)

    def enable_endpoint(self, merchant: str) -> bool:
        """Tell it again; whether it was disabled."""
        return endpoints.enable(self._db, merchant)

    def disabled_endpoints(self) -> list[EndpointRow]:
        """Every endpoint that is told nothing."""
        return endpoints.disabled(self._db)

    def replay_callbacks(self, merchant: str, *, ids: Collection[int] | None = None) -> int:
        """Ask for parked callbacks again, all or some; the worker makes them due in order (`feed_callbacks`)."""
        return endpoints.ask_again(self._db, merchant, ids=ids)

    def replaying(self) -> list[str]:
        """Merchants of which callbacks are asked for again."""
        return endpoints.asked(self._db)

    def feed_callbacks(self, merchant: str, now: datetime) -> bool:
        """Make the next of those asked for again due; False when none is left."""
        return endpoints.feed(self._db, merchant, now)

    def dlr(self, mt: int) -> DlrRow | None:
        """Where the sender of an MT wants to hear of it, if anywhere."""
        return dlrs.of_mt(self._db, mt)

    # -- nodes and sessions -----------------------------------------------------------------------------------

    def open_node(self, now: datetime) -> int:
        """A new node; returns its number."""
        return nodes.open_node(self._db, now)

    def heartbeat(self, node: int, now: datetime) -> None:
        """The node is alive."""
        nodes.heartbeat(self._db, node, now)

    def close_node(self, node: int, now: datetime) -> None:
        """The node ends in order."""
        nodes.close_node(self._db, node, now)
        callbacks.release(self._db, [node])

    def open_session(self, session: str, *, node: int, bind: str, carrier: str, now: datetime) -> None:
        """An SMPP session begins; its end comes with `Writes.closed_sessions` or `recover`."""
        nodes.open_session(self._db, session, node=node, bind=bind, carrier=carrier, now=now)

    def recover(
        self,
        now: datetime,
        *,
        me: int,
        silent_since: datetime | None = None,
        in_doubt_until: datetime | None = None,
    ) -> Recovered:
        """Take back what dead nodes had in hand (D3) and end their sessions at their last heartbeat (D1a).

        Args:    silent_since: nodes without a heartbeat since then are dead; None: all but `me` (SQLite, where
                 `lock_for_serving` has shown that nobody else is there).
                 in_doubt_until: when the calendar looks at rows that are now in doubt.
        """
        gone = nodes.dead(self._db, me=me, silent_since=silent_since)
        recovered = queue.recover(self._db, gone, now=now, in_doubt_until=in_doubt_until)
        nodes.bury(self._db, gone)
        callbacks.release(self._db, gone)
        return recovered

    @property
    def overlay(self) -> Overlays:
        """What accounts have changed by API beside keywords.yaml."""
        return Overlays(self._db)

    # -- keys -------------------------------------------------------------------------------------------------

    def create_key(
        self,
        merchant: str,
        now: datetime,
        *,
        scopes: Collection[str] = keys.SCOPES,
        name: str = "",
        expires_at: datetime | None = None,
    ) -> NewKey:
        """A further API key of a merchant; its secrets are known only here."""
        return keys.create(self._db, merchant, now, scopes=scopes, name=name, expires_at=expires_at)

    def create_login(self, merchant: str, now: datetime, *, user: str, password: str, name: str = "") -> bool:
        """A key with a user name and a password (its `slow_digest`); False: the name is taken."""
        return keys.create_login(self._db, merchant, now, user=user, password=password, name=name)

    def rotate_key(self, merchant: str, now: datetime, *, key: int, ends: datetime) -> NewKey | None:
        """A successor of a valid key, which itself ends at `ends`; None: the merchant has no such valid key."""
        return keys.rotate(self._db, merchant, now, key=key, ends=ends)

    def revoke_keys(self, merchant: str, now: datetime, *, key: int | None = None) -> int:
        """End one API key of a merchant, or all; returns how many were valid."""
        return keys.revoke(self._db, merchant, now, key=key)
