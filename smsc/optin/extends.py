"""Profiles that extend others: mapping laid over mapping, what is said first in what is said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsc.optin.source import Source, Tree

DEPTH_MAX = 5
"""Profiles in one chain of `extends`."""


def laid_over(base: Mapping[str, Tree], own: Mapping[str, Tree]) -> dict[str, Tree]:
    """`base` with the keys of `own` in place of its own, mapping by mapping; the keys of `own` come first."""
    merged: dict[str, Tree] = {}
    for key, value in own.items():
        below = base.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = laid_over(below, value) if both else value  # type: ignore[arg-type]
    return merged | {key: value for key, value in base.items() if key not in own}


def extend_all(sources: Sequence[Source]) -> None:
    """Lay every profile over the one it extends; a base that is not there is a fault at its line."""
    named: dict[str, list[Source]] = {}
    for source in sources:
        name = source.tree.get("profile")
        if isinstance(name, str):
            named.setdefault(name, []).append(source)
    plain = {id(source): source.tree for source in sources}
    for source in sources:
        if "extends" in source.tree:
            source.tree = _whole(source, source, named, plain, depth=1)


def _whole(
    source: Source,
    asking: Source,
    named: Mapping[str, list[Source]],
    plain: Mapping[int, dict[str, Tree]],
    *,
    depth: int,
) -> dict[str, Tree]:
    own = {key: value for key, value in plain[id(source)].items() if key != "extends"}
    wanted = plain[id(source)].get("extends")
    if wanted is None:
        return own
    bases = [one for one in named.get(str(wanted), ()) if one is not source]
    if not bases or depth > DEPTH_MAX:
        known = ", ".join(sorted(named))
        asking.complain(
            ("extends",), "extends", f"there is no profile {wanted!r} to extend; there are {known}"
        )
        return own
    base = max(bases, key=lambda one: str(one.tree.get("version", "")))
    below = _inherited(_whole(base, asking, named, plain, depth=depth + 1))
    if own.get("country", below.get("country")) != below.get("country"):
        if source is asking and "certainty" not in own:
            what = (
                f"facts about another country than that of {wanted} have a certainty and sources of their own"
            )
            mend = 'write certainty: B and sources: ["https://..."], or certainty: "-" while nothing is known'
            asking.complain(("certainty",), "certainty", what, mend)
        below |= {"certainty": "-", "sources": []}
    return laid_over(below, own)


def _inherited(tree: dict[str, Tree]) -> dict[str, Tree]:
    """What a profile hands down: all but what it says of itself alone. That it may go live is such a thing."""
    return {
        key: value
        for key, value in tree.items()
        if key not in ("profile", "note") and (key != "draft" or value in ("yes", "true"))
    }
