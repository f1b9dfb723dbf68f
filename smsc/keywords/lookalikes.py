"""Letters of other scripts that look like Latin ones on a handset: a keyword "ST\u041eP" would pass for STOP.

The small letters of Unicode Technical Standard #39 (confusables.txt) that Cyrillic and Greek share with Latin, and
those whose capitals do. They tell what to refuse as a keyword; what subscribers write is never bent by them.
"""

from __future__ import annotations

_CYRILLIC = dict(zip("авекмнорстухіјѕԁһԛԝґѵ", "abekmhopctyxijsdhqwrv", strict=True))
_GREEK = dict(zip("αβεζηικμνορτυχγ", "abezhikmvoptyxy", strict=True))
_LATIN = str.maketrans(_CYRILLIC | _GREEK | {"0": "o", "1": "l"})


def looks_like(word: str, other: str) -> bool:
    """Whether two folded phrases are different and look the same."""
    return word != other and word.translate(_LATIN) == other.translate(_LATIN)
