"""Why an MT cannot be written for its carrier. All are found before sending: the API refuses such a message.

CarrierError
  NoTariff      the carrier has no tariff for the price (CH1)
  BilledParts   a billed text of several parts where each part would be billed (MT5)
"""

from __future__ import annotations


class CarrierError(ValueError):
    """A message this carrier cannot take."""


class NoTariff(CarrierError):
    """No tariff is configured for the value."""


class BilledParts(CarrierError):
    """The text needs several parts and the carrier bills each."""
