"""smsc.yaml: database, listeners, carriers, limits. For `app` and `cli`; every other room gets values.

Field names are those of the values they become (CarrierProfile, BindSettings, Timers, Limits).
`${NAME}` in a value is the environment variable; SMSC_DATABASE, SMSC_HTTP_LISTEN, SMSC_LOGS_LEVEL and so on
override the file, key by key, outside `carriers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic.networks import IPvAnyNetwork

from smsc.config.binds import AccountEntry, BindEntry
from smsc.config.fields import (
    Address,
    Coding,
    Digits,
    Maintenance,
    MtPdu,
    Octets,
    Price,
    Status,
    Tag,
    Ton,
    Wait,
    Word,
    Zone,
    database_url,
)
from smsc.keywords.lines import Entry, Items, Keys, Node, Text, expand, line_at, load_yaml
from smsc.keywords.models import Country, Name
from smsc.keywords.problems import BadFile, Problem
from smsc.keywords.shape import Shape, fault, validate
from smsc.messages import Verdict
from smsc.sms.alphabets import Alphabet
from smsc.sms.national import Language

ENVIRONMENT_PREFIX = "SMSC_"


class BadConfig(BadFile):
    """smsc.yaml, or an environment variable that overrides it, cannot be used."""


class Http(Shape):
    listen: Address = "127.0.0.1:8080"
    calls_per_s: float = Field(default=50.0, gt=0, le=100_000)
    """Calls of the native API that one key may make, in the long run; twice as many at once."""
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Reverse proxies whose X-Forwarded-For is believed."""


class Callbacks(Shape):
    allow: tuple[IPvAnyNetwork, ...] = ()
    """Ranges that the SSRF guard lets through beyond public addresses."""
    connections_max: int = Field(default=64, ge=1, le=1000)


class ListenTls(Shape):
    address: Address = "0.0.0.0:3550"
    cert: str
    key: str
    client_ca: str = ""
    """With it carriers must show a certificate of this authority."""
    proxies: tuple[IPvAnyNetwork, ...] = ()


class Bans(Shape):
    """`failures` refused binds within `within_s` shut an address out for `ban_s`."""

    failures: int = Field(default=10, ge=1, le=10_000)
    within_s: Wait = 60.0
    ban_s: Wait = 300.0


