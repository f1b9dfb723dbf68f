"""Campaigns for adults: on which codes, and on whose word, as the profiles say (OI4)."""

from __future__ import annotations

from collections.abc import Iterator

from smsc.keywords import Problem, Table
from smsc.messages import Campaign
from smsc.optin import Book
from smsc.optin.profile import Adults


def age_problems(book: Book, table: Table, *, file: str) -> Iterator[Problem]:
    """Adult campaigns that may not be or stand on the wrong code, and others on codes that are for adults."""
    for campaign in table.campaigns.values():
        rule = rule_of(book, campaign)
        fault = _fault(campaign, rule)
        if fault is not None:
            line = table.line("campaigns", campaign.id, "adult" if campaign.adult else "short_code")
            yield Problem(file, line, "OI4", f"{campaign.keyword}: {fault[0]}", fault[1])


def rule_of(book: Book, campaign: Campaign) -> Adults:
    """What counts for a campaign: its profile's rule, else that of its code's country where codes tell the age."""
    own = book.newest(campaign.profile).adults
    if own.rule != "verified":
        return own
    country = book.code(campaign.short_code).country
    of_codes = (p.adults for p in book.profiles.values() if country and p.country == country)
    return next((found for found in of_codes if found.rule == "code_prefix"), own)


def _fault(campaign: Campaign, rule: Adults) -> tuple[str, str] | None:
    """What is wrong, and how to mend it."""
    number = campaign.short_code
    match rule.rule:
        case "forbidden" if campaign.adult:
            return (
                f"profile {campaign.profile} allows nothing for adults",
                "take adult: true away, or its service",
            )
        case "code_prefix" if campaign.adult and not number.startswith(rule.prefix):
            what = f"is for adults, and their codes begin with {rule.prefix}, not like {number}"
            return what, f"move it to a code that begins with {rule.prefix}"
        case "code_prefix" if not campaign.adult and number.startswith(rule.prefix):
            what = f"codes that begin with {rule.prefix} are for adults only, and it is on {number}"
            return what, "say adult: true, or move it to another code"
        case "verified" if campaign.adult and not campaign.extra.get("age_check"):
            what = f"is for adults, and profile {campaign.profile} asks how their age is verified"
            return what, 'add age_check: "how the merchant does it"'
        case _:
            return None
