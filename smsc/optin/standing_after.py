"""Folding decisions into a standing, and several decisions into one."""

from __future__ import annotations

from dataclasses import replace

from smsc.optin.decision import (
    Decision,
    LiftBlock,
    Reason,
    SetBinding,
    SetBlock,
    SetCount,
    SetRegistration,
    SetSubscription,
)
from smsc.optin.standing import Standing


def apply(standing: Standing, decision: Decision) -> Standing:
    """The standing after `decision`. Timers and effects are not part of it."""
    if not decision.changes:
        return standing
    subscriptions = dict(standing.subscriptions)
    registrations = dict(standing.registrations)
    blocks = {(block.scope, block.key): block for block in standing.blocks}
    counts = dict(standing.counts)
    bindings = standing.bindings
    for change in decision.changes:
        match change:
            case SetSubscription(subscription):
                subscriptions[subscription.campaign] = subscription
            case SetRegistration(registration):
                registrations[registration.id] = registration
            case SetBlock(block):
                blocks[block.scope, block.key] = block
            case LiftBlock(scope, key):
                blocks.pop((scope, key), None)
            case SetCount(key, count):
                counts[key] = count
            case SetBinding(binding):
                bindings = {**bindings, binding.campaign: binding}
            case _:
                pass  # timers live beside the standing
    return replace(
        standing,
        subscriptions=subscriptions,
        registrations=registrations,
        blocks=frozenset(blocks.values()),
        counts=counts,
        bindings=bindings,
    )


def together(first: Decision, second: Decision) -> Decision:
    """Two decisions as one; the later one's reason and rule speak, unless it had nothing to say."""
    last = second if second.because not in (Reason.NO_RULE, Reason.REPEATED) else first
    return Decision(first.changes + second.changes, first.effects + second.effects, last.because, last.rule)
