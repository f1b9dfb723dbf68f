"""`smsc trace`: decoded PDUs as they pass, and a capture file that tshark reads."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smsc.link.pcap import Conversation, pcap_header
from smsc.link.recorder import FlightRecorder
from smsc.smpp.codec import encode
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from tests.stage import ANNA, BEAT

if TYPE_CHECKING:
    from tests.cli.conftest import Operator


async def test_trace_shows_one_number_and_its_answers(operator: Operator) -> None:
    tracing = operator.begins("trace", "helvetia-1", "--msisdn", ANNA, "--count", "4")
    await operator.is_watching()
    carrier = operator.stage.carrier
    assert await carrier.deliver(BEAT, "543", "HOROSKOP") == 0
    assert await carrier.deliver(ANNA, "543", "HOROSKOP") == 0
    result = await tracing
    assert result.exit_code == 0, result.output
    heads = [line.split(" ", 1)[1] for line in result.stdout.splitlines() if line.startswith("20")]
    assert [head.split(" seq=")[0] for head in heads] == [
        "helvetia-1 < deliver_sm",
        "helvetia-1 > deliver_sm_resp",
        "helvetia-1 > submit_sm",
        "helvetia-1 < submit_sm_resp",
    ]
    assert f"source_addr: {ANNA}" in result.stdout
    assert BEAT not in result.stdout
    await operator.is_watching(watchers=0)


async def test_trace_as_json_never_bears_the_password(operator: Operator) -> None:
    tracing = operator.begins("trace", "*", "--json", "--count", "2")
    await operator.is_watching()
    operator.stage.carrier.drop_links()
    result = await tracing
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["command"], one["way"]) for one in said] == [
        ("bind_transceiver", ">"),
        ("bind_transceiver_resp", "<"),
    ]
    assert ["password", "***"] in said[0]["fields"]
    assert b"secret" not in bytes.fromhex(said[0]["octets"])


async def test_trace_of_no_bind_says_which_there_are(operator: Operator) -> None:
    result = await operator.runs("trace", "nowhere")
    assert result.exit_code == 1
    assert "no such bind: one of helvetia-1" in result.stderr


async def test_wireshark_reads_the_capture(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "trace.pcap"
    tracing = operator.begins("trace", "helvetia-1", "--pcap", str(file), "--count", "4")
    await operator.is_watching()
    await operator.stage.carrier.deliver(ANNA, "543", "HOROSKOP")
    await tracing
    magic, major, minor, *_, linktype = struct.unpack("<IHHiIII", file.read_bytes()[:24])
    assert (magic, major, minor, linktype) == (0xA1B2C3D4, 2, 4, 101)
    tshark = shutil.which("tshark")
    if tshark is None:
        assert not os.environ.get("CI"), "tshark is absent; get it with apt-get install tshark"
        return
    fields = ("smpp.command_id", "smpp.source_addr", "tcp.checksum.status", "ip.checksum.status")
    checks = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    asked = [part for field in fields for part in ("-e", field)]
    command = [tshark, "-r", str(file), *checks, "-T", "fields", *asked]
    read = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    rows = [line.split("\t") for line in read.stdout.splitlines()]
    commands = {row[0] for row in rows}
    assert commands == {"0x00000005", "0x80000005", "0x00000004", "0x80000004"}
    assert [row[1] for row in rows if row[0] == "0x00000005"] == [ANNA]
    assert {tuple(row[2:]) for row in rows} == {("1", "1")}, "every checksum is good"


def test_a_long_pdu_takes_several_packets_of_a_capture() -> None:
    octets = encode(Pdu(Command.DATA_SM, tlvs={0x0424: b"x" * 65_000}), sequence_number=1)
    made = Conversation("[2001:db8::7]:2775", we_are_mc=False, number=0).packets(
        octets, outgoing=True, at=1.5
    )
    captured = pcap_header() + made
    assert len(captured) == 24 + 2 * (16 + 40 + 20) + len(octets)
    assert Conversation("carrier:2775", we_are_mc=True, number=0).packets(b"x", outgoing=False, at=0.0)


async def test_the_flight_recorder_keeps_the_last_pdus_of_a_drop(operator: Operator) -> None:
    stage = operator.stage
    await stage.carrier.deliver(ANNA, "543", "HOROSKOP")
    seen = stage.carrier.events.last
    stage.carrier.drop_links()
    await stage.rebinds(beyond=seen)
    smpp = stage.server.smpp
    assert smpp is not None
    assert isinstance(smpp.recorder, FlightRecorder)
    await smpp.recorder.written()
    (file,) = (stage.folder / "smsc.db.flights").iterdir()
    head, *records = [json.loads(line) for line in file.read_text().splitlines()]
    assert (head["bind"], head["session"]) == ("helvetia-1", 0)
    assert "bind_transceiver" in [one["command"] for one in records]
    assert ("deliver_sm", "<") in [(one["command"], one["way"]) for one in records]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("drops", [5])
async def test_flight_records_are_bounded(operator: Operator, drops: int) -> None:
    stage = operator.stage
    recorder = FlightRecorder(stage.folder / "few", files_max=2)
    stage.server.board.on_drop = recorder.dropped
    for _ in range(drops):
        seen = stage.carrier.events.last
        stage.carrier.drop_links()
        await stage.rebinds(beyond=seen)
        await recorder.written()
    assert len(list((stage.folder / "few").iterdir())) == 2


async def test_D6_flight_records_forget_an_erased_number(tmp_path: Path) -> None:
    file = tmp_path / "20260301T120000.000000-000001-helvetia-1.jsonl"
    kept = '{"fields": {"source_addr": "41791234577"}}\n'
    national = '{"fields": {"source_addr": "0791234501"}, "octets": "00"}\n'
    octets = f'{{"fields": {{}}, "octets": "{b"+41791234501".hex()}"}}\n'
    file.write_text('{"bind": "helvetia-1"}\n' + kept + national + octets)
    await FlightRecorder(tmp_path, files_max=2).forget("41791234501")
    assert file.read_text() == '{"bind": "helvetia-1"}\n' + kept
    assert not file.with_suffix(".partial").exists()
