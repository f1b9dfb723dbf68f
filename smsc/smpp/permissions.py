"""Which request may travel in which direction, by role, state and dialect (SMPP v3.4 §2.3, table 2-1)."""

from __future__ import annotations

from typing import Literal

from smsc.smpp.codes import BINDS, Command, CommandStatus, Role, State

Dialect = Literal["normal", "carrier_as_esme"]
"""carrier_as_esme: a carrier that binds to us as ESME may bring MOs as deliver_sm, take MTs as submit_sm."""

_ALWAYS = frozenset({Command.ENQUIRE_LINK})  # §2.3 asks for a bound state; SMPP 5.0 and probes do not
_BOUND = frozenset({Command.ENQUIRE_LINK, Command.UNBIND})
_UP = frozenset(
    {
        Command.SUBMIT_SM,
        Command.SUBMIT_MULTI,
        Command.DATA_SM,
        Command.QUERY_SM,
        Command.CANCEL_SM,
        Command.REPLACE_SM,
    }
)
_DOWN = frozenset({Command.DELIVER_SM, Command.DATA_SM, Command.ALERT_NOTIFICATION})

UNSERVED = frozenset({Command.QUERY_SM, Command.CANCEL_SM, Command.REPLACE_SM, Command.SUBMIT_MULTI})
"""Requests that are understood and not offered: answered ESME_RINVCMDID in their own response, unless the edge
serves them (`BindSettings.serves`)."""

MESSAGES = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})
"""Requests that carry a message: what a window is counted for."""

CONTROL = BINDS | {Command.UNBIND, Command.ENQUIRE_LINK}
"""Answered requests that take no place in the window."""

MAY_SEND: dict[tuple[Role, State, Dialect], frozenset[Command]] = {
    (Role.ESME, State.OPEN, "normal"): BINDS | _ALWAYS,
    (Role.MC, State.OPEN, "normal"): frozenset({Command.OUTBIND}) | _ALWAYS,
    (Role.ESME, State.OUTBOUND, "normal"): BINDS | _ALWAYS,
    (Role.MC, State.OUTBOUND, "normal"): _ALWAYS,
    (Role.ESME, State.BOUND_TX, "normal"): _UP | _BOUND,
    (Role.MC, State.BOUND_TX, "normal"): _BOUND,
    (Role.ESME, State.BOUND_RX, "normal"): _BOUND,
    (Role.MC, State.BOUND_RX, "normal"): _DOWN | _BOUND,
    (Role.ESME, State.BOUND_TRX, "normal"): _UP | _BOUND,
    (Role.MC, State.BOUND_TRX, "normal"): _DOWN | _BOUND,
}
"""What each end may send; a missing key means nothing."""


def _carrier_as_esme(commands: frozenset[Command]) -> frozenset[Command]:
    """Whoever may send one kind of message may send the other."""
    if not commands & {Command.SUBMIT_SM, Command.DELIVER_SM}:
        return commands
    return commands | {Command.SUBMIT_SM, Command.DELIVER_SM}


MAY_SEND |= {
    (role, state, "carrier_as_esme"): _carrier_as_esme(commands)
    for (role, state, _), commands in list(MAY_SEND.items())
}

MAY_RECEIVE: dict[tuple[Role | None, State, Dialect], frozenset[Command]] = {
    (role.peer, state, dialect): commands for (role, state, dialect), commands in MAY_SEND.items()
}
"""What each end may get: what the other may send. Without a role, any first PDU that gives us one."""

for _dialect in ("normal", "carrier_as_esme"):
    MAY_RECEIVE[None, State.OPEN, _dialect] = BINDS | {Command.OUTBIND} | _ALWAYS


def try_again(command: Command, status: int) -> int:
    """What asks the peer to come again with a message: ESME_RMSGQFUL for a submit_sm, else what was agreed."""
    return CommandStatus.ESME_RMSGQFUL if command is Command.SUBMIT_SM else status


BOUND_AS: dict[Command, State] = {
    Command.BIND_TRANSMITTER: State.BOUND_TX,
    Command.BIND_RECEIVER: State.BOUND_RX,
    Command.BIND_TRANSCEIVER: State.BOUND_TRX,
}
"""The state that an accepted bind leads to."""


def refusal(
    role: Role | None,
    state: State,
    dialect: Dialect,
    command: Command,
    *,
    serves: frozenset[Command] = frozenset(),
) -> CommandStatus | None:
    """With what a request of the peer is refused; None: it is served.

    ESME_RALYBND: a further bind.  ESME_RINVBNDSTS: another bind would serve it.  ESME_RINVCMDID: none would, for
    it goes the other way in this role, or is not offered.
    Source: SMPP v3.4 §2.3, table 2-1; §5.1.3.
    """
    if command in MAY_RECEIVE.get((role, state, dialect), _NONE):
        offered = command not in UNSERVED or command in serves
        return None if offered else CommandStatus.ESME_RINVCMDID
    if command in BINDS and state.is_bound:
        return CommandStatus.ESME_RALYBND
    elsewhere = any(command in MAY_RECEIVE[at] for at in MAY_RECEIVE if at[0] is role and at[2] == dialect)
    return CommandStatus.ESME_RINVBNDSTS if role is None or elsewhere else CommandStatus.ESME_RINVCMDID


_NONE: frozenset[Command] = frozenset()
