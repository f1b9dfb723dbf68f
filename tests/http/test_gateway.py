"""`/gateway` over real HTTP: the strings that the vendors' clients look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsc.http.gateway_codes import INTERNAL, body_of
from smsc.messages import Money
from smsc.optin.decision import Reason
from smsc.optin.events import Command
from smsc.pipeline.calls import (
    ANSWERED,
    NETWORK_UNKNOWN,
    OTHER_BODY,
    OTHER_NETWORK,
    TOO_LONG,
    UNKNOWN_SERVICE,
    Answer,
    Busy,
)
from smsc.sms.numbers import Msisdn
from smsc.sms.octets import Octets
from smsc.store.errors import StoreUnavailable

if TYPE_CHECKING:
    from tests.http.conftest import Stage

PARAMETERS = {
    "cc": "astro",
    "ekey": "k3y",
    "number": "41791234567",
    "message": "Willkommen",
    "id": "4711|abc",
    "value": "3.00",
    "currency": "CHF",
}


async def test_success_is_exactly_the_word(stage: Stage) -> None:
    assert await stage.says() == "SUCCESS"
    call = stage.line.calls[0]
    assert call.merchant == "astro"
    assert call.msisdn == Msisdn("41791234567")
    assert call.command is Command.WELCOME
    assert call.text == "Willkommen beim Horoskop"
    assert call.value == Money(0, "CHF")
    assert (call.full_id, call.registration, call.guarded) == ("4711|abc", 4711, True)
    assert call.network == "SWISSCOM8CH4"


async def test_a_form_says_the_same_as_a_query(stage: Stage) -> None:
    posted = await stage.client.post("/gateway", data=PARAMETERS)
    multipart = await stage.client.post("/gateway", files={n: (None, v) for n, v in PARAMETERS.items()})
    asked = await stage.client.get("/gateway", params=PARAMETERS)
    mixed = await stage.client.post(
        "/gateway?cc=astro&ekey=k3y&message=ignored",
        data={name: value for name, value in PARAMETERS.items() if name not in ("cc", "ekey")},
    )
    assert {posted.text, multipart.text, asked.text, mixed.text} == {"SUCCESS"}
    assert len({call.digest for call in stage.line.calls}) == 1
    assert stage.line.calls[0].value == Money(300, "CHF")


async def test_S2_each_refusal_has_its_code(stage: Stage) -> None:
    expected = {
        Reason.NO_REGISTRATION: "IR-104",
        Reason.NOT_WELCOMED: "E-103",
        Reason.PRICE_NOT_AGREED: "IR-412",
        Reason.COUNT_REACHED: "E-102",
        Reason.OPTED_OUT: "BARRED",
        Reason.ALREADY_DONE: "IR-101",
        Reason.STILL_ACTIVE: "E-103",
        Reason.BILLED_CONTROL: "E-103",
    }
    answered = {}
    for reason in expected:
        stage.line.answer = Answer(reason)
        answered[reason] = await stage.code()
    assert answered == expected


def test_every_reason_has_an_answer() -> None:
    assert all(body_of(Answer(reason)) for reason in Reason)


async def test_MT8_an_unknown_network_has_its_code(stage: Stage) -> None:
    stage.line.answer = Answer(Reason.NO_RULE, detail=NETWORK_UNKNOWN)
    assert await stage.code() == "IR-420"


async def test_S2_the_same_id_with_another_body_is_a_duplicate(stage: Stage) -> None:
    stage.line.answer = Answer(Reason.ALREADY_DONE, detail=OTHER_BODY)
    assert await stage.code() == "IR-101"


async def test_MT5_a_billed_text_of_several_parts_is_too_long(stage: Stage) -> None:
    stage.line.answer = Answer(Reason.NO_RULE, detail=TOO_LONG)
    assert await stage.code() == "IR-417"


async def test_a_failure_of_ours_is_the_generic_error(stage: Stage) -> None:
    stage.line.answer = Answer(Reason.NO_RULE, detail="internal")
    assert await stage.code() == "E-100"


async def test_S2_a_repeated_call_gets_the_first_answer(stage: Stage) -> None:
    stage.line.answer = Answer(Reason.DONE, mt=7, replayed=True)
    assert await stage.says() == "SUCCESS"


FAULTS: list[tuple[dict[str, str | None], str]] = [
    ({"cc": None}, "IR-414"),
    ({"cc": " "}, "IR-414"),
    ({"cc": "x" * 65}, "IR-414"),
    ({"cc": "a b"}, "IR-414"),
    ({"cc": "nobody"}, "IR-415"),
    ({"ekey": "K3Y"}, "IR-103"),
    ({"ekey": None}, "IR-103"),
    ({"number": None}, "IR-404"),
    ({"number": "anna"}, "IR-405"),
    ({"number": "0791234567"}, "IR-405"),
    ({"number": "+"}, "IR-405"),
    ({"number": "#"}, "IR-405"),
    ({"number": "#288 166"}, "IR-405"),
    ({"number": "4" * 16}, "IR-405"),
    ({"number": "41٧٩1234567"}, "IR-405"),
    ({"value": None}, "IR-410"),
    ({"value": "viel"}, "IR-410"),
    ({"value": "1e3"}, "IR-410"),
    ({"value": "nan"}, "IR-410"),
    ({"value": "inf"}, "IR-410"),
    ({"value": "-inf"}, "IR-410"),
    ({"value": "0x10"}, "IR-410"),
    ({"value": "+3.00"}, "IR-410"),
    ({"value": ".5"}, "IR-410"),
    ({"value": "3."}, "IR-410"),
    ({"value": "٣"}, "IR-410"),
    ({"value": "3 00"}, "IR-410"),
    ({"value": "-0.01"}, "IR-413"),
    ({"value": "9" * 5000}, "IR-412"),
    ({"value": "3,00"}, "IR-410"),
    ({"value": "-1"}, "IR-413"),
    ({"value": "3.005"}, "IR-412"),
    ({"currency": "franken"}, "IR-412"),
    ({"currency": "C€F"}, "IR-412"),
    ({"message": None}, "IR-416"),
    ({"message": "  "}, "IR-416"),
    ({"message": "x" * 4001}, "IR-417"),
    ({"message": "x" * 1300}, "IR-417"),
    ({"reply": "ja"}, "IR-401"),
    ({"reply": "2"}, "IR-401"),
    ({"reply": "-1"}, "IR-401"),
    ({"reply": "1.0"}, "IR-401"),
    ({"reply": "1", "id": "4711x|abc"}, "IR-403"),
    ({"reply": "1", "id": "|abc"}, "IR-403"),
    ({"reply": "1", "id": "abc"}, "IR-403"),
    ({"reply": "1", "id": None}, "IR-403"),
    ({"binary": "1"}, "IR-102"),
    ({"binary": "1", "udh": " "}, "IR-102"),
    ({"binary": "1", "udh": "050003010201"}, "E-103"),
    ({"binary": "1", "udh": "0500", "message": "00"}, "E-103"),
    ({"binary": "1", "udh": "05000301020", "message": "00"}, "E-103"),
    ({"binary": "1", "udh": "xyz", "message": "00"}, "E-103"),
    ({"binary": "1", "udh": "00" * 128, "message": "00"}, "E-103"),
    ({"binary": "1", "udh": "050003010201", "message": "0"}, "E-103"),
    ({"binary": "1", "udh": "050003010201", "message": ""}, "IR-416"),
    ({"binary": "1", "udh": "050003010201", "message": "00" * 135}, "IR-417"),
    ({"binary": "2"}, "E-103"),
    ({"binary": "true"}, "E-103"),
    ({"udh": "050003010201"}, "E-103"),
    ({"value": "3.00", "command": "", "network": "INTERNATIONAL"}, "IR-419"),
    ({"network": "x" * 51}, "IR-420"),
    ({"command": "X"}, "E-103"),
    ({"smscat": "99"}, "E-103"),
    ({"smscat": "abc"}, "E-103"),
    ({"smscat": "991", "value": "3.00", "command": ""}, "E-103"),
    ({"title": "x" * 13}, "E-103"),
    ({"encoding": "utf-16"}, "E-103"),
    ({"encoding": "klingon"}, "E-103"),
    ({"sub_ip": "1.2.3", "id": ""}, "E-103"),
    ({"sub_url": "ftp://x", "id": ""}, "E-103"),
    ({"sub_key": "x" * 65, "id": ""}, "E-103"),
    ({"id": "4711|" + "x" * 300}, "E-103"),
]


async def test_faults_of_the_call_have_their_codes(stage: Stage) -> None:
    answered = [(changes, await stage.code(**changes)) for changes, _ in FAULTS]
    assert answered == FAULTS
    assert stage.line.calls == []


LEAVES_OUT: list[tuple[str, str]] = [
    ("cc", "IR-414"),
    ("ekey", "IR-103"),
    ("number", "IR-404"),
    ("value", "IR-410"),
    ("message", "IR-416"),
    ("currency", "SUCCESS"),
    ("reply", "SUCCESS"),
    ("title", "SUCCESS"),
    ("network", "SUCCESS"),
    ("command", "SUCCESS"),
    ("id", "SUCCESS"),
]
"""What a call without the parameter is answered; an id that is needed is the line's question (IR-104)."""


