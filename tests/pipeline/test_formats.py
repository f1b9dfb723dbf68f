"""Notices as the requests that merchants know."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

import pytest
from standardwebhooks import Webhook

from smsc.messages import CallbackTarget, Notice, NoticeKind
from smsc.pipeline.formats import UnknownFormat, accepted, target_of, write_post
from smsc.sms.numbers import Msisdn, ShortCode

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
CLOUD = CallbackTarget("http://merchant.example/sms")
NATIVE = CallbackTarget("http://merchant.example/sms", format="json", secret="geheim")
MO = Notice(
    key="mo/4711",
    kind=NoticeKind.MO,
    merchant="astro",
    msisdn=Msisdn("41791234567"),
    short_code=ShortCode("543"),
    at=NOW,
    id="4711",
    text="Horoskop Löwe €",
    keyword="HOROSKOP",
    network="SWISSCOM8CH4",
    country="CH",
)
STOP = replace(
    MO,
    key="stop/4712",
    kind=NoticeKind.STOP,
    id="4712",
    text="Stop jetzt!",
    registration="4711",
    goodbye_by=datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC),
    urgent=True,
)
REPORT = replace(
    MO,
    key="report/9/delivered",
    kind=NoticeKind.REPORT,
    id="4711|abc",
    text="",
    report="DELIVERED",
    reason_id="000",
)


def form(notice: Notice) -> dict[str, str]:
    post = write_post(notice, CLOUD, now=NOW)
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    return {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}


def test_RP2_an_mo_has_the_fields_of_the_gateway_api() -> None:
    assert form(MO) == {
        "action": "mpush_ir_message",
        "id": "4711",
        "message_id": "4711",
        "number": "41791234567",
        "network": "SWISSCOM8CH4",
        "message": "Horoskop Löwe €",
        "shortcode": "543",
        "country": "CH",
        "billing": "MT",
        "keyword": "HOROSKOP",
    }


def test_OO5_a_stop_is_an_mo_that_says_by_when_the_goodbye_is_due() -> None:
    fields = form(STOP)
    assert fields["action"] == "mpush_ir_message"
    assert fields["message"] == "ask horoskop stop"
    assert fields["keyword"] == ""
    assert fields["id"] == "4712"
    assert fields["registration"] == "4711"
    assert fields["goodbye_by"] == "2026-01-31T12:00:30.000Z"


def test_OO5_json_carries_the_stop_as_it_arrived() -> None:
    told = json.loads(write_post(STOP, NATIVE, now=NOW).body)
    assert (told["type"], told["data"]["text"], told["data"]["keyword"]) == (
        "stop",
        "Stop jetzt!",
        "HOROSKOP",
    )


def test_RP2_a_report_repeats_the_id_given_at_sending() -> None:
    assert form(REPORT) == {
        "action": "mp_report",
        "id": "4711|abc",
        "message_id": "4711|abc",
        "number": "41791234567",
        "report": "DELIVERED",
        "reason_id": "000",
    }


def test_S3_subscribed_carries_the_new_message_id() -> None:
    subscribed = replace(REPORT, kind=NoticeKind.SUBSCRIBED, id="88", message_id="88", report="")
    fields = form(subscribed)
    assert (fields["report"], fields["message_id"]) == ("SUBSCRIBED", "88")


def test_RP1_json_is_signed_as_standard_webhooks_says() -> None:
    now = datetime.now(UTC)
    post = write_post(MO, NATIVE, now=now)
    Webhook(b"geheim").verify(post.body, dict(post.headers))
    assert post.headers["webhook-id"] == "mo/4711"
    told = json.loads(post.body)
    assert told["type"] == "mo"
    assert told["data"]["text"] == "Horoskop Löwe €"
    assert "out_of_order" not in told["data"]


def test_RP1_a_secret_in_standard_form_is_decoded() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    post = write_post(MO, replace(NATIVE, secret=secret), now=datetime.now(UTC))
    Webhook(secret).verify(post.body, dict(post.headers))


def test_RP1_the_id_is_the_same_on_every_attempt() -> None:
    first = write_post(MO, CLOUD, now=NOW)
    again = write_post(MO, CLOUD, now=datetime(2026, 1, 31, 13, tzinfo=UTC))
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body


def test_RP1a_a_late_one_is_flagged() -> None:
    assert write_post(MO, CLOUD, now=NOW, late=True).headers["Smsc-Out-Of-Order"] == "1"
    assert json.loads(write_post(MO, NATIVE, now=NOW, late=True).body)["data"]["out_of_order"] is True


STORE = CallbackTarget("http://merchant.example/sms", format="crmtext")
TOLD = replace(
    MO,
    msisdn=Msisdn("14155550123"),
    text='Löwe € "quoted"\r\nsecond line',
    keyword="PIZZA",
    details={
        "customer_id": "88",
        "customer_name": "Liz Lee",
        "opt_in_status": "opt-in",
        "store_name": "Tony's Pizza",
    },
)


def multipart(body: bytes, media_type: str) -> dict[str, str]:
    """The fields, read by the standard library's MIME parser."""
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body)
    fields = {}
    for part in whole.iter_parts():
        octets = part.get_payload(decode=True)
        assert isinstance(octets, bytes)
        fields[str(part.get_param("name", header="content-disposition"))] = octets.decode()
    return fields


