"""What a merchant reads: subscriptions (and ends), consents, reports, charges, campaigns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import groupby

from starlette.responses import Response

from smsc.http.bearer import Refused
from smsc.http.invitations import DOOR, number_of
from smsc.http.once import Asking
from smsc.http.v1 import shapes
from smsc.http.v1.operation import Call, id_or_none, iso, refusal, shown, tagged
from smsc.http.v1.own import own_campaign, own_campaigns
from smsc.http.v1.sending import price_of
from smsc.messages import Campaign
from smsc.optin import standing
from smsc.optin.decision import Reason
from smsc.pipeline.batch import Line
from smsc.pipeline.formats import reported
from smsc.pipeline.requests import StopAsk
from smsc.sms.numbers import Msisdn, parse_msisdn
from smsc.store import ChargeRow, MtRow, Reader, Store
from smsc.store.pages import ID_MAX

Work = Callable[[Call], Awaitable[Response]]


class Lists:
    """The work of the operations. `ask` is the door of the line for what sends no message of a merchant's."""

    def __init__(self, store: Store, *, ask: Asking, line: Callable[[], Line]) -> None:
        self._store, self._ask, self._line = store, ask, line

    async def subscriptions(self, call: Call) -> Response:
        """GET /v1/subscriptions, by campaign and number."""
        q = call.query
        named = [own_campaign(self._line(), call.merchant, q.campaign)] if q.campaign else None
        own = [c.id for c in named or own_campaigns(self._line(), call.merchant)]
        campaign, _, number = q.cursor.rpartition("|")
        msisdn = parse_msisdn(q.msisdn) if q.msisdn else None
        found = await self._store.read(
            lambda r: r.pages.subscribed(
                own, after=(campaign, number), limit=q.limit + 1, msisdn=msisdn, state=q.state or ""
            )
        )
        page = found[: q.limit]
        following = f"{page[-1][1].campaign}|{page[-1][0]!s}" if len(found) > q.limit else None
        items = [_subscription(msisdn, one) for msisdn, one in page]
        return shown(shapes.SubscriptionPage(items=items, next=following))

    async def subscription(self, call: Call) -> Response:
        """GET /v1/subscriptions/{msisdn}/{short_code}/{keyword}."""
        msisdn, campaign = self._named(call)
        found = await self._store.read(lambda r: r.pages.subscribed([campaign.id], limit=1, msisdn=msisdn))
        if not found:
            return refusal(404, "no_subscription", "the number never had to do with this campaign")
        return tagged(call, _subscription(*found[0]))

    async def end(self, call: Call) -> Response:
        """DELETE of the same: an opt-out, with the effect of a STOP (OO7)."""
        msisdn, campaign = self._named(call)
        ask = StopAsk("api", campaigns=(campaign.id,), merchant=call.merchant, door=DOOR)
        reply = await self._ask(msisdn, ask)
        if reply.reason is Reason.NO_REGISTRATION:
            return refusal(404, "not_opted_in", "the number has no such opt-in", kept=reply.refusal)
        return shown(shapes.Ended(id=str(reply.id), ended=int(reply.detail or 0)))

    async def consents(self, call: Call) -> Response:
        """GET /v1/consents?msisdn=: the ledger of a number in the merchant's campaigns, oldest first."""
        q = call.query
        own = {c.id for c in own_campaigns(self._line(), call.merchant)}
        msisdn, after = parse_msisdn(q.msisdn), int(q.cursor or 0)
        rows = await self._store.read(lambda r: r.consents(msisdn))
        found = [row for row in rows if row.consent.campaign in own and row.id > after]
        items = [
            shapes.Consent(
                id=str(row.id),
                at=iso(row.at),
                campaign=(c := row.consent).campaign,
                state=c.state,
                by=c.by,
                seen=c.seen,
                answered=c.answered,
                profile=c.profile,
                version=c.version,
                registration=id_or_none(c.registration),
            )
            for row in found[: q.limit]
        ]
        return shown(shapes.ConsentPage(items=items, next=items[-1].id if len(found) > q.limit else None))

    async def reports(self, call: Call) -> Response:
        """GET /v1/reports, newest first."""
        q = call.query
        before = int(q.cursor or ID_MAX)
        rows = await self._store.read(
            lambda r: r.pages.told(call.merchant, kind="report", limit=q.limit + 1, before=before)
        )
        items = [
            shapes.Report(
                id=str(row.id),
                message=reported(n := row.notice)[0],
                reference=reported(n)[1],
                msisdn=str(n.msisdn),
                report=n.report,
                reason_id=n.reason_id,
                at=iso(n.at),
            )
            for row in rows[: q.limit]
        ]
        return shown(shapes.ReportPage(items=items, next=items[-1].id if len(rows) > q.limit else None))

    async def charges(self, call: Call) -> Response:
        """GET /v1/charges: billed messages, newest first, each with every transition of its money (CH2)."""
        q = call.query
        before = int(q.cursor or ID_MAX)

        def work(r: Reader) -> tuple[list[MtRow], list[ChargeRow]]:
            rows = r.pages.ordered(call.merchant, limit=q.limit + 1, billed=True, before=before)
            return rows, r.charges([row.mt.id for row in rows])

        rows, moved = await self._store.read(work)
        by_mt = {mt: list(of) for mt, of in groupby(sorted(moved, key=_of_mt), key=_of_mt)}
        items = [_charge(row, by_mt.get(row.mt.id, [])) for row in rows[: q.limit]]
        return shown(shapes.ChargePage(items=items, next=items[-1].message if len(rows) > q.limit else None))

    async def campaigns(self, call: Call) -> Response:
        """GET /v1/campaigns."""
        own = own_campaigns(self._line(), call.merchant)
        return tagged(call, shapes.CampaignList(items=[_campaign(c) for c in own]))

    async def campaign(self, call: Call) -> Response:
        """GET /v1/campaigns/{short_code}/{keyword}."""
        return tagged(call, _campaign(self._in_path(call)))

    def _in_path(self, call: Call) -> Campaign:
        given = call.request.path_params
        return own_campaign(self._line(), call.merchant, f"{given['short_code']}/{given['keyword']}")

    def _named(self, call: Call) -> tuple[Msisdn, Campaign]:
        try:
            msisdn = number_of(call.request.path_params["msisdn"])
        except Refused as error:
            raise Refused(refusal(404, "no_subscription", "no such number")) from error
        return msisdn, self._in_path(call)


