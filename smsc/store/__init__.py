"""The durable truth, and the only room that says SQL: SQLAlchemy Core on SQLite or PostgreSQL."""

from smsc.store.backup import backup
from smsc.store.errors import StoreError, StoreInUse, StoreUnavailable, StoreUnusable
from smsc.store.keys import ApiKey, NewKey
from smsc.store.queue import Recovered
from smsc.store.reader import Counts, Reader, Timeline
from smsc.store.rows import (
    Accepted,
    AlarmRow,
    CallbackResult,
    CallbackRow,
    CallKey,
    CallRow,
    ChargeRow,
    ConsentRow,
    Earlier,
    MtRow,
    PartRow,
    ReceiptRow,
    StoredMo,
    TimerRow,
    Withdraw,
    Writes,
)
from smsc.store.schema import migrate
from smsc.store.store import Store
from smsc.store.tx import Tx

__all__ = [
    "Accepted",
    "AlarmRow",
    "ApiKey",
    "CallKey",
    "CallRow",
    "CallbackResult",
    "CallbackRow",
    "ChargeRow",
    "ConsentRow",
    "Counts",
    "Earlier",
    "MtRow",
    "NewKey",
    "PartRow",
    "Reader",
    "ReceiptRow",
    "Recovered",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreUnavailable",
    "StoreUnusable",
    "StoredMo",
    "Timeline",
    "TimerRow",
    "Tx",
    "Withdraw",
    "Writes",
    "backup",
    "migrate",
]
