"""Log lines: event words, masked numbers, no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from smsc.ops.logs import set_up
from smsc.ops.tracebacks import plain
from smsc.sms.numbers import Msisdn

ANNA = Msisdn("41791234567")
BEARER = "b34r3r-geheim"
DRIVER_SAYS = "no row for 41791234567\nDETAIL: Failing row contains (ich liebe dich)"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    set_up(level="DEBUG", style="json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_has_its_event_word_and_ids(lines: io.StringIO) -> None:
    logging.getLogger("smsc.link").info("bind up", extra={"event": "bind_up", "bind": "helvetia-1"})
    entry = json.loads(lines.getvalue())
    assert entry["event"] == "bind_up"
    assert entry["message"] == "bind up"
    assert entry["bind"] == "helvetia-1"
    assert entry["level"] == "info"


def test_numbers_are_masked_wherever_they_stand(lines: io.StringIO) -> None:
    extra = {"event": "mo", "msisdn": str(ANNA), "parties": [ANNA], "detail": {"source_addr": "41791234567"}}
    logging.getLogger("smsc.intake").info("from %s", ANNA, extra=extra)
    text = lines.getvalue()
    assert "41791234567" not in text
    assert text.count("4179****567") == 4


def test_secrets_and_message_texts_are_never_written(lines: io.StringIO) -> None:
    extra = {"event": "call", "ekey": "k3y", "password": "geheim", "text": "ich liebe dich"}
    logging.getLogger("smsc.http").warning("call", extra=extra)
    text = lines.getvalue()
    assert "k3y" not in text
    assert "geheim" not in text
    assert "liebe" not in text


def test_an_exception_keeps_its_traceback(lines: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("smsc").exception("batch failed", extra={"event": "batch_failed"})
    assert "ValueError: broken" in json.loads(lines.getvalue())["exception"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_an_exception_is_logged_without_locals_and_without_what_it_quotes(
    lines: io.StringIO, style: str
) -> None:
    def broken() -> None:
        bearer = BEARER
        raise KeyError(DRIVER_SAYS) from ValueError(f"{len(bearer)} is wrong")

    set_up(level="DEBUG", style=style, stream=lines)
    try:
        broken()
    except KeyError:
        logging.getLogger("smsc").exception("batch failed", extra={"event": "batch_failed"})
    text = lines.getvalue()
    for said in ("batch_failed", "in broken", "KeyError: no row", "ValueError: 13 is wrong"):
        assert said in text
    for secret in ("b34r3r", "liebe", "41791234567", "╭"):
        assert secret not in text


def test_errors_in_circles_and_groups_are_logged_once_each() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__context__, second.__context__ = second, first
    group = ExceptionGroup("both", [first])
    text = plain((ExceptionGroup, group, None))
    assert [text.count(word) for word in ("first", "second", "both")] == [1, 1, 1]
