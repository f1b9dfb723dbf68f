"""Text as it is matched (RT1). What arrived stays what it was; only comparisons see this form.

NFKC, case folding, an explicit table for letters that have no decomposition, combining marks and invisible
characters dropped, an emoji a word of its own, everything else that is neither letter nor digit a space. "S T O P" is
STOP.
"""

from __future__ import annotations

import unicodedata

from smsc.keywords.emoji import is_emoji, parted

_SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")


def _ascii(code: int) -> str | None:
    character = chr(code)
    if character.isalnum():
        return character.lower()
    return " " if character.isprintable() or character in _SPACES else None


_ASCII = {code: _ascii(code) for code in range(128)}

# Letters that NFKD leaves alone, and the invisible letters of Hangul and Khmer (Unicode category L).
_LETTERS: dict[int, str | None] = {
    ord(letter): plain
    for letter, plain in {
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ø": "o",
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ĸ": "k",
        "ŋ": "n",
        "ə": "e",
    }.items()
}
_LETTERS |= dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5, 0x2800))

HEAD_MAX = 160
"""Characters in which the keyword of "HOROSKOP:LEO" is looked for."""


def fold(text: str) -> list[str]:
    """The words of `text` in the form in which texts are compared; [] when it has no letter, digit or emoji.

    Total: any string, lone surrogates included. Letters spelled one by one become one word.
    """
    words = _words(text)
    if len(words) < 2 or (len(words[0]) > 1 and words[0].isalnum()):
        return words
    letters = [word for word in words if not is_emoji(word)]
    if len(letters) > 1 and all(len(word) == 1 and word.isalpha() for word in letters):
        first = next(n for n, word in enumerate(words) if not is_emoji(word))
        return [*words[:first], "".join(letters), *filter(is_emoji, words[first:])]
    return words


def fold_phrase(text: str) -> str:
    """`fold` as one string, its words parted by single spaces: the key of every word list."""
    return " ".join(fold(text))


def fold_forms(text: str) -> frozenset[str]:
    """How a phrase may stand in a text: by itself ("AA" for "A A"), and behind other words ("a a")."""
    return frozenset(filter(None, (fold_phrase(text), " ".join(_words(text)))))


def rest_after(text: str, words: int) -> str:
    """What stands in `text`, untouched, after its first `words` words (RT6); "" where nothing follows."""
    parts = text.split(None, words)
    if all(len(_words(part)) == 1 for part in parts[:words]):
        return parts[words].rstrip() if len(parts) > words else ""
    wanted = _words(text)[:words]
    for end in range(1, min(len(text), HEAD_MAX)):
        parted_here = not text[end].isalnum() or not text[end - 1].isalnum()
        if parted_here and _words(text[:end]) == wanted:
            return _detached(text[end:])
    return ""


def _detached(rest: str) -> str:
    """What follows a word, without the punctuation that hangs on it: all but letters, digits, spaces and emojis."""
    n = 0
    while n < len(rest) and not rest[n].isspace() and not _words(rest[n]):
        n += 1
    return rest[n:].strip()


def _words(text: str) -> list[str]:
    if text.isascii():
        return text.translate(_ASCII).split()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded).casefold().translate(_LETTERS)
    if folded.isalnum():
        return [folded]
    pieces = (f" {piece} " if emoji else "".join(map(_one, piece)) for piece, emoji in parted(folded))
    return "".join(pieces).split()


def _one(character: str) -> str:
    if character.isalnum():
        return character
    match unicodedata.category(character):
        case "Mc":
            return character
        case "Mn" | "Me" | "Cf":
            return ""
        case "Cc":
            return " " if character in _SPACES else ""
        case _:
            return " "
