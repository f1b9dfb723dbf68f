"""The doors for people and for programs about people: invitations, opt-outs, the portal, operators' lists."""

from __future__ import annotations

from starlette.routing import BaseRoute

from smsc.app.erased import Forget
from smsc.http.bearer import Bearers
from smsc.http.invitations import Invitations
from smsc.http.operating import Operating
from smsc.http.portal import Portal
from smsc.http.portal.view import Known, read_known
from smsc.http.rates import Rates
from smsc.pipeline.clock import Clock
from smsc.pipeline.intake import Intake
from smsc.sms.numbers import Msisdn
from smsc.store import ApiKey, InvitationRow, Store


def bearers_of(store: Store, clock: Clock, *, calls_per_s: float) -> Bearers:
    """Who checks the keys of the native API; each key may call so often."""

    async def find_key(bearer: str) -> ApiKey | None:
        now = clock.now()
        return await store.read(lambda r: r.key_of_bearer(bearer, now))

    return Bearers(find_key, rates=Rates(calls_per_s=calls_per_s))


def person_routes(
    store: Store, intake: Intake, clock: Clock, *, bearers: Bearers, forget: Forget
) -> list[BaseRoute]:
    """Their routes."""

    async def find_invitation(number: int) -> InvitationRow | None:
        return await store.read(lambda r: r.invitation(number))

    async def last_carrier(msisdn: Msisdn) -> str:
        return await store.read(lambda r: r.last_carrier(msisdn))

    invitations = Invitations(
        bearers,
        ask=intake.ask,
        line=lambda: intake.line,
        find=find_invitation,
        last_carrier=last_carrier,
    )
    operating = Operating(ask=intake.ask, look=store.read, line=lambda: intake.line, forget=forget)
    own = operating.routes(prefix="/v1", bearers=bearers)
    return [*invitations.routes(), *own, *_portal(store, intake, clock).routes()]


def operator_routes(store: Store, intake: Intake, *, forget: Forget) -> list[BaseRoute]:
    """The same for the admin socket, where no key is needed."""
    operating = Operating(ask=intake.ask, look=store.read, line=lambda: intake.line, forget=forget)
    return list(operating.routes())


def _portal(store: Store, intake: Intake, clock: Clock) -> Portal:
    async def log_in(msisdn: Msisdn, code: str, token: str) -> bool:
        now = clock.now()
        return await store.run(lambda tx: tx.log_in(msisdn, code, token=token, now=now))

    async def visitor(token: str) -> Msisdn | None:
        now = clock.now()
        return await store.read(lambda r: r.visitor(token, now))

    async def log_out(token: str) -> None:
        await store.run(lambda tx: tx.log_out(token))

    async def close(msisdn: Msisdn) -> None:
        await store.run(lambda tx: tx.close_account(msisdn))

    async def read(msisdn: Msisdn) -> Known:
        return await store.read(lambda r: read_known(r, msisdn))

    return Portal(
        ask=intake.ask,
        log_in=log_in,
        visitor=visitor,
        log_out=log_out,
        close=close,
        read=read,
        table=lambda: intake.line.table,
    )
