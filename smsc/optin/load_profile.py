"""Reading one profile: a market pack over a flow that was read before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from smsc.messages import Period
from smsc.optin.extends import laid_over
from smsc.optin.flow import Flow
from smsc.optin.profile import Adults, Caps, Limits, Pack, Profile, Reminder, Side, Variant, Words
from smsc.optin.proof import flow_waits, is_hearsay, prove_profile, texts_needed
from smsc.optin.source import Path, Source
from smsc.optin.template import BadTemplate, Template, parse_template
from smsc.optin.wording import DECIMALS

ELEMENTS = frozenset(
    {
        "price",
        "frequency",
        "answer",
        "yes",
        "no",
        "stop",
        "help",
        "hotline",
        "company",
        "gprs",
        "adult",
        "portal",
    }
)
"""What a text can be required to show (OI3)."""

MARKED = ("stop", "help", "gprs", "adult")
"""Elements that are recognised by marks."""

_MARKS = {"help": ("HELP",)}
"""Marks of those that nothing is said of."""

_SIDES = ("merchant", "server")
_PROFILE_KEYS = frozenset(
    {"profile", "version", "flow", "country", "currency", "certainty", "sources", "words", "registration_id"}
    | {"welcomes", "says_goodbye", "stop_hint", "deadlines", "limits", "required", "marks", "texts", "note"}
    | {"draft", "open", "evidence", "caps", "billed_per_period", "networks", "adult", "reminder"}
    | {"receipt_after_charge"}
)
_PER_NETWORK = frozenset(
    {"welcomes", "says_goodbye", "stop_hint", "deadlines", "limits", "required", "caps", "billed_per_period"}
)
"""What may differ by network (OO8). The words may not: the router knows the code, not the network."""

_EVIDENCE = frozenset({"sub_url", "sub_ip", "sub_key"})
_CAPS = ("message", "minute", "week", "month", "registration")
_LIMITS = (
    "request_s",
    "already_active_s",
    "stop_reply_s",
    "unknown_reply_s",
    "start_reply_s",
    "auto_replies_max",
    "auto_replies_s",
    "requests_max",
    "requests_s",
)
_DEFAULTS = {"requests_max": 3.0, "requests_s": 86400.0}
_PACK_KEYS = frozenset({"frequency", "periods", "either", "gprs"})
_NOT_IN_TEXTS = frozenset({"count", "period"})


def read_profile(source: Source, flows: Mapping[str, Flow], *, all_read: bool) -> Profile | None:
    """The profile in `source`, with its variants by network; faults are noted there. None: it has no flow."""
    source.keys((), _PROFILE_KEYS)
    flow = flows.get(source.string(("flow",)))
    if flow is None:
        if all_read:
            known = ", ".join(flows) or "none"
            source.complain(("flow",), "flow", f"there is no flow of this name; there are {known}")
        return None
    plain = _plain(source, flow)
    _complete(source, plain)
    prove_profile(plain, source)
    variants = [_variant(source, flow, name) for name in source.mapping(("networks",), optional=True)]
    return replace(plain, variants=tuple(variants)) if variants else plain


def _plain(source: Source, flow: Flow) -> Profile:
    welcomes = cast(Side, source.choice(("welcomes",), _SIDES))
    says_goodbye = cast(Side, source.choice(("says_goodbye",), _SIDES))
    packs = {name: _pack(source, name) for name in source.mapping(("texts",))}
    if not packs:
        source.complain(("texts",), "languages", "needs at least one language")
    currency = source.string(("currency",))
    reminder = read_reminder(source, currency)
    certainty, sources, open_points = _certainty(source)
    return Profile(
        name=source.string(("profile",)),
        version=source.whole(("version",)),
        flow=flow,
        country=source.string(("country",)),
        currency=currency,
        certainty=certainty,
        sources=sources,
        words=_words(source),
        registration_id=cast(
            Literal["opening_mo", "confirm_mo", "fresh"],
            source.choice(("registration_id",), ("opening_mo", "confirm_mo", "fresh")),
        ),
        welcomes=welcomes,
        says_goodbye=says_goodbye,
        stop_hint=_stop_hint(source),
        deadlines=_deadlines(source, flow_waits(flow, welcomes, says_goodbye, reminder)),
        limits=_limits(source),
        required=read_required(source),
        marks=_marks(source),
        languages=tuple(packs),
        packs=packs,
        draft=_says_yes(source, "draft") or is_hearsay(certainty, sources),
        open=open_points,
        evidence=_evidence(source),
        caps=_caps(source, currency),
        billed_per_period=_billed_per_period(source),
        adults=_adults(source),
        reminder=reminder,
        receipt_after_charge=_says_yes(source, "receipt_after_charge"),
    )


def _stop_hint(source: Source) -> Literal["append", "separate", "none"]:
    return cast(
        Literal["append", "separate", "none"],
        source.choice(("stop_hint",), ("append", "separate", "none")),
    )


def _certainty(source: Source) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """How certain the facts are, where they stand, and what is open of them."""
    certainty = source.choice(("certainty",), ("A", "B", "C", "-"))
    sources = source.strings(("sources",))
    hearsay = ("its facts are hearsay",) if is_hearsay(certainty, sources) else ()
    return certainty, sources, source.strings(("open",), optional=True) or hearsay


def _says_yes(source: Source, name: str) -> bool:
    return source.choice((name,), ("no", "yes", "true", "false"), default="no") in ("yes", "true")


def _variant(source: Source, flow: Flow, name: str) -> Variant:
    """The profile as it is on one network: the keys under `networks.<name>` laid over it (OO8)."""
    path: Path = ("networks", name)
    own = source.mapping(path)
    source.keys(path, _PER_NETWORK | {"match"})
    laid = laid_over(source.tree, {key: value for key, value in own.items() if key in _PER_NETWORK})
    lines = source.lines | {at[2:]: line for at, line in source.lines.items() if at[:2] == path}
    inner = Source(source.file, laid, lines, title=source.title)
    found = _plain(inner, flow)
    _complete(inner, found)
    source.problems += [one for one in inner.problems if one not in source.problems]
    return Variant(name, frozenset(source.strings((*path, "match"))), found)


def _evidence(source: Source) -> tuple[str, ...]:
    listed = source.strings(("evidence",), optional=True)
    for place, name in enumerate(listed):
        if name not in _EVIDENCE:
            source.complain(("evidence", place), "evidence", f"{name} is not one of {sorted(_EVIDENCE)}")
    return listed


def _caps(source: Source, currency: str) -> Caps:
    source.keys(("caps",), frozenset(_CAPS))
    given = source.mapping(("caps",), optional=True)
    return Caps(**{name: _minor(source, ("caps", name), currency) for name in _CAPS if name in given})


def read_reminder(source: Source, currency: str) -> Reminder | None:
    """`reminder: {trigger: spend, value: "20.00", action: inform}`; a count is whole, a time a period's word."""
    if not source.mapping(("reminder",), optional=True):
        return None
    source.keys(("reminder",), frozenset({"trigger", "value", "action"}))
    trigger = cast(
        Literal["spend", "count", "time"], source.choice(("reminder", "trigger"), ("spend", "count", "time"))
    )
    action = cast(
        Literal["inform", "require_confirm", "auto_stop"],
        source.choice(("reminder", "action"), ("inform", "require_confirm", "auto_stop")),
    )
    path: Path = ("reminder", "value")
    match trigger:
        case "spend":
            return Reminder(trigger, action, value=_minor(source, path, currency))
        case "count":
            return Reminder(trigger, action, value=max(1, source.whole(path)))
        case "time":
            return Reminder(trigger, action, per=Period(source.choice(path, tuple(Period))))


