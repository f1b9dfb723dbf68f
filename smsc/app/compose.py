"""The composition root: builds every object of a server and opens what they need. Nothing else does."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.routing import BaseRoute

from smsc.app.carriers import Binds, binds_of, profiles_of
from smsc.app.erased import Forget, forgetting
from smsc.app.line import load_line
from smsc.app.overlaid import overlay_of
from smsc.app.persons import bearers_of, operator_routes, person_routes
from smsc.app.smpp import BindAlarms, SmppSide, serve_smpp
from smsc.app.watching import Queues, bind_rows, follow_readiness, watch
from smsc.config import Config
from smsc.http.admin import build_admin, socket_path
from smsc.http.admin_binds import bind_routes
from smsc.http.callback_desk import CallbackDesk
from smsc.http.crmtext import CrmText
from smsc.http.crmtext_desk import Changes
from smsc.http.gateway import Gateway
from smsc.http.jasmin import Jasmin
from smsc.http.kannel import Kannel
from smsc.http.keys import KeyRing
from smsc.http.proxied import Proxied
from smsc.http.server import HttpServer
from smsc.http.site import build_app
from smsc.http.v1 import Native
from smsc.keywords.lines import decoded
from smsc.link import BindBoard, BindControl
from smsc.link.board import BindState
from smsc.messages import CallbackTarget, Merchant
from smsc.ops.health import Health
from smsc.ops.lives import Lives
from smsc.ops.metrics import Metrics
from smsc.pipeline.batch import Limits, Line
from smsc.pipeline.callback_places import CallbackLimits
from smsc.pipeline.callbacks import Callbacks
from smsc.pipeline.clock import Clock, WallClock
from smsc.pipeline.guard import guarded_client, refused_url
from smsc.pipeline.node import Node, NodeSettings
from smsc.pipeline.overlay import Overlay, Source
from smsc.store import ApiKey, Store

log = logging.getLogger("smsc.app")


@dataclass(slots=True)
class _Told:
    """Where merchants want to be told, as the keywords in force say."""

    merchants: Mapping[str, Merchant]

    def target(self, merchant: str) -> CallbackTarget | None:
        """The merchant's callback target now."""
        found = self.merchants.get(merchant)
        return found.callback if found is not None else None


@dataclass(slots=True)
class Running:
    """A server that serves. `stop` drains it."""

    config: Config
    store: Store
    node: Node
    callbacks: Callbacks
    client: httpx.AsyncClient
    told: _Told
    board: BindBoard
    health: Health
    metrics: Metrics
    queues: Queues
    alarms: BindAlarms
    control: BindControl
    overlay: Overlay
    following: asyncio.Task[None] | None = None
    smpp: SmppSide | None = None
    http: HttpServer | None = None
    admin: HttpServer | None = None
    http_address: str = ""
    smpp_addresses: list[str] = field(default_factory=list)

    def reload(self, keywords: str, *, file: str, environ: Mapping[str, str]) -> str:
        """Put a new keywords.yaml in force; a bad one leaves the old (Raises: BadKeywords). No bind is touched."""
        line = self.overlay.reload(Source(keywords, file, environ))
        loaded = f"{len(line.table.campaigns)} campaigns on {len(line.table.codes)} codes"
        log.info("keywords loaded", extra={"event": "reloaded", "loaded": loaded})
        return loaded

    def put_in_force(self, line: Line) -> None:
        """From the next batch on this line holds."""
        for problem in line.table.warnings:
            log.warning("keywords", extra={"event": "keywords_warning", "problem": str(problem)})
        self.node.reload(line)
        self.told.merchants = line.table.merchants

    @property
    def forget(self) -> Forget:
        """What is done when a number is erased, beyond the rows of the store."""
        return forgetting(self.store, self.board, lambda: None if self.smpp is None else self.smpp.recorder)

    async def settled(self) -> None:
        """Wait until neither the line nor the callbacks have anything to do now."""
        while not (self.node.idle and self.callbacks.idle):
            await self.node.settled()
            await self.callbacks.settled()

    async def stop(self) -> None:
        """Refuse what is new, commit what is taken, await the windows, unbind, close (D5)."""
        drain_s = self.config.drain_s
        self.health.trouble("node", "draining")
        if self.following is not None:
            self.following.cancel()
            await asyncio.gather(self.following, return_exceptions=True)
        await self.node.drain()
        if self.smpp is not None:
            await self.smpp.stop(drain_s=min(drain_s, 2.0))
        await self.alarms.kept()
        await self.callbacks.stop()
        await self.client.aclose()
        servers = [server for server in (self.http, self.admin) if server is not None]
        await asyncio.gather(*(server.stop(grace_s=1) for server in servers))
        await self.node.stop()
        await self.store.close()
        log.info("stopped", extra={"event": "stopped"})


