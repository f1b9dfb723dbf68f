"""Events of two processes told as one conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from smsc.sim.story import Story
from smsc.sim.telling import pdu_event, stamp
from smsc.smpp.codes import Command, EsmClass
from smsc.smpp.pdu import Pdu
from smsc.sms.alphabets import Alphabet

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANNA = "41790000555"


def pdu(pdu: Pdu, direction: str, *, after_s: float, price: str = "") -> dict[str, Any]:
    at = BEGAN + timedelta(seconds=after_s)
    return pdu_event(
        pdu, direction=direction, link="1", at=at, alphabet=Alphabet.GSM7, msisdn=ANNA, price=price
    )


def mt(text: str, number: int) -> Pdu:
    fields = {"source_addr": "543", "destination_addr": ANNA, "short_message": text.encode()}
    return Pdu(Command.SUBMIT_SM, fields, tlvs={0x1401: b"0300"}, sequence_number=number)


def test_an_answer_joins_the_line_it_answers() -> None:
    story = Story({ANNA: "Anna"})
    story.add(pdu(mt("Mond", 4), "in", after_s=1, price="CHF 3.00"))
    answer = Pdu(Command.SUBMIT_SM_RESP, {"message_id": "3E8"}, sequence_number=4)
    story.add(pdu(answer, "out", after_s=1.1))
    (line,) = story.told_until(stamp(BEGAN + timedelta(seconds=2)))
    assert (line.speaker, line.listener, line.said) == ("543", "Anna", 'CHF 3.00: "Mond"')
    assert line.means == "submit_sm #4 0x1401=0300"
    assert line.answer == "submit_sm_resp #4 ESME_ROK id 3E8"


def test_an_answer_that_comes_late_is_a_line_of_its_own() -> None:
    story = Story()
    story.add(pdu(mt("Mond", 4), "in", after_s=1))
    assert len(story.told_until(stamp(BEGAN + timedelta(seconds=2)))) == 1
    story.add(pdu(Pdu(Command.SUBMIT_SM_RESP, sequence_number=4), "out", after_s=3))
    (line,) = story.told_until(stamp(BEGAN + timedelta(seconds=4)))
    assert (line.speaker, line.listener) == ("carrier", "smsc")


def test_lines_are_told_in_the_order_in_which_they_happened() -> None:
    story = Story()
    story.add(pdu(mt("zwei", 2), "in", after_s=2))
    call = {"number": ANNA, "value": "3.00", "currency": "CHF", "id": "7|1", "message": "eins"}
    story.add({"kind": "call", "at": stamp(BEGAN), "params": call, "status": 200, "body": "SUCCESS"})
    assert [line.said for line in story.told_until(stamp(BEGAN + timedelta(seconds=9)))] == [
        'content "eins"',
        '"zwei"',
    ]


def test_receipts_and_reports_say_what_became_of_the_money() -> None:
    story = Story()
    text = b"id:1 stat:UNDELIV err:001"
    receipt = Pdu(Command.DELIVER_SM, {"esm_class": int(EsmClass.RECEIPT), "short_message": text})
    story.add(pdu(receipt, "out", after_s=0))
    call = {"value": "3.00", "id": "7|1"}
    story.add({"kind": "call", "at": stamp(BEGAN), "params": call, "status": 200, "body": "SUCCESS"})
    report = {"action": "mp_report", "id": "7|1", "report": "FAILED"}
    told = {"kind": "callback", "at": stamp(BEGAN), "method": "POST", "path": "/sms", "status": 200}
    story.add({**told, "fields": report, "body": "OK"})
    lines = story.told_until(stamp(BEGAN + timedelta(seconds=1)))
    assert [(line.said, line.tone) for line in lines] == [
        ("receipt UNDELIV", "bad"),
        ('content ""', "money"),
        ("report FAILED: not charged", "bad"),
    ]
