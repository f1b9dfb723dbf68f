"""What a text was taken for: exactly one of these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop word (RT3). No campaigns and not `everything`: a bare STOP on the code."""

    campaigns: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """A help word; the campaign that was named, or the only one concerned."""

    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes to the pending request of `campaign` (RT4, RT5)."""

    campaign: str


@dataclass(frozen=True, slots=True)
class Decline:
    """No to the pending request of `campaign`."""

    campaign: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A bare yes or no with several requests pending: those (RT5)."""

    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BareStart:
    """START alone; the requests pending on the code (RT4)."""

    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyword:
    """A campaign's keyword or alias; `argument` is what stood behind it, untouched (RT6)."""

    campaign: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Responder:
    """A responder keyword of a store, as the file writes it: answered, and nobody is opted in (S1)."""

    campaign: str
    word: str


@dataclass(frozen=True, slots=True)
class FreeText:
    """No command, from someone active in `campaign`."""

    campaign: str


@dataclass(frozen=True, slots=True)
class Review:
    """A stop word in longer text (RT3a, RT5b): those it names, else those it may concern."""

    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing the code knows (RT7)."""


Route = (
    Stop
    | Help
    | Confirm
    | Decline
    | Ambiguous
    | BareStart
    | Keyword
    | Responder
    | FreeText
    | Review
    | Unknown
)
