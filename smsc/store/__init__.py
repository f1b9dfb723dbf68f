"""The durable truth, and the only room that says SQL: SQLAlchemy Core on SQLite or PostgreSQL."""

from smsc.store.backup import backup
from smsc.store.compacting import compact
from smsc.store.errors import StoreError, StoreInUse, StoreUnavailable, StoreUnusable
from smsc.store.keys import ApiKey, NewKey
from smsc.store.person_rows import AccountRow, CodeRow, InvitationRow, RefusalRow, ReviewRow
from smsc.store.persons import StillOnTheWay, StillSubscribed
from smsc.store.queue import Recovered
from smsc.store.reader import Counts, Reader, Timeline
from smsc.store.rows import (
    Accepted,
    AlarmRow,
    Attempt,
    CallbackResult,
    CallbackRow,
    CallKey,
    CallRow,
    ChargeRow,
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
from smsc.store.schema import migrate
from smsc.store.store import Store
from smsc.store.tx import Tx

__all__ = [
    "Accepted",
    "AccountRow",
    "AlarmRow",
    "ApiKey",
    "Attempt",
    "CallKey",
    "CallRow",
    "CallbackResult",
    "CallbackRow",
    "ChargeRow",
    "CodeRow",
    "ConsentRow",
    "Counts",
    "DlrRow",
    "Earlier",
    "EndpointRow",
    "InvitationRow",
    "MtRow",
    "NewKey",
    "PartRow",
    "Reader",
    "ReceiptRow",
    "Recovered",
    "RefusalRow",
    "ReviewRow",
    "StillOnTheWay",
    "StillSubscribed",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreUnavailable",
    "StoreUnusable",
    "StoredMo",
    "Timeline",
    "TimerRow",
    "Tx",
    "Writes",
    "backup",
    "compact",
    "migrate",
]
