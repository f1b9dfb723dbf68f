"""A subscriber at a terminal, over a carrier account of the server's listener; SMPP by aiosmpplib.

Not our own session on purpose: each chat is also somebody else's ESME talking to our listener.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiosmpplib import (
    ESME,
    NPI,
    TON,
    AbstractHook,
    AbstractRetryTimer,
    DeliverSm,
    PhoneNumber,
    SmppMessage,
    SubmitSm,
)

from smsc.link.settings import split_address
from smsc.smpp.codes import Command, CommandStatus, status_name
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import choose

BIND_S = 10.0
ANSWER_S = 30.0
REBIND_S = 1.0


class ChatError(Exception):
    """The chat cannot go on; the text says why and how to mend it."""


class _Ears(AbstractHook):  # type: ignore[misc]  # the library has no types
    """Hears every PDU of the ESME and passes on what a subscriber would notice."""

    def __init__(self, hear: Callable[[str, str], None]) -> None:
        loop = asyncio.get_running_loop()
        self._hear = hear
        self.bound: asyncio.Future[None] = loop.create_future()
        self.answers: asyncio.Queue[str] = asyncio.Queue(maxsize=1000)

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        pass

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        # The library does not read refusals, for they have no body: their headers are read here.
        command, status = (int.from_bytes(pdu[at : at + 4], "big") for at in (4, 8))
        if command == Command.BIND_TRANSCEIVER_RESP and not self.bound.done():
            if status == CommandStatus.ESME_ROK:
                self.bound.set_result(None)
            else:
                why = f"the server refuses the bind with {status_name(status)}"
                self.bound.set_exception(ChatError(f"{why}; check --system-id and --password"))
        elif command == Command.SUBMIT_SM_RESP:
            await self.answers.put(status_name(status))
        elif isinstance(smpp_message, DeliverSm) and not smpp_message.is_receipt():
            self._hear(smpp_message.source.number, smpp_message.short_message or smpp_message.message_payload)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        await self.answers.put(str(error))


class _Patience(AbstractRetryTimer):  # type: ignore[misc]  # the library has no types
    """Binds again a second after a loss: when the server restarts, the chat goes on."""

    async def wait(self) -> None:
        await asyncio.sleep(REBIND_S)

    def reset(self) -> None:
        pass

    def next_delay(self) -> float:
        return REBIND_S


class Chat:
    """One handset over one bind.

    Args:
        server: "host:port" of the listener.
        hear: called with sender and text of each message that arrives.
    """

    def __init__(
        self, server: str, *, system_id: str, password: str, msisdn: str, hear: Callable[[str, str], None]
    ) -> None:
        self._server = server
        self._host, self._port = split_address(server)
        self._system_id, self._password = system_id, password
        self._msisdn = msisdn
        self._ears = _Ears(hear)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Chat:
        """Bind.  Raises: ChatError: nobody listens, or the bind is refused."""
        try:
            _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            raise ChatError(
                f"nobody takes SMPP at {self._server} ({error.strerror or error}); "
                "start `smsc serve` or `smsc demo`, or say --server HOST:PORT"
            ) from None
        writer.close()
        try:
            self._esme = ESME(
                smsc_host=self._host,
                smsc_port=self._port,
                system_id=self._system_id,
                password=self._password,
                log_level=logging.CRITICAL,
                log_handler=logging.NullHandler(),
                hook=self._ears,
                retry_timer=_Patience(),
            )
        except ValueError as error:
            raise ChatError(f"not a bind: {error}") from None
        self._task = asyncio.create_task(self._esme.start())
        try:
            await asyncio.wait_for(asyncio.shield(self._ears.bound), BIND_S)
        except TimeoutError:
            await self.__aexit__()
            raise ChatError(f"{self._server} does not answer the bind within {BIND_S:.0f} s") from None
        except ChatError:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task is not None:
            writer = self._esme._writer  # the library forgets it without closing it
            await self._esme.stop()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if writer is not None:
                writer.close()
                await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def texts(self, text: str, *, to: str) -> str:
        """Send one MO as submit_sm; returns the name of the status it was answered with.

        Raises: ChatError: no answer came.
        """
        mo = SubmitSm(
            short_message=text,
            source=PhoneNumber(self._msisdn, TON.INTERNATIONAL, NPI.ISDN),
            destination=PhoneNumber(to, TON.NETWORK_SPECIFIC, NPI.UNKNOWN),
            registered_delivery=0,
            encoding="ucs2" if choose(text, Alphabet.GSM7).alphabet is Alphabet.UCS2 else None,
        )
        await self._esme.broker.enqueue(mo)
        try:
            return await asyncio.wait_for(self._ears.answers.get(), ANSWER_S)
        except TimeoutError:
            raise ChatError(f"no answer to the message within {ANSWER_S:.0f} s") from None
