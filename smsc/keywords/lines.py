"""YAML as people wrote it: every scalar a string, every key and value with its line.

Plain loaders turn NO into False and 12:30 into 750; here nothing is guessed. What could make a file mean
something else than it shows is refused: duplicate keys, aliases, merge keys, several documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from smsc.keywords.problems import BadFile, Problem, did_you_mean

__all__ = [
    "BadFile",
    "Entry",
    "Items",
    "Keys",
    "Node",
    "Problem",
    "Text",
    "decoded",
    "did_you_mean",
    "expand",
    "load_yaml",
]

CHARACTERS_MAX = 4 * 1024 * 1024
DEPTH_MAX = 16

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. `empty` is a key without any value, not an empty quoted string."""

    line: int
    value: str
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's line and its value."""

    line: int
    node: Node


@dataclass(frozen=True, slots=True)
class Keys:
    line: int
    entries: Mapping[str, Entry]


Node = Text | Items | Keys


def decoded(octets: bytes, *, file: str) -> str:
    """The text of a file.

    Raises:  BadFile: not UTF-8, with the line and the octet that is none.
    """
    try:
        return octets.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        column = error.start - (octets.rfind(b"\n", 0, error.start) + 1) + 1
        what = f"not UTF-8: octet {column} of the line is 0x{octets[error.start]:02X}"
        mend = "save the file as UTF-8 (editors call Latin-1 and Windows-1252 otherwise)"
        raise BadFile([Problem(file, line, "CFG", what, mend)]) from error


def load_yaml(text: str, *, file: str) -> Keys:
    """The tree of one YAML document whose top is a mapping; an empty file is an empty mapping.

    Raises:  BadFile: not YAML, not a mapping, too long, too deep, or one of the things refused above.
    """
    if len(text) > CHARACTERS_MAX:
        mend = f"split the file, {CHARACTERS_MAX} characters are the limit"
        raise BadFile([Problem(file, 0, "YAML", f"the file has {len(text)} characters", mend)])
    try:
        reader = _Reader(file, yaml.parse(text, Loader=_LOADER))
        top = reader.document()
    except yaml.MarkedYAMLError as error:
        open_end = error.context_mark is not None and "end of stream" in str(error.problem)
        mark = error.context_mark if open_end else error.problem_mark or error.context_mark
        line = min(mark.line + 1, len(text.splitlines())) if mark else 0
        what = " ".join(filter(None, (error.context, error.problem)))
        raise BadFile(
            [Problem(file, line, "YAML", what, "indent with spaces and quote what is unusual")]
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        mend = "remove the character that YAML does not allow"
        raise BadFile([Problem(file, line, "YAML", str(error.reason), mend)]) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise BadFile(
            [Problem(file, line, "YAML", "half a surrogate pair", "save the file as UTF-8")]
        ) from error
    if reader.problems:
        raise BadFile(reader.problems)
    return top


class _Reader:
    """Builds the tree from parser events; recursion is bounded by DEPTH_MAX."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events = events

    def document(self) -> Keys:
        """The only document's top mapping."""
        top: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if top is not None:
                    self._refuse(event, "a second document begins here", 'remove "---" and what follows')
                top = self._node(next(self._events), depth=1)
        if top is None or (isinstance(top, Text) and top.empty):
            return Keys(1, {})
        if not isinstance(top, Keys):
            raise BadFile(
                [Problem(self.file, top.line, "YAML", "the file is no mapping", 'begin with "key: value"')]
            )
        return top

    def _refuse(self, event: yaml.Event, message: str, mend: str) -> BadFile:
        self.problems.append(Problem(self.file, _line(event), "YAML", message, mend))
        return BadFile(self.problems)

    def _node(self, event: yaml.Event, *, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise self._refuse(event, f"nested deeper than {DEPTH_MAX} levels", "flatten it")
        match event:
            case yaml.ScalarEvent():
                value = str(event.value)
                return Text(_line(event), value, empty=not value and not event.style)
            case yaml.SequenceStartEvent():
                return self._items(event, depth)
            case yaml.MappingStartEvent():
                return self._keys(event, depth)
            case _:
                raise self._refuse(event, "aliases (*name) are not supported", "write the value out")

    def _items(self, start: yaml.Event, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth=depth + 1))
        return Items(_line(start), tuple(items))

    def _keys(self, start: yaml.Event, depth: int) -> Keys:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            node = self._node(next(self._events), depth=depth + 1)
            if not isinstance(key, Text):
                mend = "write one word before the colon"
                self.problems.append(Problem(self.file, key.line, "YAML", "a key must be a word", mend))
            elif key.value in entries:
                first = entries[key.value].line
                self._refuse(
                    event, f'key "{key.value}" stands here again', f"remove it or the one in line {first}"
                )
            else:
                entries[key.value] = Entry(key.line, node)
        return Keys(_line(start), entries)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def plain(node: Node) -> object:
    """The tree without its lines: dicts, lists, strings; None for a key without a value."""
    match node:
        case Text():
            return None if node.empty else node.value
        case Items():
            return [plain(item) for item in node.items]
        case Keys():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


def line_at(node: Node, path: tuple[object, ...]) -> int:
    """The line of what `path` (keys and indexes) leads to; of its nearest parent where it leads nowhere."""
    line = node.line
    for step in path:
        if isinstance(node, Keys) and (entry := node.entries.get(str(step))) is not None:
            line, node = entry.line, entry.node
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line


def expand(node: Node, environ: Mapping[str, str], *, file: str, problems: list[Problem]) -> Node:
    """The tree with every `${NAME}` in a value replaced; a missing variable is added to `problems`.

    Values are not expanded again, so a secret may contain "${".
    """

    def replaced(text: Text) -> Text:
        def value(found: re.Match[str]) -> str:
            name = found.group(1)
            if name in environ:
                return environ[name]
            message = f"environment variable {name} is not set"
            problems.append(
                Problem(file, text.line, "CFG", message, f"export {name}=... before starting smsc")
            )
            return found.group()

        return Text(text.line, _VARIABLE.sub(value, text.value), text.empty) if "${" in text.value else text

    match node:
        case Text():
            return replaced(node)
        case Items():
            items = tuple(expand(item, environ, file=file, problems=problems) for item in node.items)
            return Items(node.line, items)
        case Keys():
            entries = {
                key: Entry(entry.line, expand(entry.node, environ, file=file, problems=problems))
                for key, entry in node.entries.items()
            }
            return Keys(node.line, entries)