class Listen(Shape):
    address: Address = "0.0.0.0:2775"
    tls: ListenTls | None = None
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Load balancers that speak the PROXY protocol (1 or 2); with any, nobody else may connect."""
    connections_max: int = Field(default=1000, ge=1, le=100_000)
    refusal_delay_s: float = Field(default=1.0, ge=0, le=60)
    """How long the answer to a failed bind is held back."""
    bans: Bans = Bans()


class Smpp(Shape):
    listen: Listen | None = None
    """None: carriers cannot bind to us."""
    connects_per_s: float = Field(default=5.0, gt=0, le=1000)
    """How often this process dials at most, all its binds together."""
    flight_records_max: int = Field(default=20, ge=0, le=1000)
    """Files of last PDUs of dropped binds that are kept beside the database; 0: none are written."""


class TariffEntry(Shape):
    service_type: Word = Field(default="", max_length=5)
    source_addr: Word = Field(default="", max_length=20)
    tlv: dict[Tag, Octets] = Field(default_factory=dict)


class CarrierEntry(Shape):
    """One carrier. What each key means stands with CarrierProfile."""

    country: Country
    kind: Literal["carrier", "test"] = "carrier"
    numbers: frozenset[Digits] = frozenset()
    networks: tuple[str, ...] = ()
    prefixes: tuple[Digits, ...] = ()
    default_alphabet: Alphabet = Alphabet.GSM7
    data_codings: dict[Coding, Alphabet] = Field(default_factory=dict)
    mt_data_codings: dict[Alphabet, Coding] = Field(default_factory=dict)
    mt_default_alphabet: Alphabet | None = None
    national: Language = ""
    mt_pdu: MtPdu | None = None
    long_text: Literal["udh", "udh16", "sar", "payload"] = "udh"
    service_type: Word = Field(default="", max_length=5)
    esm_class: int = Field(default=0, ge=0, le=3)
    short_code_ton: Ton = 3
    short_code_npi: Ton = 0
    msisdn_ton: Ton = 1
    msisdn_npi: Ton = 1
    tariffs: dict[Price, TariffEntry] = Field(default_factory=dict)
    bills_parts_once: bool = False
    verdicts: dict[Status, Verdict] = Field(default_factory=dict)
    try_again_status: Status = 0x64  # ESME_RX_T_APPN
    receipt_id: Literal["learn", "same", "hex-to-decimal", "decimal-to-hex"] = "learn"
    multipart_receipts: Literal["all", "first"] = "all"
    query: bool = False
    query_wait_s: Wait = 60.0
    receipt_zone: Zone = "UTC"
    report_words: dict[str, str] = Field(default_factory=dict)
    mo_id_tlv: Tag | None = None
    network_tlv: Tag | None = None
    response_s: Wait = 60.0
    redelivery_s: Wait = 3600.0
    receipt_wait_s: Wait = 172_800.0
    maintenance: tuple[Maintenance, ...] = ()
    """When it is down because it said so: not dialled, no alarm."""
    binds: tuple[BindEntry, ...] = ()
    accounts: tuple[AccountEntry, ...] = ()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.binds and not self.accounts:
            raise fault(
                "neither binds nor accounts", "add binds: (we dial) or accounts: (they dial)", rule="MT8"
            )
        if len({self.mt_pdu, *(one.mt_pdu for one in self.accounts)} - {None}) > 1:
            raise fault("two ways to carry an MT", "give mt_pdu once, or the same everywhere", rule="MT8")
        if self.numbers and self.kind != "test":
            raise fault("numbers are for kind: test", 'use prefixes, or add "kind: test"', rule="MT8")
        return self

    @property
    def mt_pdu_used(self) -> MtPdu:
        """Which PDU carries an MT: as given here, else with an account, else submit_sm."""
        given = (self.mt_pdu, *(one.mt_pdu for one in self.accounts))
        return next((one for one in given if one is not None), "submit_sm")


class LimitsEntry(Shape):
    """Bounds of the line, each with its unit or what it counts."""

    batch_items_max: int = Field(default=500, ge=1, le=10_000)
    mo_queue_max: int = Field(default=10_000, ge=1, le=1_000_000)
    receipt_queue_max: int = Field(default=10_000, ge=1, le=1_000_000)
    call_queue_max: int = Field(default=2_000, ge=1, le=1_000_000)
    inbound_octets_max: int = Field(default=25_165_824, ge=1_048_576, le=2**40)
    """Memory of MOs and receipts that are not yet stored, of all binds together."""
    unsettled_max: int = Field(default=20_000, ge=1, le=1_000_000)
    due_items_max: int = Field(default=500, ge=1, le=10_000)
    attempts_max: int = Field(default=20, ge=1, le=1000)
    parts_wait_s: Wait = 300.0
    retry_s: Wait = 5.0
    retry_s_max: Wait = 300.0
    validity_s: Wait = 86_400.0
    in_doubt_match_s: Wait = 259_200.0
    refusal_days: int = Field(default=30, ge=1, le=3650)
    """How long refused calls of merchants are kept for `explain`."""
    refusals_max: int = Field(default=10_000, ge=1, le=1_000_000)
    """Refused calls of one merchant that are kept, the newest."""


class Logs(Shape):
    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Shape):
    """All of smsc.yaml; without a file, these defaults."""

    database: Annotated[str, AfterValidator(database_url)] = Field(default="sqlite:///smsc.db", repr=False)
    ledger_key: SecretStr = SecretStr("")
    """Key of the consent chain (SMSC_LEDGER_KEY); without it the database's own (D6)."""
    http: Http = Http()
    callbacks: Callbacks = Callbacks()
    smpp: Smpp = Smpp()
    carriers: dict[Name, CarrierEntry] = Field(default_factory=dict)
    limits: LimitsEntry = LimitsEntry()
    logs: Logs = Logs()
    drain_s: float = Field(default=10.0, ge=0, le=600)
    heartbeat_s: Wait = 5.0
    dead_after_s: Wait = 20.0
    poll_s: Wait = 1.0
    ready_needs_binds: bool = False
    admin_socket: str = ""
    """Path of the admin socket; "" puts it beside the database."""


