"""What an operator has asked of one bind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Valve:
    """Outlives the bind's connections, not the process.

    suspended: no MT is sent. isolated: whatever the carrier brings is answered with "try again". stopped: the bind
    is not dialled, or not let in.
    """

    suspended: bool = False
    isolated: bool = False
    stopped: bool = False

    @property
    def words(self) -> str:
        """ "suspended, isolated", "" when all is open."""
        held = (("suspended", self.suspended), ("isolated", self.isolated), ("stopped", self.stopped))
        return ", ".join(word for word, is_so in held if is_so)
