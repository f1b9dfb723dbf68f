"""Every section that the code cites stands in docs/spec-index.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "spec-index.md"
SPEC = r"SMPP v3\.4|(?:3GPP )?TS 23\.\d{3}|ITU-T E\.164|RFC \d+"
CITATION = re.compile(
    rf"(?P<spec>{SPEC})|§ ?(?P<section>[A-Z]?\d*(?:\.\d+)*)\b|[Aa]ppendix (?P<appendix>[A-Z])\b"
)


def whole_name(spec: str) -> str:
    return f"3GPP {spec}" if spec.startswith("TS") else spec


def indexed() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    spec = ""
    for line in INDEX.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            spec = line.removeprefix("## ")
        elif match := re.match(r"\| §(\S+) \| \S", line):
            found.append((spec, match[1]))
    return found


def cited(text: str) -> Iterator[tuple[str, str]]:
    """Each section under the specification named last before it; in this code that is SMPP unless said."""
    spec = "SMPP v3.4"
    for match in CITATION.finditer(text):
        if match["spec"]:
            spec = whole_name(match["spec"])
        elif match["section"]:
            yield spec, match["section"]
        elif match["appendix"]:
            yield "SMPP v3.4", match["appendix"]


SOURCES = sorted(path for path in (ROOT / "smsc").rglob("*.py") if "§" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_cited_section_is_in_the_index(path: Path) -> None:
    missing = sorted(set(cited(path.read_text(encoding="utf-8"))) - set(indexed()))
    assert not missing, f"look these up and enter them in docs/spec-index.md: {missing}"


def test_the_index_names_each_section_once() -> None:
    assert len(indexed()) == len(set(indexed())) > 100


def test_what_counts_as_a_citation() -> None:
    text = "SMPP v3.4 §5.2.12 and §4.1; TS 23.038 §6.2.1 (RFC 9457 §3.1), appendix B; 'Ü§¿'"
    assert list(cited(text)) == [
        ("SMPP v3.4", "5.2.12"),
        ("SMPP v3.4", "4.1"),
        ("3GPP TS 23.038", "6.2.1"),
        ("RFC 9457", "3.1"),
        ("SMPP v3.4", "B"),
    ]