async def test_a_parameter_left_out_has_its_answer_by_get_and_post(stage: Stage) -> None:
    whole = {
        **PARAMETERS,
        "reply": "0",
        "title": "543",
        "network": "SWISSCOM8CH4",
        "command": "",
        "value": "0",
    }
    for name, expected in LEAVES_OUT:
        given = {key: value for key, value in whole.items() if key != name}
        asked = (await stage.client.get("/gateway", params=given)).text
        posted = (await stage.client.post("/gateway.php", data=given)).text
        assert (asked.partition(" ")[0], asked) == (expected, posted), name
    assert stage.line.calls[0].value == Money(0, "GBP")


async def test_values_are_taken_as_programs_print_them(stage: Stage) -> None:
    expected = {
        "3": 300,
        "3.0": 300,
        "3.00": 300,
        "03.00": 300,
        "0.5": 50,
        " 3.00 ": 300,
        "-0.00": 0,
        "3.000": 300,
    }
    for text, minor in expected.items():
        assert await stage.says(value=text, command="") == "SUCCESS"
        assert stage.line.calls[-1].value == Money(minor, "CHF"), text
    assert await stage.says(value="3", currency="chf", command="") == "SUCCESS"
    assert stage.line.calls[-1].value == Money(300, "CHF")


async def test_of_a_repeated_parameter_the_last_counts_and_the_form_before_the_query(stage: Stage) -> None:
    query = "&".join(f"{name}={value}" for name, value in PARAMETERS.items())
    assert (await stage.client.get(f"/gateway?{query}&message=second&message=last")).text == "SUCCESS"
    posted = await stage.client.post(f"/gateway?{query}&message=query", data={"message": ["one", "two"]})
    assert posted.text == "SUCCESS"
    assert (await stage.client.get(f"/gateway?{query}&ekey=wrong")).text.startswith("IR-103")
    assert [call.text for call in stage.line.calls] == ["last", "two"]


