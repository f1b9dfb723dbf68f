"""Emojis as words of a text: one token for one picture, however many code points a handset makes of it.

Shape after Unicode Technical Standard #51 (ED-14 flags, ED-14c keycaps, ED-15 modifiers, ED-16 joiner sequences).
"""

from __future__ import annotations

import re

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u25a0-\u2775\u2794-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d"
    "\U0001f000-\U0001f0ff\U0001f170-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_DRESS = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_DRESS}(?:\u200d{_PICTURE}{_DRESS})*"
)
_DROPPED = dict.fromkeys((0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)))
"""Variation selectors and skin tones: the same picture."""

KEYCAP = "\u20e3"


def parted(text: str) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is an emoji; emojis without skin tones and variation selectors."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for found in _EMOJI.finditer(text):
        pieces.append((text[at : found.start()], False))
        plain = found.group().translate(_DROPPED)
        pieces.append((plain if plain[0] in "0123456789#*" else plain.replace(KEYCAP, ""), True))
        at = found.end()
    pieces.append((text[at:], False))
    return pieces


def is_emoji(word: str) -> bool:
    """Whether a folded word is an emoji."""
    return not word.isascii() and _EMOJI.fullmatch(word) is not None
