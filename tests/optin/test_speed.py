"""The engine stands in the hot path of every MO; this holds it to a size that a batch can bear."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from smsc.optin import decide
from smsc.optin.events import Event, Help, Keyword, Unknown
from tests.optin.scene import HOROSKOP, Scene

MICROSECONDS_MAX = 150.0
"""Five times what it takes on a slow core: this guards against a wrong order of growth, not against noise."""


@pytest.mark.parametrize(
    "make",
    [
        lambda scene: Help(scene.mo("HELP HOROSKOP"), HOROSKOP),
        lambda scene: Keyword(scene.mo("HOROSKOP"), HOROSKOP),
        lambda scene: Unknown(scene.mo("?")),
    ],
    ids=["help", "keyword", "unknown"],
)
def test_deciding_an_mo_takes_microseconds(make: Callable[[Scene], Event]) -> None:
    scene = Scene()
    event, rounds = make(scene), 500
    best = float("inf")
    for _ in range(5):
        began = process_time()
        for _ in range(rounds):
            decide(scene.book, scene.standing, event, scene.now)
        best = min(best, (process_time() - began) / rounds * 1e6)
    assert best < MICROSECONDS_MAX, f"{best:.1f} us"