async def test_binary_is_header_and_data_in_hexadecimal_of_either_case(stage: Stage) -> None:
    for udh, message in (
        ("0605040b8423f0", "00ff"),
        ("0605040B8423F0", "00FF"),
        (" 0605040b8423f0 ", " 00ff "),
    ):
        assert await stage.says(binary="1", udh=udh, message=message, command="") == "SUCCESS"
        assert stage.line.calls[-1].octets == Octets(bytes.fromhex("0605040b8423f0"), b"\x00\xff")
        assert stage.line.calls[-1].text == ""
    assert await stage.says(binary="0", udh="") == "SUCCESS"
    assert await stage.says(binary="1", udh="050003010202", message="00ff", command="") == "SUCCESS"
    lower, upper, _, text, other = [call.digest for call in stage.line.calls]
    assert lower == upper
    assert len({lower, text, other}) == 3


async def test_reply_1_is_guarded_by_its_mo_and_991_confirms_a_stop(stage: Stage) -> None:
    for changes, guarded, answers, once in (
        ({"reply": "1", "id": "4711"}, True, 4711, True),
        ({"reply": "1", "id": "4711|"}, True, 4711, True),
        ({"reply": "1", "id": "4711|c1"}, True, 4711, False),
        ({"reply": "0", "id": "4711"}, False, None, False),
    ):
        assert await stage.says(**changes) == "SUCCESS"
        call = stage.line.calls[-1]
        assert (call.guarded, call.answers, call.answers_once) == (guarded, answers, once), changes
    assert await stage.says(smscat="991") == "SUCCESS"
    assert await stage.says(smscat="123") == "SUCCESS"
    assert [call.confirms_stop for call in stage.line.calls[-2:]] == [True, False]


