"""The schema's versions, one file each; run by `smsc migrate` and, on SQLite, when the store opens."""
