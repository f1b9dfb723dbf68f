"""A YAML text as strings, lists and mappings, with the line of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from smsc.optin.problems import MENDS, Problem

Tree = str | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]


LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml's where it is there: the shipped packs are read at every start."""


@dataclass(slots=True)
class Source:
    """One file while it is read: its tree, its lines, and the problems found so far.

    Takers return what they could read and note what they could not; the caller stops at the end, with all
    faults.
    """

    file: str
    tree: dict[str, Tree]
    lines: dict[Path, int]
    problems: list[Problem] = field(default_factory=list)
    title: str = ""
    """What faults are said of, where the file has more in it than this."""

    def complain(self, path: Path, rule: str, message: str, mend: str = "") -> None:
        """Note a fault at `path`, or at the nearest thing around it that has a line, and what to write instead."""
        where = path
        while where and where not in self.lines:
            where = where[:-1]
        spot = ".".join(str(step) for step in path)
        what = ": ".join(filter(None, (self.title, spot, message)))
        mend = mend or MENDS.get(rule, "")
        self.problems.append(Problem(self.file, self.lines.get(where, 0), rule, what, mend))

    def mapping(self, path: Path, *, optional: bool = False) -> dict[str, Tree]:
        """The mapping at `path`; empty, and a fault, when it is something else."""
        found = self._at(path)
        if isinstance(found, dict):
            return found
        if found is not None or not optional:
            self.complain(path, "shape", "must be a mapping", f"write {_last(path)}: {{key: value, ...}}")
        return {}

    def string(self, path: Path, *, default: str | None = None) -> str:
        """The string at `path`."""
        found = self._at(path)
        if isinstance(found, str):
            return found
        if found is None and default is not None:
            return default
        what = "is missing" if found is None else "must be one value"
        self.complain(path, "shape", what, f'write {_last(path)}: "..."')
        return ""

    def strings(self, path: Path, *, optional: bool = False) -> tuple[str, ...]:
        """The list of strings at `path`."""
        found = self._at(path)
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return tuple(item for item in found if isinstance(item, str))
        if found is not None or not optional:
            self.complain(path, "shape", "must be a list of words", f'write {_last(path)}: ["...", "..."]')
        return ()

    def number(self, path: Path, *, above: float = 0.0) -> float:
        """The number above `above` at `path`."""
        text = self.string(path)
        try:
            value = float(text)
        except ValueError:
            value = above
        if not above < value < float("inf"):
            self.complain(
                path, "number", f"must be a number above {above:g}, not {text!r}", f"write {_last(path)}: 30"
            )
            return above + 1
        return value

    def whole(self, path: Path) -> int:
        """The whole number above 0 at `path`."""
        value = self.number(path)
        if value != int(value):
            self.complain(path, "number", "must be a whole number")
        return int(value)

    def choice(self, path: Path, allowed: tuple[str, ...], *, default: str | None = None) -> str:
        """One of `allowed` at `path`."""
        text = self.string(path, default=default)
        if text not in allowed:
            what = f"must be one of {', '.join(allowed)}, not {text!r}"
            self.complain(path, "choice", what, f"write {_last(path)}: {allowed[0]}, or another of them")
            return allowed[0]
        return text

    def keys(self, path: Path, allowed: frozenset[str]) -> None:
        """Unknown keys of the mapping at `path` are faults."""
        found = self._at(path)
        for key in found if isinstance(found, dict) else ():
            if key not in allowed:
                self.complain((*path, key), "key", f"unknown; known are {', '.join(sorted(allowed))}")

    def _at(self, path: Path) -> Tree | None:
        here: Tree | None = self.tree
        for step in path:
            if isinstance(here, dict) and isinstance(step, str):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                return None
        return here


def _last(path: Path) -> str:
    """The key that leads to `path`."""
    return next((step for step in reversed(path) if isinstance(step, str)), "it")


def read_source(file: str, text: str) -> Source:
    """Read YAML as strings: nothing turns into a boolean, a number or a date.

    A text that is no YAML mapping gives a Source with its problem noted.
    """
    try:
        node = yaml.compose(text, Loader=LOADER)
        tree = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        return Source(file, {}, {}, [Problem(file, line, "yaml", str(getattr(error, "problem", error)))])
    if not isinstance(tree, dict):
        return Source(file, {}, {}, [Problem(file, 1, "yaml", "must be a mapping")])
    lines: dict[Path, int] = {}
    _number_lines(node, (), lines)
    return Source(file, tree, lines)


def _number_lines(node: yaml.Node | None, path: Path, lines: dict[Path, int]) -> None:
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines.setdefault((*path, str(key.value)), key.start_mark.line + 1)
            _number_lines(value, (*path, str(key.value)), lines)
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            _number_lines(item, (*path, place), lines)
