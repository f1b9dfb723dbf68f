"""What can go wrong with the store.

StoreError
├── StoreUnavailable   locked, full, gone: nothing was kept, everyone is asked to try again (D4)
├── StoreInUse         another `smsc serve` holds this SQLite database
└── StoreUnusable      the URL, the driver or the schema is not fit; a person has to mend it

Everything else (an integrity error, a value that does not fit, a bug) leaves as the exception it is.
"""

from __future__ import annotations


class StoreError(Exception):
    """Any failure of the store that has a name."""


class StoreUnavailable(StoreError):
    """The storage is locked, full or gone. The transaction was not kept, or its fate is unknown after COMMIT."""


class StoreInUse(StoreError):
    """Another process serves from this SQLite database."""


class StoreUnusable(StoreError):
    """The database cannot be used as configured; the message says how to mend it."""
