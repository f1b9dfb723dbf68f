"""The evidence of a number as a PDF (extra `pdf`: fpdf2). DejaVu Sans is embedded, cut down to what is used."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import datetime
from importlib.resources import as_file, files

from fpdf import FPDF, XPos, YPos
from fpdf.enums import WrapMode

from smsc.cli.evidence import Evidence, Line

FONT = "DejaVu"
NAMES_MM, LINE_MM, MARGIN_MM, EVENT_MM = 34.0, 5.2, 18.0, 40.0
PICTURES = 0x1F000
"""From here on code points are pictures; few fonts have them, so each is named in the text."""


class _Paper(FPDF):
    """A4 with the page's number at the foot."""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, size=8)
        self.set_text_color(90)
        self.cell(0, 5, f"{self.title} - page {self.page_no()} of {{nb}}", align="C")


def pdf_of(evidence: Evidence, *, now: datetime) -> bytes:
    """The record as a PDF. A character that the font lacks stands as its Unicode name in brackets."""
    paper = _Paper(format="A4")
    with as_file(files("smsc.cli").joinpath("fonts/DejaVuSans.ttf")) as font:
        paper.add_font(FONT, fname=font)
        known: Collection[int] = paper.fonts[FONT.lower()].cmap.keys()  # type: ignore[union-attr]
        _settle(paper, evidence, now)
        _head(paper, evidence, known)
        for event in evidence.events:
            if paper.will_page_break(EVENT_MM):
                paper.add_page()
            _rule(paper)
            _write(paper, event.title, known, size=11)
            for line in event.lines:
                _line(paper, line, known)
        return bytes(paper.output())


def spelled(text: str, known: Collection[int]) -> str:
    """`text` with every picture, control and unknown character as its name: "[GRINNING FACE]"."""
    return "".join(c if _drawn(c, known) else f"[{unicodedata.name(c, f'U+{ord(c):04X}')}]" for c in text)


def _drawn(c: str, known: Collection[int]) -> bool:
    return c == "\n" or (
        ord(c) < PICTURES and ord(c) in known and unicodedata.category(c) not in ("Cc", "Cf")
    )


def _settle(paper: FPDF, evidence: Evidence, now: datetime) -> None:
    paper.set_title(evidence.title)
    paper.set_lang("en")
    paper.set_creation_date(now)
    paper.set_producer("smsc")
    paper.set_margin(MARGIN_MM)
    paper.set_auto_page_break(True, margin=MARGIN_MM)
    paper.add_page()


def _head(paper: FPDF, evidence: Evidence, known: Collection[int]) -> None:
    _write(paper, evidence.title, known, size=16, gap=3)
    _write(paper, evidence.made, known, size=9.5, gap=2)
    paper.set_text_color(*((170, 0, 0) if evidence.faults else (10, 92, 44)))
    for text in (evidence.verdict, *(f"- {fault}" for fault in evidence.faults)):
        _write(paper, text, known, size=10.5, gap=1)
    paper.set_text_color(17)


def _rule(paper: FPDF) -> None:
    y = paper.get_y() + 2.5
    paper.set_draw_color(187)
    paper.line(MARGIN_MM, y, paper.w - MARGIN_MM, y)
    paper.set_y(y + 2)


def _write(paper: FPDF, text: str, known: Collection[int], *, size: float, gap: float = 1.0) -> None:
    paper.set_font(FONT, size=size)
    paper.multi_cell(0, size * 0.5, spelled(text, known), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(paper.get_y() + gap)


def _line(paper: FPDF, line: Line, known: Collection[int]) -> None:
    """The name on the left, the value beside it as tall as it is."""
    if paper.will_page_break(LINE_MM):
        paper.add_page()
    paper.set_font(FONT, size=9)
    paper.set_text_color(85)
    paper.cell(NAMES_MM, LINE_MM, spelled(line.name, known))
    paper.set_text_color(17)
    digest = line.look == "digest"
    paper.set_font(FONT, size=7 if digest else 9.5)
    paper.multi_cell(
        0,
        LINE_MM,
        spelled(line.value, known),
        border="L" if line.look == "text" else 0,
        align="L",
        wrapmode=WrapMode.CHAR if digest else WrapMode.WORD,
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )
