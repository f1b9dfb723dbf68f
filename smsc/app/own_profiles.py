"""The profiles that keywords.yaml adds to the shipped ones, each fault at the line that someone wrote."""

from __future__ import annotations

import yaml

from smsc.keywords import BadFile, BadKeywords, Problem
from smsc.keywords.lines import Entry, Items, Keys, Node, Text, load_yaml
from smsc.keywords.problems import did_you_mean
from smsc.optin import BadProfiles, Profiles, builtin_texts, load_profiles
from smsc.optin.source import LOADER, Path, Source, Tree

_MEND = "correct the profile"


def all_profiles(keywords_text: str, *, file: str) -> Profiles:
    """The shipped profiles, and those of keywords.yaml: `name: {extends: ch-mo, version: 2, ...}`.

    An own profile is the one it extends with its keys laid over, mapping by mapping.
    Raises:  BadKeywords: an own profile extends nothing we have, or does not prove.
    """
    texts = builtin_texts()
    known = {str(tree["profile"]) for tree in map(_data, texts.values()) if "profile" in tree}
    written = _written(keywords_text, file)
    own = [_source(name, entry, file) for name, entry in written.items()]
    problems: list[Problem] = []
    for source in own:
        name, base = str(source.tree["profile"]), str(source.tree["extends"])
        if base not in known | (written.keys() - {name}):
            what = f'profile {name} extends "{base}", which is no profile known here'
            line = source.lines.get(("extends",), source.lines[()])
            problems.append(Problem(file, line, "OI4", what, did_you_mean(base, known)))
    if problems:
        raise BadKeywords(problems)
    try:
        return load_profiles(texts, own)
    except BadProfiles as error:
        raise BadKeywords(
            Problem(one.file, one.line, "OI4", f"{one.rule}: {one.message}", one.mend or _MEND)
            for one in error.problems
        ) from error


def _written(keywords_text: str, file: str) -> dict[str, Entry]:
    """The entries under `profiles`; none where the file is bad: what is wrong with it is load_table's to say."""
    try:
        found = load_yaml(keywords_text, file=file).entries.get("profiles")
    except BadFile:
        return {}
    return dict(found.node.entries) if found is not None and isinstance(found.node, Keys) else {}


def _source(name: str, entry: Entry, file: str) -> Source:
    lines: dict[Path, int] = {}
    read = _tree(entry.node, (), lines)
    said = read if isinstance(read, dict) else {}
    tree: dict[str, Tree] = {"extends": name, **said, "profile": name}
    source = Source(file, tree, lines | {(): entry.line}, title=f"profile {name}")
    if "profile" in said:
        source.complain(("profile",), "key", "the name is what stands before the colon", "remove this key")
    return source


def _tree(node: Node, path: Path, lines: dict[Path, int]) -> Tree:
    lines.setdefault(path, node.line)
    match node:
        case Text():
            return node.value
        case Items():
            return [_tree(item, (*path, place), lines) for place, item in enumerate(node.items)]
        case Keys():
            lines |= {(*path, key): entry.line for key, entry in node.entries.items()}
            return {key: _tree(entry.node, (*path, key), lines) for key, entry in node.entries.items()}


def _data(text: str) -> dict[str, object]:
    tree = yaml.load(text, Loader=LOADER)  # shipped with the package; uses aliases
    return tree if isinstance(tree, dict) else {}
