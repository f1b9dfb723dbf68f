"""What must hold of every flow before it may touch anybody's money."""

from __future__ import annotations

from collections.abc import Collection

from smsc.messages import State
from smsc.optin.flow import MO_EVENTS, WAITS, Flow, Rule, Step
from smsc.optin.profile import Profile, Reminder, Side
from smsc.optin.source import Path, Source

GIVEN = Step("record_consent", "given")
BILL = Step("bill_and_send", "content")

ALWAYS = frozenset(
    {
        "not_subscribed_code",
        "help",
        "help_code",
        "start_pending",
        "start_none",
        "stop_hint",
        "stop_hint_separate",
        "stop_menu",
    }
)
"""Texts the engine itself can ask for, whatever the flow."""


REMINDED = {
    "inform": {"reminder"},
    "require_confirm": {"reminder", "renewed", "renewal_due"},
    "auto_stop": {"used_up"},
}
"""What a flow must answer to, by what its profile's reminder does."""


def prove_flow(flow: Flow, source: Source) -> None:
    """Note every proof that fails, by its name: targets, reachable, stop, deadline, consent."""
    _targets(flow, source)
    if source.problems:
        return
    _reachable(flow, source)
    _stops(flow, source)
    _ends_of_waits(flow, source)
    _consent(flow, source)
    _consent_comes_from_the_handset(flow, source)


def _all_rules(flow: Flow) -> list[tuple[Path, State | None, Rule]]:
    rules: list[tuple[Path, State | None, Rule]] = [
        (("states", state.value, event), state, rule)
        for state, table in flow.states.items()
        for event, rule in table.items()
    ]
    return rules + [(("ended", event), None, rule) for event, rule in flow.ended.items()]


def _targets(flow: Flow, source: Source) -> None:
    if flow.start not in flow.states:
        source.complain(("start",), "targets", f"{flow.start} has no entry under states")
    for path, _, rule in _all_rules(flow):
        if rule.to is not None and rule.to not in flow.states:
            source.complain((*path, "to"), "targets", f"{rule.to} has no entry under states")
    for event, rule in flow.ended.items():
        if rule.to is not None:
            source.complain(("ended", event, "to"), "targets", "an ended registration moves nothing")


def _reachable(flow: Flow, source: Source) -> None:
    seen, open_states = {flow.start}, [flow.start]
    while open_states:
        for rule in flow.states[open_states.pop()].values():
            if rule.to is not None and rule.to not in seen:
                seen.add(rule.to)
                open_states.append(rule.to)
    for state in flow.states:
        if state not in seen:
            source.complain(("states", state.value), "reachable", f"no path leads from {flow.start} to it")


def _stops(flow: Flow, source: Source) -> None:
    for state, table in flow.states.items():
        stop = table.get("stop")
        if stop is None:
            source.complain(("states", state.value), "stop", "needs a rule for stop: STOP always works (OO1)")
        elif state in (State.PENDING, State.ACTIVE):
            if stop.to is not State.OPTED_OUT:
                source.complain(("states", state.value, "stop"), "stop", "must lead to opted_out")
            if not any(step.verb == "set_block" for step in stop.steps):
                source.complain(("states", state.value, "stop"), "stop", "must set the block (OO5)")
            if state is State.ACTIVE and Step("end_registration") not in stop.steps:
                source.complain(("states", state.value, "stop"), "stop", "must end the registration")
            word = "messages" if state is State.ACTIVE else "request"
            if not stop.has("cancel", word):
                source.complain(("states", state.value, "stop"), "stop", f"must cancel: {word} (OO3)")


def _ends_of_waits(flow: Flow, source: Source) -> None:
    for path, state, rule in _all_rules(flow):
        here = rule.to if rule.to is not None else state
        for place, step in enumerate(rule.steps):
            at: Path = (*path, "do", place)
            if (
                step.verb == "remind"
                and rule.to is State.ACTIVE
                and "renewal_due" not in flow.states[rule.to]
            ):
                source.complain(at, "deadline", f"nothing answers renewal_due in {here}")
            if step.verb == "wait" and (here is None or f"{step.word}_due" not in flow.states[here]):
                source.complain(at, "deadline", f"nothing answers {step.word}_due in {here}")
            asks = step.verb in ("ask_welcome", "release_welcome")
            if asks and (here is None or "welcome_due" not in flow.states[here]):
                source.complain(at, "deadline", f"nothing answers welcome_due in {here}")
            if step.verb == "ask_goodbye" and "goodbye_due" not in flow.ended:
                source.complain(at, "deadline", "nothing answers goodbye_due under ended")


def _consent(flow: Flow, source: Source) -> None:
    """Walk (state, consent given) pairs: consent counts until the subscription leaves `active`."""
    for path, state, rule in _all_rules(flow):
        if BILL in rule.steps and state is not State.ACTIVE:
            source.complain(path, "consent", "bills outside the state active")
        if rule.has("record_consent", "renewed") and path[-1] != "renewed":
            source.complain(path, "consent", f"{path[-1]} is no answer of the number: it renews nothing")
        leaves = state is State.ACTIVE and rule.to not in (None, State.ACTIVE)
        if leaves and Step("end_registration") not in rule.steps:
            source.complain(path, "consent", "leaves the state active and does not end the registration")
    seen = {(flow.start, False)}
    open_pairs = [(flow.start, False)]
    while open_pairs:
        state, given = open_pairs.pop()
        for event, rule in flow.states[state].items():
            after = _walk(flow, source, ("states", state.value, event), rule, given=given)
            to = rule.to if rule.to is not None else state
            after = after and to is State.ACTIVE
            if (to, after) not in seen:
                seen.add((to, after))
                open_pairs.append((to, after))
    for event, rule in flow.ended.items():
        if BILL in rule.steps:
            source.complain(("ended", event), "consent", "an ended registration is never billed")