def test_RP2_crmtext_is_a_multipart_form_with_the_documented_fields() -> None:
    post = write_post(TOLD, STORE, now=NOW)
    assert multipart(post.body, post.headers["Content-Type"]) == {
        "custID": "88",
        "custName": "Liz Lee",
        "mobileNum": "4155550123",
        "message": TOLD.text,
        "keyword": "PIZZA",
        "optInStatus": "opt-in",
        "timeStamp": "2026-01-31 04:00:00",
        "subacct": "PIZZA",
        "subacct_name": "Tony's Pizza",
        "msgID": "4711",
        "mms": '{"count": 0}',
    }
    again = write_post(TOLD, STORE, now=datetime(2026, 1, 31, 13, tzinfo=UTC))
    assert (again.body, again.headers["Content-Type"]) == (post.body, post.headers["Content-Type"])


def test_two_signatures_while_a_secret_changes() -> None:
    target = replace(NATIVE, secret="new one", previous_secret="old one")
    post = write_post(MO, target, now=datetime.now(UTC))
    assert post.headers["webhook-signature"].count("v1,") == 2
    for secret in ("new one", "old one"):
        Webhook(secret.encode()).verify(post.body, dict(post.headers))
    assert "old one" not in repr(target)


def test_a_cloud_event_has_what_the_specification_asks_for() -> None:
    post = write_post(MO, replace(NATIVE, format="cloudevents"), now=NOW)
    event = json.loads(post.body)
    assert post.headers["Content-Type"].startswith("application/cloudevents+json")
    assert {name: event[name] for name in ("specversion", "id", "source", "type", "subject")} == {
        "specversion": "1.0",
        "id": "mo/4711",
        "source": "/short-codes/543",
        "type": "smsc.mo",
        "subject": "41791234567",
    }
    assert event["data"]["text"] == MO.text


def test_a_single_messages_own_address_wins() -> None:
    kannel = replace(MO, details={"dlr_url": "http://a.example/?d=1", "dlr": "kannel"})
    target = target_of(kannel, CLOUD)
    assert target is not None
    post = write_post(kannel, target, now=NOW)
    assert (post.method, post.url, post.body) == ("GET", "http://a.example/?d=1", b"")
    details = {"dlr_url": "http://a.example/", "dlr": "jasmin", "dlr_method": "POST", "=id": "7"}
    jasmin = target_of(replace(MO, details=details), None)
    assert jasmin is not None
    post = write_post(replace(MO, details=details), jasmin, now=NOW)
    assert (post.method, post.body) == ("POST", b"id=7")
    assert accepted(jasmin, 200, b"ACK/Jasmin")
    assert not accepted(jasmin, 200, b"OK")
    assert target_of(MO, CLOUD) is CLOUD


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(UnknownFormat, match="telex"):
        write_post(MO, replace(CLOUD, format="telex"), now=NOW)


@pytest.mark.parametrize(
    ("target", "status", "body", "taken"),
    [
        (CLOUD, 200, b"OK", True),
        (CLOUD, 200, b" OK\r\n", True),
        (CLOUD, 200, b"", False),
        (CLOUD, 200, b"OKAY", False),
        (CLOUD, 201, b"OK", False),
        (CLOUD, 500, b"OK", False),
        (STORE, 200, b"", True),
        (STORE, 200, b"thanks", True),
        (STORE, 204, b"", False),
        (STORE, 500, b"OK", False),
        (NATIVE, 204, b"", True),
        (NATIVE, 200, b"whatever", True),
        (NATIVE, 302, b"OK", False),
        (replace(CLOUD, expect="any"), 204, b"", True),
        (replace(CLOUD, expect="any"), 302, b"", False),
        (replace(NATIVE, expect="ACK/Jasmin"), 200, b"ACK/Jasmin\n", True),
        (replace(NATIVE, expect="ACK/Jasmin"), 200, b"OK", False),
        (replace(STORE, expect="OK"), 200, b"thanks", False),
    ],
)
def test_RP2_what_counts_as_taken(target: CallbackTarget, status: int, body: bytes, *, taken: bool) -> None:
    assert accepted(target, status, body) is taken
