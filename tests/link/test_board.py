"""What the board keeps of every session is bounded in memory (flight recorder)."""

from __future__ import annotations

from typing import cast

from smsc.link import BindBoard, BindSettings
from smsc.link.board import RECORDED_MAX, RECORDED_OCTETS_MAX, RECORDED_SHARE_MAX, BindSlot
from smsc.link.link import Link
from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu


def saw(slot: BindSlot, octets: int, *, times: int) -> None:
    for _ in range(times):
        pdu = Pdu(Command.SUBMIT_SM, tlvs={Tag.MESSAGE_PAYLOAD: b"x" * octets})
        slot.record(cast(Link, None), "<", pdu)


def test_recorded_pdus_are_bounded_by_number_and_by_memory() -> None:
    board = BindBoard()
    settings = BindSettings(name="h", carrier="h", system_id="h", password="", sessions=1000)
    slot = board.slot(settings, "accept", 0)
    saw(slot, 10, times=RECORDED_MAX + 5)
    assert len(slot.recorded) == RECORDED_MAX
    saw(slot, 60_000, times=50)
    assert 0 < slot.recorded_octets <= RECORDED_SHARE_MAX
    slots = [board.slot(settings, "accept", number) for number in range(1000)]
    for one in slots:
        saw(one, 1000, times=20)
        saw(one, 60_000, times=1)  # larger than its share: counted only
    assert sum(one.recorded_octets for one in slots) <= RECORDED_OCTETS_MAX
    assert all(one.recorded for one in slots)
    assert len(slot.take_recorded()) and not slot.recorded and not slot.recorded_octets
