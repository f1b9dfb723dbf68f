"""What a link tells whoever uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from smsc.smpp.pdu import Pdu

if TYPE_CHECKING:
    from smsc.link.link import Link


class LinkEvents(Protocol):
    """Called in the event loop: every method is quick and never waits."""

    def bound(self, link: Link) -> None:
        """The bind is up; `link.free` messages may be sent."""

    def unbound(self, link: Link, reason: str) -> None:
        """The bind is down for good: once for a bound session, after `lost` for each open request."""

    def request(self, link: Link, pdu: Pdu) -> None:
        """A message: deliver_sm, submit_sm or data_sm. Answer with `link.respond`, whenever, in any order."""

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to a `send`; it has also made room for another."""

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        """No answer will come. `written`: the peer may have acted on it."""

    def late(self, link: Link, context: object, pdu: Pdu) -> None:
        """The answer to a `send` that was `lost` when the response timer ran out, on the same session."""

    def ready(self, link: Link) -> None:
        """`link.free` rose from 0, other than by a response: the rate, the network or a timeout made room."""

    def alert(self, link: Link, pdu: Pdu) -> None:
        """alert_notification: a handset can be reached again. It has no answer."""
