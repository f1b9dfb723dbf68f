"""Reading flows and profiles from YAML, and refusing what cannot be trusted with money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsc.messages import State
from smsc.optin.extends import extend_all
from smsc.optin.flow import ENDED_EVENTS, EVENTS, VOCABULARY, Flow, Rule, Step
from smsc.optin.load_profile import read_profile, read_required
from smsc.optin.problems import BadProfiles, Problem
from smsc.optin.profile import Profile, Profiles
from smsc.optin.proof import prove_flow
from smsc.optin.source import Path, Source, Tree, read_source

_FLOW_KEYS = frozenset({"flow", "version", "start", "states", "ended", "required"})
_RULE_KEYS = frozenset({"to", "do", "because"})


def load_profiles(texts: Mapping[str, str], own: Sequence[Source] = ()) -> Profiles:
    """Profiles and their flows from YAML texts by file name. A text with `profile:` is a profile, any other a
    flow. `own` are profiles that were read elsewhere: one file may hold several.

    What is proved of every flow: every state is reachable, every target exists, STOP is answered in every
    state, every wait has an end, nothing is billed on a path without recorded consent, and consent is recorded
    only upon an MO of the number, or upon a notice that was delivered and stayed unanswered. And of every profile:
    it has a deadline for each wait of its flow, every text in every language with known placeholders, and words that
    can answer its request. A profile that `extends` another is that one with its own keys laid over.

    Raises:  BadProfiles: with all faults found, each with file, line and rule.
    """
    sources = [*(read_source(file, text) for file, text in sorted(texts.items())), *own]
    flows: dict[str, Flow] = {}
    by_version: dict[tuple[str, int], Profile] = {}
    for source in sources:
        if "profile" not in source.tree and not source.problems:
            flow = _flow(source)
            flows[flow.name] = flow
    all_read = not any(source.problems for source in sources)
    extend_all(sources)
    for source in sources:
        if "profile" in source.tree:
            profile = read_profile(source, flows, all_read=all_read)
            if profile is not None:
                if (profile.name, profile.version) in by_version:
                    source.complain(
                        ("version",), "version", f"{profile.name} {profile.version} is there twice"
                    )
                by_version[profile.name, profile.version] = profile
    problems: list[Problem] = [problem for source in sources for problem in source.problems]
    if problems:
        raise BadProfiles(tuple(problems))
    newest: dict[str, Profile] = {}
    for (name, _), profile in sorted(by_version.items()):
        newest[name] = profile
    return Profiles(newest, by_version)


def _flow(source: Source) -> Flow:
    source.keys((), _FLOW_KEYS)
    states: dict[State, Mapping[str, Rule]] = {}
    for name in source.mapping(("states",)):
        if name not in list(State):
            source.complain(("states", name), "states", f"no state; known are {', '.join(State)}")
            continue
        states[State(name)] = _rules(source, ("states", name), EVENTS)
    start = source.choice(("start",), tuple(State))
    flow = Flow(
        name=source.string(("flow",)),
        version=source.whole(("version",)),
        start=State(start),
        states=states,
        ended=_rules(source, ("ended",), ENDED_EVENTS),
        required=read_required(source),
    )
    if not source.problems:
        prove_flow(flow, source)
    return flow


def _rules(source: Source, path: Path, events: frozenset[str]) -> dict[str, Rule]:
    source.keys(path, events)
    return {
        event: _rule(source, (*path, event))
        for event in source.mapping(path, optional=path == ("ended",))
        if event in events
    }


def _rule(source: Source, path: Path) -> Rule:
    source.keys(path, _RULE_KEYS)
    rule = source.mapping(path)
    to = source.string((*path, "to"), default="")
    if to and to not in list(State):
        source.complain((*path, "to"), "targets", f"{to} is no state")
        to = ""
    steps = []
    listed = rule.get("do", [])
    if not isinstance(listed, list):
        source.complain((*path, "do"), "shape", "must be a list of steps")
        listed = []
    for place, item in enumerate(listed):
        step = _step(source, (*path, "do", place), item)
        if step is not None:
            steps.append(step)
    return Rule(State(to) if to else None, tuple(steps), source.string((*path, "because"), default=""))


def _step(source: Source, path: Path, item: Tree) -> Step | None:
    verb, word = "", ""
    if isinstance(item, str):
        verb = item
    elif isinstance(item, dict) and len(item) == 1:
        verb, given = next(iter(item.items()))
        word = given if isinstance(given, str) else "?"
    words = VOCABULARY.get(verb)
    if words is None:
        source.complain(path, "vocabulary", f"{verb or item!r} is no step; known are {', '.join(VOCABULARY)}")
        return None
    if (word not in words) if words else word:
        source.complain(
            path, "vocabulary", f"{verb} takes {', '.join(sorted(words)) or 'no word'}, not {word!r}"
        )
        return None
    return Step(verb, word)