def _consent_comes_from_the_handset(flow: Flow, source: Source) -> None:
    """`record_consent: given` only upon the number's own MO, or upon the silence after a delivered notice.

    Silence counts only where every way into the waiting state began with the number's own keyword, sent the notice
    and set the wait; whether it was delivered is looked at when the wait is over.
    """
    for path, state, rule in _all_rules(flow):
        if GIVEN not in rule.steps:
            continue
        event = str(path[-1])
        if event in MO_EVENTS and state is not None:
            continue
        if event == "unanswered" and state is not None and _asked_by_keyword_only(flow, state):
            continue
        source.complain(path, "consent", f"{event} is no MO of the number: it cannot give consent")


def _asked_by_keyword_only(flow: Flow, waiting: State) -> bool:
    ways_in = [
        (str(path[-1]), rule)
        for path, state, rule in _all_rules(flow)
        if rule.to is waiting and state is not waiting
    ]
    notice = (("open_request", ""), ("send", "request"), ("record_consent", "asked"), ("wait", "confirm"))
    return bool(ways_in) and all(
        event == "keyword" and all(rule.has(verb, word) for verb, word in notice) for event, rule in ways_in
    )


def prove_profile(profile: Profile, source: Source) -> None:
    """Note what a profile's knobs and its flow cannot agree on."""
    events = {event for table in profile.flow.states.values() for event in table}
    yes = profile.words["yes"]
    if "confirm" in events and not yes:
        source.complain(("words", "yes"), "words", "the flow waits for a confirm word; there is none")
    if yes and not any("{keyword}" in pattern for pattern in yes):
        what = "needs a pattern with {keyword}: with several requests open, only that one can answer (RT5)"
        source.complain(("words", "yes"), "words", what)
    if yes and "confirm" not in events:
        source.complain(("words", "yes"), "words", "no state of the flow answers to a confirm word")
    if "web" in events and profile.registration_id == "opening_mo":
        what = "a web opt-in has no opening MO to be named by: take fresh or confirm_mo"
        source.complain(("registration_id",), "registration_id", what)
    if "confirm" not in events and profile.registration_id == "confirm_mo":
        source.complain(("registration_id",), "registration_id", "no MO confirms in this flow")
    if profile.reminder is not None:
        for event in sorted(REMINDED[profile.reminder.action] - profile.flow.states[State.ACTIVE].keys()):
            source.complain(("reminder",), "reminder", f"no rule of the flow answers {event} in active")
        if profile.reminder.action == "require_confirm" and not yes:
            source.complain(("reminder",), "reminder", "asks to confirm, and there is no word that does")
    _prove_certainty(profile, source)


def _prove_certainty(profile: Profile, source: Source) -> None:
    if profile.draft and not profile.open:
        mend = 'write open: ["what has to be found out"]'
        source.complain(("draft",), "draft", "say under `open` what is not settled", mend)
    if is_hearsay(profile.certainty, profile.sources) and source.tree.get("draft") in ("no", "false"):
        what = f"facts of certainty {profile.certainty} bill nobody: only A and B, with sources, may go live"
        source.complain(
            ("draft",), "draft", what, "write draft: yes, or certainty: A or B and where it says so"
        )
    if not profile.sources and profile.certainty != "-":
        mend = 'write sources: ["https://..."]'
        source.complain(("sources",), "sources", "certainty needs a source", mend)


def is_hearsay(certainty: str, sources: Collection[str]) -> bool:
    """Whether facts are too thin to bill anybody on: not written down by who knows, or nobody says where."""
    return certainty not in ("A", "B") or not sources


def _walk(flow: Flow, source: Source, path: Path, rule: Rule, *, given: bool) -> bool:
    for place, step in enumerate(rule.steps):
        if step == GIVEN:
            given = True
        if step.verb == "release_welcome" and not given:
            source.complain(
                (*path, "do", place), "consent", "a held welcome goes only after recorded consent"
            )
        if step == BILL and not given:
            source.complain(
                (*path, "do", place),
                "consent",
                "bills on a path that has no `record_consent: given` before it",
            )
    return given


def flow_waits(
    flow: Flow, welcomes: Side, says_goodbye: Side, reminder: Reminder | None = None
) -> frozenset[str]:
    """The waits a profile with these sides can enter."""
    waits = {"renewal"} if reminder is not None and reminder.action == "require_confirm" else set()
    for _, _, rule in _all_rules(flow):
        for step in rule.steps:
            if step.verb == "wait":
                waits.add(step.word)
            if step.verb in ("ask_welcome", "release_welcome") and welcomes == "merchant":
                waits.add("welcome")
            if step.verb == "ask_goodbye" and says_goodbye == "merchant":
                waits.add("goodbye")
    return frozenset(waits) & WAITS


def texts_needed(profile: Profile) -> frozenset[str]:
    """The texts that flow and engine can ask of a profile."""
    needed = set(ALWAYS)
    if profile.reminder is not None:
        needed.add(profile.reminder.text)
    if profile.receipt_after_charge:
        needed.add("receipt")
    for _, _, rule in _all_rules(profile.flow):
        for step in rule.steps:
            if step.verb in ("send", "reply"):
                needed.add(step.word)
            if step.verb in ("open_request", "repeat_request"):
                needed.add("request")
            if step.verb in ("ask_welcome", "release_welcome") and profile.welcomes == "server":
                needed.add("welcome")
            if step.verb == "ask_goodbye":
                needed.add("goodbye")
    return frozenset(needed)
