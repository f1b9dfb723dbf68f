"""Characters that the GSM alphabet lacks, by the nearest that it has: a Slovene text then stays in 160 characters."""

from __future__ import annotations

import unicodedata

from smsc.sms.alphabets import try_gsm7

_REPLACED: dict[str, str] = {
    # Letters that do not come apart into a base and an accent.
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ł": "l", "Ł": "L", "ı": "i", "ŧ": "t", "Ŧ": "T", "ħ": "h", "Ħ": "H",
    "þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE", "ĳ": "ij", "Ĳ": "IJ", "ĸ": "k", "ŋ": "n", "Ŋ": "N", "ẞ": "SS",
    # Accents whose nearest letter is not the bare one.
    "ő": "ö", "Ő": "Ö", "ű": "ü", "Ű": "Ü",
    # Quotation marks, primes, dashes, dots, spaces.
    "„": '"', "“": '"', "”": '"', "‟": '"', "«": '"', "»": '"', "″": '"', "‘": "'", "’": "'", "‚": "'", "‛": "'",
    "‹": "'", "›": "'", "′": "'", "´": "'", "`": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-",
    "−": "-", "…": "...", "•": "-", "·": "-", "×": "x", "÷": ":", "©": "(c)", "®": "(R)", "™": "TM", "°": "o",
    "\u2044": "/", "№": "No.", "¢": "c", "\t": " ", "\u2028": "\n", "\u2029": "\n",
    # What nobody sees.
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip


def transliterate(text: str) -> str:
    """`text` with what the GSM alphabet lacks replaced where a replacement is known; all else as it is.

    An accented letter loses its accent (č -> c), a typographic sign becomes the plain one. What has no nearest
    character (Cyrillic, emoji) stays, and with it the text stays UCS-2.
    """
    if try_gsm7(text) is not None:
        return text
    return "".join(map(_nearest, unicodedata.normalize("NFC", text)))


def _nearest(character: str) -> str:
    if try_gsm7(character) is not None:
        return character
    known = _REPLACED.get(character)
    if known is not None:
        return known
    if unicodedata.category(character) == "Zs":
        return " "
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if not bare:
        return ""  # an accent that stood alone
    mapped = "".join(_REPLACED.get(c, c) for c in bare)
    return mapped if try_gsm7(mapped) is not None else character
