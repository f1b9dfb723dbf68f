"""docs/flows.md says what the data says."""

from __future__ import annotations

from pathlib import Path

from smsc.optin.drawing import draw
from tests.optin.scene import PROFILES

PAGE = Path(__file__).parents[2] / "docs" / "flows.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(PROFILES), "python -m smsc.optin.drawing > docs/flows.md"
