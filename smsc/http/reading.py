"""JSON and texts that somebody sends, with what would break us or the store refused at the door."""

from __future__ import annotations

import json

DEPTH_MAX = 20


class BadJson(ValueError):
    """Not JSON, or nested too deeply; the words say which."""


def parse_json(raw: bytes) -> object:
    """What the octets say.  Raises: BadJson."""
    try:
        found: object = json.loads(raw)
    except RecursionError as error:
        raise BadJson(f"nested more than {DEPTH_MAX} deep") from error
    except ValueError as error:  # its words quote nothing that we would repeat
        raise BadJson("broken") from error
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise BadJson(f"nested more than {DEPTH_MAX} deep")
        match value:
            case dict():
                waiting += [(one, depth + 1) for one in value.values()]
            case list():
                waiting += [(one, depth + 1) for one in value]
    return found


def storable(text: str) -> bool:
    """Whether every database keeps the text: PostgreSQL takes no NUL, none takes half a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