def _of_mt(row: ChargeRow) -> int:
    return row.mt


def _subscription(msisdn: Msisdn, one: standing.Subscription) -> shapes.Subscription:
    return shapes.Subscription(
        msisdn=str(msisdn),
        campaign=one.campaign,
        state=one.state.value,
        since=iso(one.since),
        registration=id_or_none(one.registration),
        profile=one.profile,
        version=one.version,
    )


def _charge(row: MtRow, moved: list[ChargeRow]) -> shapes.Charge:
    price = price_of(row.mt.value)
    assert price is not None
    return shapes.Charge(
        message=str(row.mt.id),
        campaign=row.mt.campaign,
        msisdn=str(row.mt.msisdn),
        price=price,
        state="" if row.charge is None else row.charge.value,
        transitions=[shapes.Transition(at=iso(m.at), state=m.state.value, reason=m.reason) for m in moved],
    )


def _campaign(campaign: Campaign) -> shapes.Campaign:
    often = campaign.frequency
    return shapes.Campaign(
        id=campaign.id,
        keyword=campaign.keyword,
        aliases=list(campaign.aliases),
        short_code=str(campaign.short_code),
        profile=campaign.profile,
        language=campaign.language,
        price=price_of(campaign.price),
        messages_max=None if often is None else often.messages,
        per=None if often is None else often.per.value,
    )
