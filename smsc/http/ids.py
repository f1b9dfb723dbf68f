"""Ids in paths: what has more digits than any id is a path that nobody serves, not a number to be read."""

from __future__ import annotations

from starlette.convertors import Convertor


class IdConvertor(Convertor[int]):
    """`{id:id}` in a path. Starlette's `int` takes any number of digits, and Python refuses to read 4301."""

    regex = "[0-9]{1,19}"

    def convert(self, value: str) -> int:
        """The digits as a number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """The number as digits."""
        return str(value)
