"""Which tariff an MT gets, and whether its carrier can bill it at all."""

from __future__ import annotations

from smsc.carrier.errors import NoTariff
from smsc.carrier.profile import CarrierProfile, Tariff
from smsc.messages import Money, Mt
from smsc.sms.coding import length
from smsc.sms.numbers import ShortCode


def has_tariff(profile: CarrierProfile, value: Money | None) -> bool:
    """Whether the carrier can take this price; free always passes (CH1, gateway IR-412)."""
    return value is None or value.minor == 0 or value in profile.tariffs


def may_bill(profile: CarrierProfile, text: str) -> bool:
    """Whether `text` may be billed: it is one short message, or the carrier bills parts once (MT5)."""
    return profile.bills_parts_once or length(text, national=profile.national).parts == 1


def sent_as(profile: CarrierProfile, mt: Mt) -> ShortCode:
    """The source address `mt` leaves with: its short code, or what its tariff puts in its place (CH1).

    Receipts come back to that address.
    """
    tariff = profile.free_tariff if mt.value is None else profile.tariffs.get(mt.value, profile.free_tariff)
    return ShortCode(tariff.source_addr) if tariff.source_addr else mt.short_code


def tariff_for(profile: CarrierProfile, value: Money | None) -> Tariff:
    """The tariff of `value`.

    Raises:  NoTariff: a price above zero that the carrier has no tariff for.
    """
    if value is None:
        return profile.free_tariff
    tariff = profile.tariffs.get(value)
    if tariff is not None:
        return tariff
    if value.minor == 0:
        return profile.free_tariff
    raise NoTariff(f"{profile.name} has no tariff for {value.minor} minor units of {value.currency}")
