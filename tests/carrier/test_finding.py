"""MT8: the carrier of an MT without an MO."""

from __future__ import annotations

import pytest

from smsc.carrier import CarrierProfile, find_carrier
from smsc.sms import Msisdn
from tests.carrier.samples import ANNA

PROFILES = {
    profile.name: profile
    for profile in (
        CarrierProfile("helvetia", networks=("22801", "SWISSCOM8CH4"), prefixes=("41",)),
        CarrierProfile("sunrise", networks=("22802",), prefixes=("4176", "4179")),
        CarrierProfile("austria", networks=("23201",), prefixes=("43",)),
        CarrierProfile("handset", kind="test", numbers=frozenset({"41790000001"}), prefixes=("41",)),
    )
}
ALL = tuple(PROFILES)


@pytest.mark.parametrize(
    ("carriers", "network", "last", "msisdn", "expected"),
    [
        # the call's network: name, MCC+MNC, alias; whatever else would say otherwise
        (ALL, "austria", "sunrise", ANNA, "austria"),
        (ALL, "22801", "sunrise", ANNA, "helvetia"),
        (ALL, "swisscom8ch4", "sunrise", ANNA, "helvetia"),
        # a network of another code's carrier refuses, and one that nobody knows
        (("helvetia",), "22802", "helvetia", ANNA, None),
        (ALL, "INTERNATIONAL", "helvetia", ANNA, None),
        # the last MO's carrier, when it is one of the code's
        (ALL, "", "austria", ANNA, "austria"),
        (("helvetia", "sunrise"), "", "austria", ANNA, "sunrise"),
        # the longest prefix
        (ALL, "", "", ANNA, "sunrise"),
        (ALL, "", "", Msisdn("41581234567"), "helvetia"),
        (ALL, "", "", Msisdn("436641234567"), "austria"),
        # the only carrier of the code
        (("helvetia",), "", "", Msisdn("38640123456"), "helvetia"),
        (("helvetia", "handset"), "", "", Msisdn("38640123456"), "helvetia"),
        (ALL, "", "", Msisdn("38640123456"), None),
        ((), "", "", ANNA, None),
        (("unknown",), "unknown", "unknown", ANNA, None),
        # a test carrier takes its own numbers and nothing else
        (ALL, "", "", Msisdn("41790000001"), "handset"),
        (ALL, "", "handset", ANNA, "sunrise"),
        (ALL, "handset", "", ANNA, None),
        (("handset",), "", "", ANNA, None),
    ],
)
def test_MT8(
    carriers: tuple[str, ...], network: str, last: str, msisdn: Msisdn, expected: str | None
) -> None:
    found = find_carrier(PROFILES, code_carriers=carriers, network=network, last_carrier=last, msisdn=msisdn)
    assert found == expected
