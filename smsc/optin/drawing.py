"""The transition tables of all flows as a page: drawn from the data, so that the page cannot say otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from smsc.optin.flow import Flow, Rule
from smsc.optin.profile import Profile, Profiles

HEAD = """# Flows

Drawn from `smsc/optin/flows/*.yaml`; do not edit. To draw it anew: `python -m smsc.optin.drawing > docs/flows.md`.

A row reads: in this state, upon this event, the subscription moves there and these steps are taken, because of this
rule. A state that does not answer to an event leaves everything as it is. What must hold of every flow is proved when
it is loaded: every state is reachable, every target exists, STOP is answered in every state, every wait has an end,
nothing is billed without recorded consent, and consent comes from the number's own MO or from a delivered notice
that stood unanswered for its whole window.
"""


def draw(profiles: Profiles) -> str:
    """The page, in Markdown."""
    flows: dict[str, Flow] = {}
    users: dict[str, list[Profile]] = {}
    for _, profile in sorted(profiles.newest.items()):
        flows[profile.flow.name] = profile.flow
        users.setdefault(profile.flow.name, []).append(profile)
    return "\n".join([HEAD, *(_section(flows[name], users[name]) for name in sorted(flows))])


def _section(flow: Flow, users: list[Profile]) -> str:
    named = ", ".join(f"`{p.name}`{' (draft)' if p.draft else ''}" for p in users)
    lines = [f"## {flow.name}, version {flow.version}", "", f"Profiles: {named}.", ""]
    lines += ["| state | event | to | steps | rule |", "|---|---|---|---|---|"]
    for state, table in flow.states.items():
        lines += _rows(state.value, table)
    lines += _rows("*ended registration*", flow.ended)
    return "\n".join([*lines, ""])


def _rows(state: str, table: Mapping[str, Rule]) -> list[str]:
    return [
        f"| {state} | {event} | {rule.to.value if rule.to else 'stays'} | "
        f"{', '.join(f'{step.verb} {step.word}'.strip() for step in rule.steps)} | {rule.because} |"
        for event, rule in table.items()
    ]


if __name__ == "__main__":
    import sys

    from smsc.optin.builtin import builtin_texts
    from smsc.optin.load import load_profiles

    sys.stdout.write(draw(load_profiles(builtin_texts())))
