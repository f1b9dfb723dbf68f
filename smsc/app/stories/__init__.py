"""The stories of `smsc demo`, one for each system: what everybody says and does in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from smsc.app.demo_stage import Demo
from smsc.app.stories import s1, s2, s3, s4

STORIES: Mapping[str, Callable[[Demo], Awaitable[None]]] = {
    "s1": s1.play,
    "s2": s2.play,
    "s3": s3.play,
    "s4": s4.play,
}
