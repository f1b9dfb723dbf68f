"""Which carrier an MT goes to when no MO says it (MT8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from smsc.carrier.profile import CarrierProfile
from smsc.sms.numbers import Msisdn


def find_carrier(
    profiles: Mapping[str, CarrierProfile],
    *,
    code_carriers: Collection[str],
    network: str,
    last_carrier: str,
    msisdn: Msisdn,
) -> str | None:
    """The carrier's name, always one of `code_carriers`; None refuses the message ("unsupported network").

    In this order: the call's `network`, the carrier of the number's last MO, the longest prefix, the code's
    only carrier. A network by which none of the code's carriers is called refuses (gateway IR-420). A test carrier
    takes its own numbers and nothing else.
    """
    candidates = [
        profile
        for name in code_carriers
        if (profile := profiles.get(name)) is not None
        and (profile.kind != "test" or msisdn in profile.numbers)
    ]
    if network:
        named = [profile.name for profile in candidates if _is_called(profile, network)]
        if not named:
            return None
        return last_carrier if last_carrier in named else named[0]
    if any(profile.name == last_carrier for profile in candidates):
        return last_carrier
    longest = max(candidates, key=lambda profile: _prefix_length(profile, msisdn), default=None)
    if longest is not None and _prefix_length(longest, msisdn):
        return longest.name
    return candidates[0].name if len(candidates) == 1 else None


def _is_called(profile: CarrierProfile, network: str) -> bool:
    wanted = network.casefold()
    return profile.name.casefold() == wanted or any(alias.casefold() == wanted for alias in profile.networks)


def _prefix_length(profile: CarrierProfile, msisdn: Msisdn) -> int:
    if profile.kind == "test":
        return len(msisdn)
    return max((len(prefix) for prefix in profile.prefixes if msisdn.startswith(prefix)), default=0)