async def start(
    config: Config,
    keywords: str,
    *,
    keywords_file: str = "keywords.yaml",
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    extra_routes: Sequence[BaseRoute] = (),
    reload_from: Path | None = None,
) -> Running:
    """Build and start a server.

    Raises: BadKeywords, BadProfiles: what is wrong with them.  OSError: an address or file cannot be had.
            StoreUnavailable: the database cannot be opened.
    """
    clock, environ = clock or WallClock(), environ or {}
    line = load_line(keywords, profiles_of(config), file=keywords_file, environ=environ)
    binds = binds_of(config)
    store = await asyncio.to_thread(
        Store.open, config.database, ledger_key=config.ledger_key.get_secret_value().encode()
    )
    try:
        return await _start_on(
            store,
            config,
            line,
            binds,
            clock=clock,
            extra_routes=extra_routes,
            source=Source(keywords, keywords_file, environ),
            reload_from=reload_from,
        )
    except BaseException:
        await store.close()
        raise


async def _start_on(
    store: Store,
    config: Config,
    line: Line,
    binds: Binds,
    *,
    clock: Clock,
    source: Source,
    extra_routes: Sequence[BaseRoute],
    reload_from: Path | None,
) -> Running:
    store.lock_for_serving()
    store.check_ledger_key()
    overlay = await overlay_of(store, config, line, source=source, now=clock.now)
    running = await _build(store, config, overlay, clock=clock)
    overlay.on_line = running.put_in_force
    await running.node.start()
    running.callbacks.start()
    await _serve_http(running, extra_routes, environ=source.environ, reload_from=reload_from)
    running.smpp = await _serve_smpp(running, binds)
    every_s = config.heartbeat_s if config.database.startswith("sqlite") else config.poll_s
    running.following = asyncio.create_task(overlay.follow(every_s), name="overlay")
    Lives(running.health, running.metrics).watch(running.following)
    running.health.cleared("node")
    return running


async def _build(store: Store, config: Config, overlay: Overlay, *, clock: Clock) -> Running:
    line = overlay.line
    metrics, health, board = Metrics(), Health(), BindBoard()
    lives = Lives(health, metrics)
    board.on_task = lives.watch
    opened_at = clock.now()
    number = await store.run(lambda tx: tx.open_node(opened_at))
    client = guarded_client(allow=config.callbacks.allow, connections_max=config.callbacks.connections_max)
    told = _Told(line.table.merchants)
    callbacks = Callbacks(
        store,
        target=told.target,
        client=client,
        clock=clock,
        rng=random.Random(),
        metrics=metrics,
        limits=CallbackLimits(in_flight_max=config.callbacks.connections_max),
        node=None if config.database.startswith("sqlite") else number,
        next_id=lambda: node.ids.next(),
        watch=lives.watch,
    )
    node = Node(
        store,
        line,
        number=number,
        clock=clock,
        settings=NodeSettings(
            limits=Limits(**config.limits.model_dump()),
            heartbeat_s=config.heartbeat_s,
            dead_after_s=config.dead_after_s,
            poll_s=config.poll_s,
            drain_s=config.drain_s,
            alone=config.database.startswith("sqlite"),
        ),
        metrics=metrics,
        health=health,
        told=callbacks.kick,
        watch=lives.watch,
        reference=random.randrange(65536),
    )
    return Running(
        config,
        store,
        node,
        callbacks,
        client,
        told,
        board,
        health,
        metrics,
        queues=Queues(store, metrics),
        alarms=BindAlarms(store, metrics, next_id=node.ids.next),
        control=BindControl(board, drain_s=config.drain_s),
        overlay=overlay,
    )


