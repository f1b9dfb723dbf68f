"""The binds of a carrier in smsc.yaml: those that we make, and the accounts that carriers bind to."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic.networks import IPvAnyNetwork

from smsc.config.fields import (
    Address,
    MtPdu,
    OptionalWait,
    SentPassword,
    SystemId,
    Ton,
    Wait,
    Window,
    Word,
)
from smsc.keywords.models import Name
from smsc.keywords.shape import Shape, fault


class TimersEntry(Shape):
    session_init_s: OptionalWait = 10.0
    enquire_link_s: OptionalWait = 30.0
    enquire_answer_s: Wait = 10.0
    response_s: Wait = 60.0
    inactivity_s: OptionalWait = 300.0
    pdu_s: OptionalWait = 10.0


class RebindEntry(Shape):
    initial_s: Wait = 1.0
    max_s: Wait = 60.0
    refused_s: Wait = 60.0
    refused_max_s: Wait = 14_400.0
    steady_s: Wait = 10.0
    alarm_s: Wait = 60.0


class DialTls(Shape):
    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: Literal["full", "none"] = "full"
    name: str = ""
    """Checked in place of the host's name."""


class OutbindFrom(Shape):
    """The outbind that a carrier sends to our listener before this bind is made."""

    system_id: SystemId
    password: SecretStr = SecretStr("")
    allow: tuple[IPvAnyNetwork, ...] = ()


class OutbindTo(Shape):
    """The outbind with which we call an ESME that then binds with the account."""

    address: Address
    system_id: SystemId = "smsc"
    password: SentPassword = SecretStr("")


class BindEntry(Shape):
    """A bind that we make: dialled, or on the connection of an outbind."""

    name: Name | None = None
    address: Address | None = None
    fallback: tuple[Address, ...] = ()
    outbind: OutbindFrom | None = None
    system_id: SystemId
    password: SentPassword = SecretStr("")
    mode: Literal["transceiver", "transmitter", "receiver"] = "transceiver"
    system_type: Word = Field(default="", max_length=12)
    addr_ton: Ton = 0
    addr_npi: Ton = 0
    address_range: Word = Field(default="", max_length=40)
    sessions: int = Field(default=1, ge=1, le=64)
    window: Window = 10
    inbound_max: int = Field(default=1000, ge=1, le=100_000)
    inbound_octets_max: int = Field(default=2_097_152, ge=65_536, le=2**30)
    rate: float | None = Field(default=None, gt=0)
    """MTs a second and session."""
    connect_s: Wait = 10.0
    timers: TimersEntry = TimersEntry()
    rebind: RebindEntry = RebindEntry()
    tls: DialTls | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.address is None) == (self.outbind is None):
            raise fault("neither dialled nor called", "give it an address, or outbind: if the carrier calls")
        return self


class AccountEntry(Shape):
    """A bind that the carrier dials to our listener."""

    name: Name | None = None
    system_id: SystemId
    password: Annotated[SecretStr, Field(min_length=1)]
    allow: tuple[IPvAnyNetwork, ...] = ()
    sessions: int = Field(default=4, ge=1, le=64)
    window: Window = 10
    inbound_max: int = Field(default=1000, ge=1, le=100_000)
    inbound_octets_max: int = Field(default=2_097_152, ge=65_536, le=2**30)
    rate: float | None = Field(default=None, gt=0)
    mt_pdu: MtPdu | None = None
    timers: TimersEntry = TimersEntry()
    outbind: OutbindTo | None = None
