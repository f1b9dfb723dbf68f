"""The two parties of a message: subscriber number and short code."""

from __future__ import annotations


class Msisdn(str):
    """A subscriber number: international digits without "+", or a carrier's alias kept whole ("#288...").

    Logs and reprs show it masked (4477*****123); `str(number)` gives it whole.
    """

    __slots__ = ()

    @property
    def masked(self) -> str:
        """First four and last three characters; the rest starred."""
        whole = str.__str__(self)
        if len(whole) <= 7:
            return "*" * len(whole)
        return f"{whole[:4]}{'*' * (len(whole) - 7)}{whole[-3:]}"

    def __repr__(self) -> str:
        return f"Msisdn({self.masked})"


class ShortCode(str):
    """A number on which MOs arrive and from which MTs leave ("543", "444999")."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"ShortCode({str.__str__(self)})"