async def test_a_head_request_sends_nothing(stage: Stage) -> None:
    answer = await stage.client.head("/gateway", params=PARAMETERS)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert (await stage.client.put("/gateway", params=PARAMETERS)).status_code == 405
    assert stage.line.calls == []


async def test_every_answer_is_found_by_whole_body_and_by_the_librarys_pattern(stage: Stage) -> None:
    pattern = re.compile(r"((IR|E)-\d{3})|(NO CREDITS)|(BARRED)")
    bodies = [body_of(Answer(reason)) for reason in Reason]
    details = (NETWORK_UNKNOWN, OTHER_BODY, TOO_LONG, ANSWERED, OTHER_NETWORK, UNKNOWN_SERVICE, INTERNAL)
    bodies += [body_of(Answer(Reason.NO_RULE, detail=detail)) for detail in details]
    bodies += [await stage.says(**changes) for changes, _ in FAULTS]
    for body in bodies:
        found = pattern.findall(body)
        if body == "SUCCESS":
            assert found == []
        else:
            assert len(found) == 1, body
            assert body.startswith("".join(found[0][:1] + found[0][2:])), body
            assert " " in body and body == body.strip()


async def test_an_id_is_a_registration_and_a_callback_id(stage: Stage) -> None:
    expected = [
        ("4711|abc", 4711, True),
        ("4711|", 4711, False),
        ("4711", 4711, False),
        ("4711|a|b", 4711, True),
        ("service|abc", None, True),
        ("", None, False),
        ("9" * 19, None, False),
        ("٤٧", None, False),
    ]
    for given, _, _ in expected:
        assert await stage.says(id=given) == "SUCCESS"
    assert [(call.full_id, call.registration, call.guarded) for call in stage.line.calls] == expected


async def test_a_number_is_taken_as_merchants_write_it(stage: Stage) -> None:
    for number in ("41791234567", "+41791234567", "0041791234567", " 41791234567"):
        assert await stage.says(number=number) == "SUCCESS"
    assert {call.msisdn for call in stage.line.calls} == {Msisdn("41791234567")}


async def test_INTERNATIONAL_names_no_network(stage: Stage) -> None:
    assert await stage.says(network="INTERNATIONAL") == "SUCCESS"
    assert stage.line.calls[0].network == ""


async def test_what_makes_a_call_the_same_is_in_its_digest(stage: Stage) -> None:
    for changes in ({}, {"title": "other"}, {"message": "anders"}, {"command": "G"}, {"network": "SUNRISE"}):
        await stage.says(**changes)
    first, title, *others = [call.digest for call in stage.line.calls]
    assert first == title
    assert len({first, *others}) == 4


