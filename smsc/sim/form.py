"""How one simulated carrier differs from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from smsc.sim.receipts import IdStyle, ReceiptForm
from smsc.smpp.timers import Timers
from smsc.sms.alphabets import Alphabet

USUAL_PRICES: Mapping[str, str] = MappingProxyType({"0x1401=0300": "CHF 3.00"})


@dataclass(frozen=True, slots=True)
class CarrierForm:
    """The agreements with this carrier, and its habits.

    prices: price by tariff, as `smsc.sim.message.price_of` reads it; what has none is free.
    redelivery_s: from a try-again status for an MO or receipt to the next attempt.
    sessions_max: binds of one ESME at the same time.
    """

    name: str = "helvetia"
    system_id: str = "smsc"
    password: str = field(default="secret", repr=False)
    default_alphabet: Alphabet = Alphabet.GSM7
    ids: IdStyle = IdStyle.DECIMAL
    receipt: ReceiptForm = field(default_factory=ReceiptForm)
    prices: Mapping[str, str] = field(default_factory=lambda: USUAL_PRICES)
    window: int = 100
    redelivery_s: float = 1.0
    sessions_max: int = 16
    timers: Timers = field(default_factory=Timers)
