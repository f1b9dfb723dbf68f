"""Whose fault, and what to answer.

SmppError
    LocalProtocolError       we broke the rules: a bug here; nothing was sent
    RemoteProtocolError      they did: `answer` says with what status, `fatal` whether the stream is lost
"""

from __future__ import annotations

from smsc.smpp.codes import CommandStatus


class SmppError(Exception):
    """Anything that goes wrong in SMPP itself."""


class LocalProtocolError(SmppError):
    """We asked for what SMPP forbids: a value that does not fit, a PDU out of place."""


class RemoteProtocolError(SmppError):
    """The peer sent what cannot be read or is out of place.

    Not fatal: the header was readable; answer `answer` to `sequence_number` and go on (with the response of
    `command_id`, or generic_nack where that is unknown). Fatal: generic_nack, then close.
    """

    def __init__(
        self,
        message: str,
        *,
        answer: CommandStatus,
        sequence_number: int = 0,
        fatal: bool = False,
        command_id: int = 0,
    ) -> None:
        super().__init__(message)
        self.answer = answer
        self.sequence_number = sequence_number
        self.fatal = fatal
        self.command_id = command_id
