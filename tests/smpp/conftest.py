"""With SMSC_SOAK=1 the properties of this room are tried for much longer."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SOAK = os.environ.get("SMSC_SOAK") == "1"

settings.register_profile(
    "soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if SOAK:
    settings.load_profile("soak")