def multipart(fields: dict[str, bytes]) -> bytes:
    """A form as PHP's curl posts it, with any octets."""
    head = '--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    parts = [(head % name).encode() + value + b"\r\n" for name, value in fields.items()]
    return b"".join(parts) + b"--b--\r\n"


async def test_text_comes_as_its_encoding_says(stage: Stage) -> None:
    query = "&".join(f"{name}={value}" for name, value in PARAMETERS.items() if name != "message")
    await stage.client.get(f"/gateway?{query}&message=L%C3%B6we+%E2%82%AC")
    await stage.client.get(f"/gateway?{query}&message=L%F6we&encoding=iso-8859-1")
    assert [call.text for call in stage.line.calls] == ["Löwe €", "Löwe"]
    refused = await stage.client.get(f"/gateway?{query}&message=L%F6we")
    assert refused.text.startswith("E-103")
    euro = {"message": b"5 \x80", "encoding": b"windows-1252"}
    for content, type_ in (
        (b"message=5+%80&encoding=windows-1252", "application/x-www-form-urlencoded"),
        (multipart(euro), "multipart/form-data; boundary=b"),
    ):
        posted = await stage.client.post(
            f"/gateway?{query}", content=content, headers={"content-type": type_}
        )
        assert posted.text == "SUCCESS"
        assert stage.line.calls[-1].text == "5 €"
    wrong = {"message": b"5 \x80"}
    headers = {"content-type": "multipart/form-data; boundary=b"}
    refused = await stage.client.post(f"/gateway?{query}", content=multipart(wrong), headers=headers)
    assert refused.text.startswith("E-103 not utf-8")


async def test_a_long_free_text_may_take_several_parts(stage: Stage) -> None:
    assert await stage.says(message="x" * 400) == "SUCCESS"


async def test_D4_a_store_that_cannot_be_written_is_503(stage: Stage) -> None:
    stage.line.failure = StoreUnavailable("database is locked")
    answer = await stage.client.get("/gateway", params=PARAMETERS)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "SUCCESS" not in answer.text


async def test_D4_a_full_queue_is_503_with_its_own_delay(stage: Stage) -> None:
    stage.line.failure = Busy("too many calls wait", retry_after_s=7)
    answer = await stage.client.get("/gateway", params=PARAMETERS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


async def test_D4_keys_that_cannot_be_looked_up_are_503(stage: Stage) -> None:
    stage.accounts.failure = StoreUnavailable("gone")
    assert (await stage.client.get("/gateway", params=PARAMETERS)).status_code == 503


async def test_too_large_a_body_is_refused_unread(stage: Stage) -> None:
    answer = await stage.client.post("/gateway", data={**PARAMETERS, "message": "x" * 70_000})
    assert (answer.status_code, answer.text.split(" ")[0]) == (200, "IR-417")
    many = await stage.client.post("/gateway", data={**PARAMETERS, **{f"f{n}": "1" for n in range(80)}})
    assert many.text.startswith("E-103")
    endless = await stage.client.get("/gateway", params={**PARAMETERS, "message": "x" * 40_000})
    assert endless.text.startswith("IR-417")
    assert stage.line.calls == []


async def test_broken_multipart_is_bad_data(stage: Stage) -> None:
    headers = {"content-type": "multipart/form-data"}
    answer = await stage.client.post("/gateway", content=b"--x\r\nrubbish", headers=headers)
    assert answer.text.startswith("E-103")


async def test_answers_are_counted_by_code(stage: Stage) -> None:
    await stage.says()
    await stage.says(cc="nobody")
    text = stage.metrics.exposition().decode()
    assert 'smsc_gateway_total{answer="SUCCESS"} 1.0' in text
    assert 'smsc_gateway_total{answer="IR-415"} 1.0' in text
