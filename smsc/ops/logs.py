"""Log lines: text for a terminal or JSON for a collector, numbers masked, secrets never.

The rooms log through `logging.getLogger(__name__)` with a fixed event word and ids in `extra`
(`log.info("bind up", extra={"event": "bind_up", "bind": name})`); structlog renders.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

from smsc.ops.tracebacks import plain
from smsc.sms.numbers import Msisdn

NUMBER_KEYS = frozenset({"msisdn", "number", "source", "source_addr", "destination_addr", "handset"})
SECRET_KEYS = frozenset({"password", "ekey", "secret", "authorization", "token", "bearer", "signature"})
TEXT_KEYS = frozenset({"text", "short_message", "message_payload", "raw"})
DIGITS = re.compile(r"\+?\d{8,15}")


def _masked(value: object) -> object:
    """`value` fit for a log line. A type that masks itself (`masked`) is asked, containers are walked."""
    own = getattr(value, "masked", None)
    if isinstance(own, str):
        return own
    if isinstance(value, Mapping):
        return {key: _masked_field(str(key), item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_masked(item) for item in value]
    return value


def _masked_field(key: str, value: object) -> object:
    if key in SECRET_KEYS or key in TEXT_KEYS:
        return "***"
    if key in NUMBER_KEYS and isinstance(value, str) and DIGITS.fullmatch(value):
        return Msisdn(value).masked
    return _masked(value)


def mask_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """structlog processor: subscriber numbers masked, secrets and message texts starred out."""
    return {key: value if key.startswith("_") else _masked_field(key, value) for key, value in event.items()}


def _event_word(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Bring in `extra` of a stdlib record: its "event" is the fixed word, the text becomes "message"."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        known = logging.LogRecord("", 0, "", 0, "", (), None).__dict__.keys() | {
            "message",
            "asctime",
            "taskName",
        }
        extra = {key: value for key, value in record.__dict__.items() if key not in known}
        if "event" in extra:
            event["message"] = event["event"]
        event.update(extra)
    return event


class MaskArguments(logging.Filter):
    """Masks numbers that are arguments of a log call before they become text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(arg) for arg in record.args)
        elif record.args:
            record.args = {key: _masked_field(key, value) for key, value in record.args.items()}
        return True


def _renderer(style: str, stream: TextIO) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer(default=str)
    # rich tracebacks, its default, print every local variable: keys, texts
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def set_up(*, level: str = "INFO", style: str = "text", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (stderr), as `style`: "text" or "json".

    Replaces the root's handlers, so that it may be called again.
    """
    out = stream or sys.stderr
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _event_word,
        mask_fields,
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(plain),
    ]
    handler = logging.StreamHandler(out)
    handler.addFilter(MaskArguments())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before, processors=[*after, _renderer(style, out)]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines carry whole callback URLs
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # "Started server process" twice a start
