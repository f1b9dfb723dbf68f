"""alert_notification: a carrier says that a handset is back, and what waited to be tried again goes at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsc.sim.faults import OUTCOMES
from smsc.smpp.codes import Command, CommandStatus, Tag
from smsc.smpp.pdu import Pdu
from tests.stage import ANNA, Stage

OTHER = "41791234509"


def alert(stage: Stage, msisdn: str, tlvs: dict[int, bytes] | None = None) -> None:
    """The carrier tells every bind."""
    for link in stage.carrier.links:
        fields = {"source_addr_ton": 1, "source_addr": msisdn, "esme_addr": "543"}
        link.send(Pdu(Command.ALERT_NOTIFICATION, fields, tlvs=tlvs))


async def waits(stage: Stage, msisdn: str) -> None:
    """A request that the carrier did not take this time and that waits for its next attempt."""
    failing = replace(OUTCOMES["throttled"], status=CommandStatus.ESME_RSYSERR)
    stage.carrier.does_next(failing, msisdn=msisdn)
    await stage.handset(msisdn).texts("HOROSKOP", to="543")
    await stage.settles()
    assert [row.state for row in await stage.mts(msisdn)] == ["queued"]


async def test_an_alert_wakes_what_waits_to_be_tried_again(stage: Stage) -> None:
    await waits(stage, ANNA)
    anna = stage.handset(ANNA)
    alert(stage, ANNA)
    await anna.gets("START HOROSKOP")


@pytest.mark.parametrize(
    ("msisdn", "tlvs"), [(OTHER, None), (ANNA, {int(Tag.MS_AVAILABILITY_STATUS): b"\2"})]
)
async def test_an_alert_of_another_or_of_a_handset_that_stays_away_wakes_nothing(
    stage: Stage, msisdn: str, tlvs: dict[int, bytes] | None
) -> None:
    await waits(stage, ANNA)
    alert(stage, msisdn, tlvs)
    await stage.settles()
    other = stage.handset(OTHER)
    await other.texts("HOROSKOP", to="543")
    await other.gets("START HOROSKOP")
    assert [row.state for row in await stage.mts(ANNA)] == ["queued"]
