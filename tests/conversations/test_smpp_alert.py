"""alert_notification: a carrier says that a handset is back, and what waited to be tried again goes at once."""

from __future__ import annotations

import pytest

from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, BEAT, Stage


def alert(stage: Stage, msisdn: str, tlvs: dict[int, bytes] | None = None) -> None:
    """The carrier tells every bind."""
    for link in stage.carrier.links:
        fields = {"source_addr_ton": 1, "source_addr": msisdn, "esme_addr": "543"}
        link.send(Pdu(Command.ALERT_NOTIFICATION, fields, tlvs=tlvs))


async def waits(stage: Stage, msisdn: str) -> None:
    """Content that the carrier did not take this time and that waits for its next attempt."""
    mo = await subscribes(stage, stage.handset(msisdn))
    stage.carrier.does_next("throttled", msisdn=msisdn)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.settles()
    assert [row.state for row in await stage.mts(msisdn) if row.mt.billed] == ["queued"]


async def test_an_alert_wakes_what_waits_to_be_tried_again(stage: Stage) -> None:
    await waits(stage, ANNA)
    alert(stage, ANNA)
    await stage.handset(ANNA).gets(CONTENT)
    await stage.merchant.gets(report="DELIVERED", number=ANNA)


@pytest.mark.parametrize(("msisdn", "tlvs"), [(BEAT, None), (ANNA, {int(Tag.MS_AVAILABILITY_STATUS): b"\2"})])
async def test_an_alert_of_another_or_of_a_handset_that_stays_away_wakes_nothing(
    stage: Stage, msisdn: str, tlvs: dict[int, bytes] | None
) -> None:
    await waits(stage, ANNA)
    alert(stage, msisdn, tlvs)
    await stage.settles()
    await stage.handset(BEAT).texts("HOROSKOP", to="543")
    await stage.handset(BEAT).gets("START HOROSKOP")
    assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["queued"]
