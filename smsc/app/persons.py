"""The doors for people and for programs about people: invitations, opt-outs, the portal, operators' lists."""

from __future__ import annotations

from starlette.routing import BaseRoute

from smsc.http.bearer import Bearers
from smsc.http.invitations import Invitations
from smsc.pipeline.clock import Clock
from smsc.pipeline.intake import Intake
from smsc.sms.numbers import Msisdn
from smsc.store import InvitationRow, Store


def person_routes(store: Store, intake: Intake, clock: Clock) -> list[BaseRoute]:
    """Their routes."""

    async def find_merchant(bearer: str) -> str | None:
        return await store.read(lambda r: r.merchant_of_bearer(bearer))

    async def find_invitation(number: int) -> InvitationRow | None:
        return await store.read(lambda r: r.invitation(number))

    async def last_carrier(msisdn: Msisdn) -> str:
        return await store.read(lambda r: r.last_carrier(msisdn))

    bearers = Bearers(find_merchant)
    invitations = Invitations(
        bearers,
        ask=intake.ask,
        line=lambda: intake.line,
        find=find_invitation,
        last_carrier=last_carrier,
    )
    return [*invitations.routes()]
