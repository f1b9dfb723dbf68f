"""Every rule that is built has a test named after it, and docs/rules.md says which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = """
    RT1 RT2 RT3 RT3a RT4 RT5 RT5a RT5b RT6 RT7 RT8
    OI1 OI2 OI3 OI4 OI5
    OO1 OO2 OO2a OO3 OO4 OO5 OO6 OO7 OO8
    MT1 MT2 MT3 MT4 MT5 MT6 MT6a MT7 MT8
    CH1 CH2 CH3
    RP1 RP1a RP2 RP3
    D1 D1a D2 D3 D4 D5 D6
    SP1
"""
BUILT = WRITTEN.split()
ROW = re.compile(r"^\| (\w+) \| [^|]+ \| `([^`]+)` \| `(test_\w+)` \|$", re.MULTILINE)


def names_of_tests() -> set[str]:
    """The names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }


NAMES = sorted(names_of_tests())
ROWS = {rule: (place, test) for rule, place, test in ROW.findall((ROOT / "docs/rules.md").read_text("utf-8"))}


@pytest.mark.parametrize("rule", BUILT)
def test_a_rule_that_is_built_has_a_test_named_after_it(rule: str) -> None:
    named = re.compile(rf"_{rule}(?![0-9A-Za-z])")
    assert any(named.search(name) for name in NAMES)
    place, test = ROWS[rule]
    assert (ROOT / "smsc" / place).exists(), place
    assert test in NAMES and named.search(test), test


def test_the_page_lists_no_rule_beyond_those_that_are_built() -> None:
    assert list(ROWS) == BUILT
