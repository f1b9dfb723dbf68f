"""smsc.yaml's carriers as the values the rooms take: profiles, binds to dial, accounts to accept."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, fields, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from smsc.carrier import CarrierProfile, Tariff
from smsc.config import CarrierEntry, Config
from smsc.config.binds import AccountEntry, BindEntry, DialTls, TimersEntry
from smsc.link import BindSettings, Outbind, Rebind, client_context, parse_maintenance
from smsc.smpp.timers import Timers


@dataclass(frozen=True, slots=True)
class Binds:
    """What to dial, whom to let in, by system_id, and what to bind to those who call with an outbind."""

    dialled: tuple[BindSettings, ...]
    accounts: dict[str, BindSettings]
    called: tuple[BindSettings, ...] = ()
    calls: tuple[tuple[BindSettings, Outbind], ...] = ()
    """Accounts whose ESME we call, and with which outbind."""


def profiles_of(config: Config) -> dict[str, CarrierProfile]:
    """Every carrier's profile by its name."""
    return {name: profile_of(name, entry) for name, entry in config.carriers.items()}


def profile_of(name: str, entry: CarrierEntry) -> CarrierProfile:
    """One carrier's profile; its fields are named as the file's keys are."""
    special = {"name", "tariffs", "mt_pdu", "receipt_zone"}
    same = {
        f.name: getattr(entry, f.name) for f in fields(CarrierProfile) if f.init and f.name not in special
    }
    return CarrierProfile(
        name=name,
        tariffs={
            price: Tariff(service_type=t.service_type, source_addr=t.source_addr, tlvs=t.tlv)
            for price, t in entry.tariffs.items()
        },
        mt_pdu=entry.mt_pdu_used,
        receipt_zone=ZoneInfo(entry.receipt_zone),
        **same,
    )


def binds_of(config: Config) -> Binds:
    """Every bind of every carrier, each with a name of its own.

    Raises: OSError, ssl.SSLError: a TLS file cannot be read.
    """
    ours: list[BindSettings] = []
    accounts: dict[str, BindSettings] = {}
    calls: list[tuple[BindSettings, Outbind]] = []
    for name, entry in config.carriers.items():
        ours += [dialled_bind(name, number, bind, entry) for number, bind in enumerate(entry.binds, 1)]
        for account in entry.accounts:
            settings = accounts[account.system_id] = accepted_bind(name, entry, account)
            if (to := account.outbind) is not None:
                outbind = Outbind(to.system_id, to.password.get_secret_value(), address=to.address)
                calls.append((settings, outbind))
    dialled = tuple(bind for bind in ours if bind.outbind is None)
    called = tuple(bind for bind in ours if bind.outbind is not None)
    return Binds(dialled, accounts, called, tuple(calls))


def dialled_bind(carrier: str, number: int, bind: BindEntry, entry: CarrierEntry) -> BindSettings:
    """A bind that we make; unnamed ones are called "helvetia-1", "helvetia-2"."""
    tls, called = bind.tls, bind.outbind
    outbind = None
    if called is not None:
        ranges = tuple(str(network) for network in called.allow)
        outbind = Outbind(called.system_id, called.password.get_secret_value(), allow=ranges)
    return BindSettings(
        name=bind.name or f"{carrier}-{number}",
        carrier=carrier,
        system_id=bind.system_id,
        password=bind.password.get_secret_value(),
        address=bind.address or "",
        fallback=bind.fallback,
        outbind=outbind,
        maintenance=tuple(parse_maintenance(text) for text in entry.maintenance),
        try_again_status=entry.try_again_status,
        mode=bind.mode,
        system_type=bind.system_type,
        addr_ton=bind.addr_ton,
        addr_npi=bind.addr_npi,
        address_range=bind.address_range,
        window=bind.window,
        inbound_max=bind.inbound_max,
        inbound_octets_max=bind.inbound_octets_max,
        rate=bind.rate,
        timers=timers_of(bind.timers),
        sessions=bind.sessions,
        tls=None if tls is None else dial_context(tls),
        tls_name=(tls.name or None) if tls else None,
        rebind=Rebind(**bind.rebind.model_dump()),
        connect_s=bind.connect_s,
    )


def dial_context(tls: DialTls) -> ssl.SSLContext:
    """The TLS context of a bind that we dial; the carrier's certificate is verified unless the file says not to."""
    ca, cert, key = (Path(p) if p else None for p in (tls.ca, tls.cert, tls.key))
    return client_context(ca=ca, cert=cert, key=key, verify=tls.verify)


def accepted_bind(carrier: str, entry: CarrierEntry, account: AccountEntry) -> BindSettings:
    """An account of our listener: its carrier brings MOs as any PDU, whichever carries our MTs."""
    return BindSettings(
        name=account.name or f"{carrier}-{account.system_id}",
        carrier=carrier,
        system_id=account.system_id,
        password=account.password.get_secret_value(),
        window=account.window,
        inbound_max=account.inbound_max,
        inbound_octets_max=account.inbound_octets_max,
        rate=account.rate,
        timers=timers_of(account.timers),
        dialect="carrier_as_esme",
        sessions=account.sessions,
        allow=tuple(str(network) for network in account.allow),
        maintenance=tuple(parse_maintenance(text) for text in entry.maintenance),
        try_again_status=entry.try_again_status,
    )


def timers_of(entry: TimersEntry) -> Timers:
    """Session timers; the file's keys are theirs."""
    return replace(Timers(), **entry.model_dump())