def split_address(address: str) -> tuple[str, int]:
    """A checked "host:port" in its halves, brackets of IPv6 removed."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def load_config(text: str, *, file: str, environ: Mapping[str, str]) -> Config:
    """The settings of a smsc.yaml, "" for none, under the environment's overrides.

    Raises:  BadConfig: every problem found, each with line, rule and mend.
    """
    problems: list[Problem] = []
    try:
        expanded = expand(load_yaml(text, file=file), environ, file=file, problems=problems)
    except BadFile as error:
        raise BadConfig(error.problems) from error
    tree, variables = _overridden(expanded, environ)
    config, wrong = validate(Config, tree, file=file, rule="CFG")
    problems += wrong if config is None else _twice(config, tree, file)
    if problems or config is None:
        raise BadConfig(_named(one, variables) for one in problems)
    return config


def config_schema() -> dict[str, Any]:
    """JSON Schema of smsc.yaml."""
    schema = Config.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "smsc.yaml"}


def variables(
    model: type[Shape] = Config, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every environment variable that overrides a key, with the key's path."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        if name == "carriers":
            continue
        inner = next((one for one in _alternatives(field.annotation) if issubclass(one, Shape)), None)
        if inner is not None:
            yield from variables(inner, here)
        else:
            yield ENVIRONMENT_PREFIX + "_".join(here).upper(), here


def _alternatives(annotation: Any) -> Iterator[type]:
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type):
            yield one


def _overridden(node: Node, environ: Mapping[str, str]) -> tuple[Keys, list[str]]:
    """The tree under the environment, and the variables used: number n is line -n-1 of the tree."""
    tree, used = node if isinstance(node, Keys) else Keys(1, {}), list[str]()
    for variable, path in variables():
        if variable in environ:
            used.append(variable)
            line, value = -len(used), environ[variable]
            leaf: Node = Text(line, value)
            if path == ("callbacks", "allow"):
                leaf = Items(line, tuple(Text(line, one.strip()) for one in value.split(",") if one.strip()))
            tree = _put(tree, path, leaf)
    return tree, used


def _put(tree: Keys, path: tuple[str, ...], leaf: Node) -> Keys:
    inner = leaf
    if len(path) > 1:
        before = tree.entries.get(path[0])
        below = before.node if before is not None and isinstance(before.node, Keys) else Keys(leaf.line, {})
        inner = _put(below, path[1:], leaf)
    return Keys(tree.line, {**tree.entries, path[0]: Entry(leaf.line, inner)})


def _named(problem: Problem, used: list[str]) -> Problem:
    """A problem of an overridden key stands at its variable, not at a line."""
    if problem.line >= 0:
        return problem
    return replace(problem, file=f"${used[-problem.line - 1]}", line=0)


def _twice(config: Config, tree: Keys, file: str) -> Iterator[Problem]:
    """Names that must be unique: an account is found by its system_id, a bind told by its name."""
    accounts: dict[str, str] = {}
    names: set[str] = set()
    for carrier, key, index, entry in _binds(config):
        line = line_at(tree, ("carriers", carrier, key, index))
        if entry.name is not None and entry.name in names:
            message, mend = f'two binds are called "{entry.name}"', "give each bind its own name"
            yield Problem(file, line, "CFG", message, mend)
        names.add(entry.name or "")
        if isinstance(entry, AccountEntry):
            if entry.system_id in accounts:
                message = f"the system_id is already an account of {accounts[entry.system_id]}"
                yield Problem(file, line, "CFG", message, "give each account its own system_id")
            accounts[entry.system_id] = carrier
    called = any(bind.outbind is not None for one in config.carriers.values() for bind in one.binds)
    if (accounts or called) and config.smpp.listen is None:
        line = line_at(tree, ("carriers",))
        message, mend = "carriers have accounts, but nothing listens", "add smpp: {listen: {address: ...}}"
        yield Problem(file, line, "CFG", message, mend)


def _binds(config: Config) -> Iterator[tuple[str, str, int, BindEntry | AccountEntry]]:
    for carrier, one in config.carriers.items():
        for index, bind in enumerate(one.binds):
            yield carrier, "binds", index, bind
        for index, account in enumerate(one.accounts):
            yield carrier, "accounts", index, account