async def _serve_http(
    running: Running,
    extra_routes: Sequence[BaseRoute],
    *,
    environ: Mapping[str, str],
    reload_from: Path | None,
) -> None:
    async def find_keys(cc: str) -> list[ApiKey]:
        now = running.node.clock.now()
        found = await running.store.read(lambda r: r.keys_of(cc, now))
        return [key for key in found if "send" in key.scopes]

    async def reload() -> str:
        if reload_from is None:
            raise ValueError("this server was started without a keywords file")
        text = decoded(await asyncio.to_thread(reload_from.read_bytes), file=str(reload_from))
        return running.reload(text, file=str(reload_from), environ=environ)

    keys, intake = KeyRing(find_keys), running.node.intake
    stores = crm_text(running, keys)
    gateway = Gateway(intake.call, ask=intake.ask, keys=keys, metrics=running.metrics)
    doors = _drop_in_doors(running, keys)
    own = [*gateway.routes(), *doors, *stores.routes(), *native_routes(running, keys)]
    app = build_app([*extra_routes, *own], health=running.health, metrics=running.metrics)
    lives = Lives(running.health, running.metrics)
    running.http = HttpServer(Proxied(app, proxies=running.config.http.proxies), watch=lives.watch)
    host, port = await running.http.start(running.config.http.listen)
    running.http_address = f"{host}:{port}"
    log.info("http up", extra={"event": "http_up", "address": running.http_address})
    admin = build_admin(
        rows=lambda: bind_rows(running.board, running.node.intake.line.carriers, running.node.intake.forms),
        reload=reload,
        health=running.health,
        routes=[
            *bind_routes(running.control, running.board, queues=running.queues.shown),
            *operator_routes(running.store, running.node.intake, forget=running.forget),
            *CallbackDesk(running.store, running.callbacks).routes(),
        ],
    )
    path = running.config.admin_socket
    running.admin = HttpServer(admin, watch=lives.watch)
    await running.admin.start_uds(Path(path) if path else socket_path(running.config.database))


def crm_text(running: Running, keys: KeyRing) -> CrmText:
    """The door of stores."""
    return CrmText(
        running.node.intake.call,
        ask=running.node.intake.ask,
        keys=keys,
        store=running.store,
        table=lambda: running.node.intake.line.table,
        now=running.node.clock.now,
        changes=Changes(
            running.overlay,
            refused_url=lambda url: refused_url(url, allow=running.config.callbacks.allow),
            endpoint_changed=running.callbacks.enable,
            user_made=keys.forget,
        ),
    )


def native_routes(running: Running, keys: KeyRing) -> list[BaseRoute]:
    """The native API and the portal: one check of keys for all of it."""
    store, intake, clock = running.store, running.node.intake, running.node.clock
    bearers = bearers_of(store, clock, calls_per_s=running.config.http.calls_per_s)
    callbacks = running.callbacks

    async def replay(merchant: str, ids: list[int] | None) -> int:
        return await callbacks.replay(merchant, ids=ids)

    native = Native(
        store,
        bearers=bearers,
        call=intake.call,
        ask=intake.ask,
        line=lambda: intake.line,
        replay=replay,
        clock=clock,
        keys_changed=keys.forget,
    )
    return [*person_routes(store, intake, clock, bearers=bearers, forget=running.forget), *native.routes()]


def _drop_in_doors(running: Running, keys: KeyRing) -> list[BaseRoute]:
    """Sending as clients of Kannel and Jasmin do."""
    call, ask = running.node.intake.call, running.node.intake.ask

    def bound() -> bool:
        return any(row.state is BindState.BOUND for row in running.board.rows())

    kannel = Kannel(call, keys=keys, bound=bound, ask=ask)
    return [*kannel.routes(), *Jasmin(call, keys=keys, ask=ask).routes()]


async def _serve_smpp(running: Running, binds: Binds) -> SmppSide:
    config, board = running.config, running.board
    board.on_alarm = running.alarms.raised
    watch(board, running.metrics, config)
    running.metrics.read_before_scrape(running.queues.refresh)
    if config.ready_needs_binds:
        follow_readiness(board, running.health, tuple(config.carriers))
    side = await serve_smpp(config, binds, running.node.doors, board=board, control=running.control)
    running.smpp_addresses += side.addresses
    return side
