"""The pages on a phone: nothing sticks out sideways, and the console has nothing to say."""

from __future__ import annotations

from tests.demo.browser import Browser, a_browser

STICKS_OUT = "document.documentElement.scrollWidth - innerWidth"
UNNAMED = """[...document.querySelectorAll('input:not([type=hidden]), button')]
    .filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel).map(e => e.outerHTML)"""


async def fits(browser: Browser) -> None:
    assert await browser.says(STICKS_OUT) <= 0
    assert await browser.says(UNNAMED) == []
    assert browser.errors == []


async def test_pages_fit_a_phone_and_have_no_errors(exported: dict[str, str]) -> None:
    url = exported["SMSC"]
    async with a_browser() as browser:
        await browser.goes(f"{url}/", until="document.querySelectorAll('.bubble').length > 3")
        await fits(browser)
        await browser.goes(f"{url}/portal", until="document.readyState === 'complete'")
        await fits(browser)
        await browser.goes(f"{url}/docs", until="document.readyState === 'complete'")
        await fits(browser)
