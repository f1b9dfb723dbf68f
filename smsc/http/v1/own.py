"""What is a merchant's own: its campaigns, by id."""

from __future__ import annotations

from smsc.http.bearer import Refused
from smsc.http.v1.operation import refusal
from smsc.messages import Campaign
from smsc.pipeline.batch import Line


def own_campaigns(line: Line, merchant: str) -> list[Campaign]:
    """Every campaign of the merchant."""
    return [c for c in line.table.campaigns.values() if c.merchant == merchant]


def own_campaign(line: Line, merchant: str, named: str) -> Campaign:
    """The merchant's campaign of this id. Raises: Refused (404); those of others are told apart from none by nobody."""
    found = line.table.campaigns.get(named)
    if found is None or found.merchant != merchant:
        faults = [("campaign", 'an id of yours, like "543/HOROSKOP"')]
        raise Refused(refusal(404, "unknown_campaign", "no such campaign of yours", faults=faults))
    return found