def _minor(source: Source, path: Path, currency: str) -> int:
    """An amount in the minor unit of the profile's currency."""
    text = source.string(path)
    try:
        value = Decimal(text) * 10 ** DECIMALS.get(currency, 2)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value <= 0 or value != int(value):
        source.complain(path, "number", f"must be an amount of {currency} above zero, not {text!r}")
        return 1
    return int(value)


def _billed_per_period(source: Source) -> int | None:
    return source.whole(("billed_per_period",)) if "billed_per_period" in source.tree else None


def _adults(source: Source) -> Adults:
    """`adult: forbidden`, `adult: verified`, or `adult: {code_prefix: "6"}`; careful where nothing is said."""
    if not isinstance(source.tree.get("adult", ""), dict):
        word = source.choice(("adult",), ("verified", "forbidden"), default="verified")
        return Adults("forbidden" if word == "forbidden" else "verified")
    source.keys(("adult",), frozenset({"code_prefix"}))
    prefix = source.string(("adult", "code_prefix"))
    if not (prefix.isascii() and prefix.isdigit()):
        source.complain(("adult", "code_prefix"), "number", f"must be digits, not {prefix!r}")
    return Adults("code_prefix", prefix)


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
    given = source.mapping(("limits",))
    values = {
        name: source.number(("limits", name)) if name in given or name not in _DEFAULTS else _DEFAULTS[name]
        for name in _LIMITS
    }
    most, requests = int(values.pop("auto_replies_max")), int(values.pop("requests_max"))
    return Limits(**values, auto_replies_max=most, requests_max=requests)


def read_required(source: Source) -> dict[str, tuple[str, ...]]:
    """The elements that each kind of text must show; of a profile or of a flow."""
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
    return {
        element: source.strings(("marks", element), optional=element in _MARKS) or _MARKS.get(element, ())
        for element in MARKED
    }


def _pack(source: Source, language: str) -> Pack:
    path: Path = ("texts", language)
    texts = {}
    for kind in source.mapping(path):
        if kind not in _PACK_KEYS:
            texts[kind] = _template(source, (*path, kind))
            inner = texts[kind].names & _NOT_IN_TEXTS
            if inner:
                source.complain(
                    (*path, kind),
                    "placeholders",
                    f"{sorted(inner)} belong in `frequency` only",
                    "leave them out here",
                )
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
    """Every language has the texts that flow and engine can ask for, and the same ones as the others. And they must
    show what the flow asks of them.
    """
    for kind, least in profile.flow.required.items():
        if lacking := [element for element in least if element not in profile.required.get(kind, ())]:
            what = f"leaves out {', '.join(lacking)}, which the flow {profile.flow.name} demands"
            mend = f"write {kind}: [{', '.join(dict.fromkeys((*least, *profile.required.get(kind, ()))))}]"
            source.complain(("required", kind), "elements", what, mend)
    needed = texts_needed(profile) | {kind for pack in profile.packs.values() for kind in pack.texts}
    for language, pack in profile.packs.items():
        for kind in sorted(needed - pack.texts.keys()):
            source.complain(("texts", language), "languages", f"has no text {kind!r}")
