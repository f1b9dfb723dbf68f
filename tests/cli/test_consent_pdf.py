"""D6: the evidence of a number as a PDF, with every text that people read or wrote in it."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

import pytest
import typer
from pypdf import PdfReader

from smsc.cli import consent
from smsc.cli.consent_pdf import pdf_of
from smsc.cli.evidence import evidence_of
from smsc.optin.decision import RecordConsent
from smsc.sms.numbers import Msisdn
from smsc.store import ConsentRow
from smsc.store.chain import Chain, ChainedConsent

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANNA = Msisdn("41791234501")
TEXTS = {
    "sl": "Brezplačen SMS. Želiš ZVEZDE? Pošlji DA, čšž ČŠŽ",
    "hu": "Ingyenes SMS. Előfizetés őűáéíóöü ŐŰ",
    "sr": "Бесплатан СМС. Пријава: ДА, ђјљњћџ ЂЈЉЊЋЏ",
}


def record(*, faults: tuple[str, ...] = (), many: int = 1) -> Chain:
    events = []
    for place, text in enumerate([*TEXTS.values()] * many, 1):
        said = RecordConsent(
            "3030/ZVEZDE",
            "active",
            "mo",
            place,
            text,
            "Da \U0001f600\u200d",
            "si-web",
            1,
            7,
            {"sub_ip": "192.0.2.7"},
        )
        facts = {"campaign": said.campaign, "state": "active", "by": "mo", "ref": place, "generation": 1}
        facts |= {"profile": "si-web", "version": 1, "registration": 7, "carrier": "si", "wording": "ab" * 32}
        row = ConsentRow(place, ANNA, 1, NOON, said)
        events.append(ChainedConsent(place, place, NOON, facts, "0123456789abcdef" * 4, row))
    gone = ChainedConsent(
        99, 99, NOON, {"state": "erased", "by": "operator", "ref": 1, "generation": 0}, "ff" * 32, None
    )
    return Chain("digest", (*events, gone), faults)


def text_of(chain: Chain) -> tuple[str, int]:
    """What a reader takes out of the file, and its pages."""
    made = PdfReader(io.BytesIO(pdf_of(evidence_of(ANNA, chain, now=NOON), now=NOON)))
    return "\n".join(page.extract_text() for page in made.pages), len(made.pages)


def test_D6_the_pdf_has_every_text_in_its_own_letters_and_names_pictures() -> None:
    text, _ = text_of(record())
    for said in TEXTS.values():
        assert said in text
    assert "Da [GRINNING FACE][ZERO WIDTH JOINER]" in text
    assert "Consent record of +41791234501" in text and "was verified and holds" in text
    assert "192.0.2.7" in text and "erased; their digest stays in the chain" in text
    assert "0123456789abcdef" * 4 in text.replace("\n", "")


def test_D6_page_and_pdf_say_the_same() -> None:
    chain = record(many=4)
    text, pages = text_of(chain)
    html = consent.page(ANNA, chain, now=NOON)
    shown = evidence_of(ANNA, chain, now=NOON)
    assert pages > 2
    for event in shown.events:
        assert event.title in text and event.title in html
        assert all(line.name in text and line.name in html for line in event.lines)


def test_D6_a_broken_chain_is_said_in_the_pdf() -> None:
    text, _ = text_of(record(faults=("event 2 is missing",)))
    assert "The chain is broken:" in text and "event 2 is missing" in text


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "smsc.cli.consent_pdf", None)
    with pytest.raises(typer.Exit):
        consent._hand_over(ANNA, record(), None)
    assert capsys.readouterr().err == "smsc: the PDF needs fpdf2: pip install 'smsc[pdf]'\n"
