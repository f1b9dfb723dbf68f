"""The SMPP side of a server: listeners, diallers, what operators do to them and what is kept of them."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from smsc.app.carriers import Binds
from smsc.config import Config, Listen
from smsc.link import (
    BanRule,
    BindBoard,
    BindControl,
    BindRequest,
    BindSettings,
    BindSlot,
    Dialer,
    DialGovernor,
    LinkEvents,
    Listener,
    ListenerLimits,
    Outbinder,
    OutbindRequest,
    same_secret,
    server_context,
)
from smsc.link.recorder import FlightRecorder
from smsc.ops.metrics import Metrics
from smsc.smpp.codes import CommandStatus
from smsc.store import AlarmRow, Store, StoreUnavailable, Writes

log = logging.getLogger("smsc.app")


@dataclass(slots=True)
class SmppSide:
    """Everything that speaks SMPP."""

    dialers: list[Dialer | Outbinder] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    recorder: FlightRecorder | None = None

    async def stop(self, *, drain_s: float) -> None:
        """Unbind everything."""
        ends: list[Dialer | Outbinder | Listener] = [*self.dialers, *self.listeners]
        await asyncio.gather(*(end.stop(drain_s=drain_s) for end in ends))
        if self.recorder is not None:
            await self.recorder.written()


async def serve_smpp(
    config: Config, binds: Binds, events: LinkEvents, *, board: BindBoard, control: BindControl
) -> SmppSide:
    """Listen and dial; `control` learns of every bind.

    Raises: OSError: an address or a TLS file cannot be had.
    """
    side = SmppSide()
    folder = flight_folder(config.database, admin_socket=config.admin_socket)
    if config.smpp.flight_records_max and folder is not None:
        side.recorder = FlightRecorder(folder, files_max=config.smpp.flight_records_max)
        board.on_drop = side.recorder.dropped
    for account in (*binds.accounts.values(), *binds.called):
        board.expect(account)
        control.expect(account)
    if config.smpp.listen is not None:
        side.listeners = _listeners(config.smpp.listen, binds, events, board=board)
    for listener in side.listeners:
        try:
            host, port = await listener.start()
        except OSError as error:
            await side.stop(drain_s=0.0)
            raise OSError(
                error.errno, f"smpp.listen {listener.address}: {error.strerror or error}"
            ) from error
        side.addresses.append(f"{host}:{port}")
        log.info("smpp up", extra={"event": "smpp_up", "address": f"{host}:{port}"})
    governor = DialGovernor(per_s=config.smpp.connects_per_s, rng=random.Random())
    side.dialers += [Dialer(one, events, board=board, governor=governor) for one in binds.dialled]
    side.dialers += [
        Outbinder(account, outbind, events, board=board, governor=governor)
        for account, outbind in binds.calls
    ]
    for end in side.dialers:
        control.add(end)
        end.start()
    return side


def _listeners(listen: Listen, binds: Binds, events: LinkEvents, *, board: BindBoard) -> list[Listener]:
    """The plain one, and the one with TLS if there is a certificate."""

    def authenticate(request: BindRequest) -> BindSettings | int:
        account = binds.accounts.get(request.system_id)
        if account is None:
            return CommandStatus.ESME_RINVSYSID
        if not same_secret(request.password, account.password):
            return CommandStatus.ESME_RINVPASWD
        return account

    def answer_outbind(request: OutbindRequest) -> BindSettings | None:
        for bind in binds.called:
            expected = bind.outbind
            if expected is not None and expected.system_id == request.system_id:
                return bind if same_secret(request.password, expected.password) else None
        return None

    def limits(proxies: tuple[object, ...]) -> ListenerLimits:
        return ListenerLimits(
            connections_max=listen.connections_max,
            refusal_delay_s=listen.refusal_delay_s,
            bans=BanRule(**listen.bans.model_dump()),
            proxies=tuple(str(network) for network in proxies),
        )

    made = [
        Listener(
            listen.address,
            authenticate,
            events,
            board=board,
            limits=limits(listen.proxies),
            answer_outbind=answer_outbind,
        )
    ]
    if (tls := listen.tls) is not None:
        ca = Path(tls.client_ca) if tls.client_ca else None
        context = server_context(cert=Path(tls.cert), key=Path(tls.key), client_ca=ca)
        made.append(
            Listener(
                tls.address,
                authenticate,
                events,
                board=board,
                tls=context,
                limits=limits(tls.proxies),
                answer_outbind=answer_outbind,
            )
        )
    return made


def flight_folder(database: str, *, admin_socket: str = "") -> Path | None:
    """Beside a SQLite file, else beside the admin socket; None for a database that is thrown away."""
    scheme, _, rest = database.partition("://")
    name = unquote(rest.removeprefix("/").split("?")[0])
    if scheme.startswith("sqlite"):
        return Path(name + ".flights") if name and name != ":memory:" else None
    return Path(admin_socket).with_suffix(".flights") if admin_socket else Path("smsc.flights")


class BindAlarms:
    """An alarm of a bind is logged, counted and kept with the others."""

    def __init__(self, store: Store, metrics: Metrics, *, next_id: Callable[[], int]) -> None:
        self._store, self._metrics, self._next_id = store, metrics, next_id
        self._keeping: set[asyncio.Task[None]] = set()

    def raised(self, slot: BindSlot, kind: str, text: str) -> None:
        """A person should look at this bind."""
        ids = {"bind": slot.settings.name, "carrier": slot.settings.carrier}
        log.error("alarm", extra={"event": "alarm", "kind": kind, "text": text, **ids})
        self._metrics.alarms_total.labels(kind).inc()
        row = AlarmRow(self._next_id(), datetime.now(UTC), kind, None, "", text)
        task = asyncio.get_running_loop().create_task(self._keep(row), name="alarm")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _keep(self, row: AlarmRow) -> None:
        try:
            await self._store.run(lambda tx: tx.write(Writes(alarms=[row])))
        except StoreUnavailable as error:
            log.error("alarm not kept", extra={"event": "alarm_lost", "kind": row.kind, "error": str(error)})

    async def kept(self) -> None:
        """Wait until all are in the store."""
        await asyncio.gather(*self._keeping)
