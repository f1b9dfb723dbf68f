"""The book: everything the engine needs besides the number's standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsc.messages import Campaign, Code, Merchant
from smsc.optin.profile import Profile, Profiles
from smsc.optin.standing import Registration, Subscription
from smsc.sms.numbers import ShortCode

NO_CODE = Code(number=ShortCode(""), country="")


@dataclass(frozen=True, slots=True)
class Book:
    """Profiles, codes, merchants and campaigns, read-only. Build it with `make_book`."""

    profiles: Mapping[str, Profile]
    by_version: Mapping[tuple[str, int], Profile]
    codes: Mapping[ShortCode, Code]
    merchants: Mapping[str, Merchant]
    campaigns: Mapping[str, Campaign]
    on_code: Mapping[ShortCode, tuple[Campaign, ...]]
    """Campaigns by short code, in the order of the file."""
    pooled: Mapping[ShortCode, tuple[Campaign, ...]] = field(default_factory=dict)
    """Stores by communication code (S1)."""
    receipted: frozenset[str] = frozenset()
    """Campaigns with a receipt after every charge, in any version of their profile."""
    rendered: dict[tuple[str, str], tuple[Campaign, Profile, str]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Texts that were rendered before, by kind and campaign: what is rendered is a function of the book alone."""

    def code(self, number: ShortCode) -> Code:
        """The short code, or an empty one that replies nothing."""
        return self.codes.get(number, NO_CODE)

    def newest(self, name: str) -> Profile:
        """The profile of that name; a name that is gone falls back on any, so that STOP still works (OO1)."""
        found = self.profiles.get(name)
        return found if found is not None else next(iter(self.profiles.values()))

    def profile_of(self, subscription: Subscription) -> Profile:
        """The version the subscription was given, as it is on its network (OO8), else the newest of its name."""
        found = self.by_version.get((subscription.profile, subscription.version))
        found = found if found is not None else self.newest(subscription.profile)
        return found.on(subscription.network, subscription.carrier) if found.variants else found

    def profile_on(self, number: ShortCode) -> Profile:
        """Whose texts and limits speak for a code as a whole: its first campaign's profile."""
        campaigns = self.on_code.get(number) or self.pooled.get(number)
        return self.newest(campaigns[0].profile if campaigns else "")

    def campaign(self, subscription: Subscription, registration: Registration | None) -> Campaign:
        """The subscription's campaign; one that is gone from the file is rebuilt as far as STOP needs it."""
        found = self.campaigns.get(subscription.campaign)
        if found is not None:
            return found
        number, _, keyword = subscription.campaign.partition("/")
        return Campaign(
            id=subscription.campaign,
            keyword=keyword,
            short_code=registration.short_code if registration else ShortCode(number),
            merchant=registration.merchant if registration else "",
            profile=subscription.profile,
            language="",
            price=registration.price if registration else None,
        )


def make_book(
    profiles: Profiles,
    *,
    codes: Mapping[ShortCode, Code],
    merchants: Mapping[str, Merchant],
    campaigns: Mapping[str, Campaign],
) -> Book:
    """Put the book together.

    Raises:  ValueError: no profile at all; the engine needs the words of at least one.
    """
    if not profiles.newest:
        raise ValueError("no profile is loaded")
    on_code: dict[ShortCode, tuple[Campaign, ...]] = {}
    pooled: dict[ShortCode, tuple[Campaign, ...]] = {}
    for campaign in campaigns.values():
        pool, profile = campaign.extra.get("pool", ()), profiles.newest.get(campaign.profile)
        binds = profile is not None and profile.flow.binds
        for number in pool if binds and isinstance(pool, tuple) else ():
            pooled[number] = (*pooled.get(number, ()), campaign)
        on_code[campaign.short_code] = (*on_code.get(campaign.short_code, ()), campaign)
    receipts = {name for (name, _), one in profiles.by_version.items() if one.receipt_after_charge}
    return Book(
        profiles=profiles.newest,
        by_version=profiles.by_version,
        codes=codes,
        merchants=merchants,
        campaigns=campaigns,
        on_code=on_code,
        pooled=pooled,
        receipted=frozenset(c.id for c in campaigns.values() if c.profile in receipts),
    )
