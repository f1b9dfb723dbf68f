"""docs/smpp.md is what the code's tables say."""

from __future__ import annotations

from tests.tools.smpp_doc import BLOCK, BLOCKS, PAGE, filled


def test_the_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [block[1] for block in BLOCK.findall(page)] == list(BLOCKS)
    assert filled(page) == page, "run: python -m tests.tools.smpp_doc"
