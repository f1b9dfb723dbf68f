"""SQL said in Core once, compiled once, run many times with plain tuples.

Core's own execute() builds a dictionary for every row; on the hot path that costs more than SQLite does. The types of
our columns need no conversion, so the driver gets the compiled text and the values as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.sql import ClauseElement

from smsc.store.dialect import Dialect

Record = tuple[Any, ...]


class Statement:
    """One statement, spelled for each dialect when it is first needed there.

    `columns` names what an INSERT fills and thereby the order of its tuples; other statements take their
    parameters by name (`Db.rows`, `Db.run`) or in the order `names` gives.
    """

    __slots__ = ("_build", "_columns", "_compiled")

    def __init__(
        self, build: Callable[[Dialect], ClauseElement], *, columns: Sequence[str] | None = None
    ) -> None:
        self._build = build
        self._columns = list(columns) if columns is not None else None
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {}

    def on(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """(text, names of the parameters in order, values that Core made parameters of) for a dialect."""
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled: Any = self._build(dialect).compile(dialect=dialect.sql, column_keys=self._columns)
            names = tuple(compiled.positiontup or ())
            if self._columns is not None and names != tuple(self._columns):
                raise AssertionError(f"columns {self._columns} came out as {names}")
            found = self._compiled[dialect.name] = (str(compiled), names, dict(compiled.params))
        return found


class Db:
    """An open transaction and the dialect it speaks."""

    __slots__ = ("connection", "dialect", "key")

    def __init__(self, connection: Connection, dialect: Dialect, *, key: bytes = b"") -> None:
        self.connection = connection
        self.dialect = dialect
        self.key = key
        """Of the digests that stand for numbers and texts (D6)."""

    def many(self, statement: Statement, records: list[Record]) -> None:
        """Run once for each tuple (executemany); nothing for none."""
        if records:
            self.connection.exec_driver_sql(statement.on(self.dialect)[0], records)

    def run(self, statement: Statement, **values: Any) -> int:
        """Run once, by names. Returns the number of rows concerned."""
        return self.connection.exec_driver_sql(*self._bound(statement, values)).rowcount

    def rows(self, statement: Statement, **values: Any) -> Sequence[Any]:
        """Run once, by names, and fetch what it gives. Lists are for `Dialect.among`."""
        return self.connection.exec_driver_sql(*self._bound(statement, values)).fetchall()

    def value(self, statement: Statement, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return self.connection.exec_driver_sql(*self._bound(statement, values)).scalar()

    def _bound(self, statement: Statement, values: dict[str, Any]) -> tuple[str, Record]:
        text, names, fixed = statement.on(self.dialect)
        array = self.dialect.array
        given = {name: array(v) if type(v) is list else v for name, v in values.items()}
        return text, tuple([given[n] if n in given else fixed[n] for n in names])
