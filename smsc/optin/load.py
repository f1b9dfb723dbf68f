"""Reading flows and profiles from YAML, and refusing what cannot be trusted with money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from smsc.messages import Period, State
from smsc.optin.flow import ENDED_EVENTS, EVENTS, VOCABULARY, Flow, Rule, Step
from smsc.optin.problems import BadProfiles, Problem
from smsc.optin.profile import Limits, Pack, Profile, Profiles, Side, Words
from smsc.optin.proof import flow_waits, prove_flow, texts_needed
from smsc.optin.source import Path, Source, Tree, read_source
from smsc.optin.template import BadTemplate, Template, parse_template

ELEMENTS = frozenset({"price", "frequency", "answer", "stop", "hotline", "company", "gprs", "adult", "portal"})
"""What a text can be required to show (OI3)."""

MARKED = ("stop", "gprs", "adult")
"""Elements that are recognised by marks."""

_SIDES = ("merchant", "server")
_FLOW_KEYS = frozenset({"flow", "version", "start", "states", "ended"})
_RULE_KEYS = frozenset({"to", "do", "because"})
_PROFILE_KEYS = frozenset(
    {"profile", "version", "flow", "country", "currency", "certainty", "sources", "words", "registration_id"}
    | {"welcomes", "says_goodbye", "stop_hint", "deadlines", "limits", "required", "marks", "texts"}
)
_LIMITS = (
    "request_s",
    "already_active_s",
    "stop_reply_s",
    "unknown_reply_s",
    "start_reply_s",
    "auto_replies_max",
    "auto_replies_s",
)
_PACK_KEYS = frozenset({"frequency", "periods", "either", "gprs"})
_NOT_IN_TEXTS = frozenset({"count", "period"})


def load_profiles(texts: Mapping[str, str]) -> Profiles:
    """Profiles and their flows from YAML texts by file name. A text with `profile:` is a profile, any other a
    flow.

    What is proved of every flow: every state is reachable, every target exists, STOP is answered in every
    state, every wait has an end, nothing is billed on a path without recorded consent. And of every profile:
    it has a deadline for each wait of its flow, and every text in every language with known placeholders.

    Raises:  BadProfiles: with all faults found, each with file, line and rule.
    """
    sources = [read_source(file, text) for file, text in sorted(texts.items())]
    flows: dict[str, Flow] = {}
    by_version: dict[tuple[str, int], Profile] = {}
    for source in sources:
        if "profile" not in source.tree and not source.problems:
            flow = _flow(source)
            flows[flow.name] = flow
    all_read = not any(source.problems for source in sources)
    for source in sources:
        if "profile" in source.tree:
            profile = _profile(source, flows, all_read=all_read)
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


def _version(source: Source) -> int:
    value = source.number(("version",))
    if value != int(value):
        source.complain(("version",), "number", "must be a whole number")
    return int(value)


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
        version=_version(source),
        start=State(start),
        states=states,
        ended=_rules(source, ("ended",), ENDED_EVENTS),
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


def _profile(source: Source, flows: Mapping[str, Flow], *, all_read: bool) -> Profile | None:
    source.keys((), _PROFILE_KEYS)
    flow = flows.get(source.string(("flow",)))
    if flow is None:
        if all_read:
            known = ", ".join(flows) or "none"
            source.complain(("flow",), "flow", f"there is no flow of this name; there are {known}")
        return None
    welcomes = cast(Side, source.choice(("welcomes",), _SIDES))
    says_goodbye = cast(Side, source.choice(("says_goodbye",), _SIDES))
    packs = {name: _pack(source, name) for name in source.mapping(("texts",))}
    if not packs:
        source.complain(("texts",), "languages", "needs at least one language")
    profile = Profile(
        name=source.string(("profile",)),
        version=_version(source),
        flow=flow,
        country=source.string(("country",)),
        currency=source.string(("currency",)),
        certainty=source.string(("certainty",)),
        sources=source.strings(("sources",)),
        words=_words(source),
        registration_id=cast(
            Literal["opening_mo", "fresh"], source.choice(("registration_id",), ("opening_mo", "fresh"))
        ),
        welcomes=welcomes,
        says_goodbye=says_goodbye,
        stop_hint=cast(
            Literal["append", "separate", "none"],
            source.choice(("stop_hint",), ("append", "separate", "none")),
        ),
        deadlines=_deadlines(source, flow_waits(flow, welcomes, says_goodbye)),
        limits=_limits(source),
        required=_required(source),
        marks=_marks(source),
        languages=tuple(packs),
        packs=packs,
    )
    _complete(source, profile)
    return profile


def _words(source: Source) -> Words:
    source.keys(("words",), frozenset({"yes", "no", "bare_start", "stop_typos"}))
    for place, pattern in enumerate(source.strings(("words", "yes"))):
        if "{" in pattern.replace("{keyword}", ""):
            source.complain(("words", "yes", place), "placeholders", "only {keyword} may stand in a pattern")
    return Words(
        yes=source.strings(("words", "yes")),
        no=source.strings(("words", "no"), optional=True),
        bare_start=cast(
            Literal["explain", "confirm", "reopen"],
            source.choice(("words", "bare_start"), ("explain", "confirm", "reopen")),
        ),
        stop_typos=source.choice(("words", "stop_typos"), ("no", "yes")) == "yes",
    )


def _deadlines(source: Source, waits: frozenset[str]) -> dict[str, float]:
    for wait in sorted(waits - source.mapping(("deadlines",)).keys()):
        source.complain(
            ("deadlines",), "deadline", f"the flow waits for {wait}, which needs a deadline in seconds"
        )
    return {name: source.number(("deadlines", name)) for name in source.mapping(("deadlines",))}


def _limits(source: Source) -> Limits:
    source.keys(("limits",), frozenset(_LIMITS))
    values = {name: source.number(("limits", name)) for name in _LIMITS}
    most = int(values.pop("auto_replies_max"))
    return Limits(**values, auto_replies_max=most)


def _required(source: Source) -> dict[str, tuple[str, ...]]:
    required = {kind: source.strings(("required", kind)) for kind in source.mapping(("required",))}
    for kind, elements in required.items():
        for place, element in enumerate(elements):
            if element not in ELEMENTS:
                source.complain(
                    ("required", kind, place), "elements", f"{element} is not one of {sorted(ELEMENTS)}"
                )
    return required


def _marks(source: Source) -> dict[str, tuple[str, ...]]:
    source.keys(("marks",), frozenset(MARKED))
    return {element: source.strings(("marks", element)) for element in MARKED}


def _pack(source: Source, language: str) -> Pack:
    path: Path = ("texts", language)
    texts = {}
    for kind in source.mapping(path):
        if kind not in _PACK_KEYS:
            texts[kind] = _template(source, (*path, kind))
            inner = texts[kind].names & _NOT_IN_TEXTS
            if inner:
                source.complain((*path, kind), "placeholders", f"{sorted(inner)} belong in `frequency` only")
    return Pack(
        texts=texts,
        frequency=_template(source, (*path, "frequency")),
        periods={per.value: source.string((*path, "periods", per.value)) for per in Period},
        either=source.string((*path, "either")),
        gprs=source.string((*path, "gprs")),
    )


def _template(source: Source, path: Path) -> Template:
    text = source.string(path)
    try:
        return parse_template(text)
    except BadTemplate as error:
        source.complain(path, "placeholders", str(error))
        return Template(text, ((text, None),))


def _complete(source: Source, profile: Profile) -> None:
    """Every language has the texts that flow and engine can ask for, and the same ones as the others."""
    needed = texts_needed(profile) | {kind for pack in profile.packs.values() for kind in pack.texts}
    for language, pack in profile.packs.items():
        for kind in sorted(needed - pack.texts.keys()):
            source.complain(("texts", language), "languages", f"has no text {kind!r}")
