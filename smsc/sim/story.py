"""Events of carrier and merchant as the lines of one conversation: who says what to whom, and by which means."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

STOP_NOTICE = re.compile(r"ask .+ stop\Z")
BODY_MAX = 300
COMMANDS = {"W": "welcome", "G": "goodbye"}


@dataclass(slots=True)
class Line:
    """One line: `speaker` says `said` to `listener` by `means`, and hears `answer`."""

    at: str
    speaker: str
    listener: str
    said: str
    means: str
    answer: str = ""
    tone: str = "plain"
    """plain, money, good or bad."""


class Story:
    """Turns events into lines. Answers join the line of what they answer, if that is not told yet.

    Args: names: what to call numbers.
    """

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self._names = names or {}
        self._untold: list[Line] = []
        self._asked: dict[tuple[str, str, int], Line] = {}
        self._billed: set[str] = set()

    def add(self, event: dict[str, Any]) -> None:
        """Take one event of a carrier or a merchant."""
        match event["kind"]:
            case "pdu" if event["command"].endswith("_resp"):
                self._answer(event)
            case "pdu":
                self._request(event)
            case "callback":
                self._untold.append(self._callback(event))
            case "call":
                self._untold.append(self._call(event))
            case "request":
                self._untold.append(_asked(event))
            case _:
                pass

    def told_until(self, at: str) -> list[Line]:
        """Lines that happened up to `at` (as events write times), in the order in which they happened."""
        ripe = sorted((line for line in self._untold if line.at <= at), key=lambda line: line.at)
        self._untold = [line for line in self._untold if line.at > at]
        for line in ripe:
            self._asked = {key: asked for key, asked in self._asked.items() if asked is not line}
        return ripe

    def _who(self, number: str) -> str:
        return self._names.get(number, number)

    def _request(self, event: dict[str, Any]) -> None:
        who = self._who(event["msisdn"])
        if event["direction"] == "in":
            tone = "money" if event["price"] else "plain"
            price = f"{event['price']}: " if event["price"] else ""
            line = Line(
                event["at"], event["source"], who, f'{price}"{event["text"]}"', event["wire"], tone=tone
            )
        elif stat := event["stat"]:
            tone = "good" if stat == "DELIVRD" else "bad"
            line = Line(event["at"], "carrier", "smsc", f"receipt {stat}", event["wire"], tone=tone)
        else:
            line = Line(event["at"], who, event["destination"], f'"{event["text"]}"', event["wire"])
        self._asked[event["link"], event["direction"], event["sequence_number"]] = line
        self._untold.append(line)

    def _answer(self, event: dict[str, Any]) -> None:
        other_way = "out" if event["direction"] == "in" else "in"
        asked = self._asked.pop((event["link"], other_way, event["sequence_number"]), None)
        if asked is not None:
            asked.answer = event["wire"]
            return
        ends = ("smsc", "carrier") if event["direction"] == "in" else ("carrier", "smsc")
        self._untold.append(Line(event["at"], *ends, "answers", event["wire"]))

    def _callback(self, event: dict[str, Any]) -> Line:
        fields, tone = event["fields"], "plain"
        if fields.get("action") == "mp_report":
            report = fields.get("report", "")
            said = f"report {report}"
            if fields.get("id") in self._billed:
                tone = "good" if report == "DELIVERED" else "bad"
                said += ": charged" if report == "DELIVERED" else ": not charged"
        elif fields.get("action") == "invitation":
            said = f"invitation {fields.get('state', '')}".rstrip()
        elif STOP_NOTICE.match(fields.get("message", "")):
            said = f'stop notice "{fields["message"]}"'
        else:
            said = f'forwards "{fields.get("message", "")}"'
        shown = _pairs(fields, ("action", "id", "number", "mobileNum", "optInStatus", "state", "shortcode"))
        means = f"{event['method']} {event['path']} {shown}"
        return Line(event["at"], "smsc", "merchant", said, means, f"{event['status']} {event['body']}", tone)

    def _call(self, event: dict[str, Any]) -> Line:
        params = event["params"]
        billed = params.get("value", "0").strip("0.") != ""
        if billed:
            self._billed.add(params.get("id", ""))
        what = COMMANDS.get(params.get("command", ""), "content")
        means = f"GET /gateway {_pairs(params, ('command', 'id', 'value', 'currency'))}"
        said = f'{what} "{params.get("message", "")}"'
        return Line(
            event["at"], "merchant", "smsc", said, means, event["body"], "money" if billed else "plain"
        )


def _asked(event: dict[str, Any]) -> Line:
    """A call of another API than the gateway: its first parameter says what it is for."""
    params = event["params"]
    name, what = next(iter(params.items()), ("", ""))
    said = f'{what} "{params["message"]}"' if "message" in params else f"{what}" or event["path"]
    rest = tuple(key for key in params if key not in (name, "message"))
    body = re.sub(r"<\?xml[^>]*\?>\s*", "", event["body"])
    answer = f"{event['status']} {body[:BODY_MAX]}"
    tone = "plain" if event["status"] < 400 and 'status="4' not in body else "bad"
    means = f"{event['method']} {event['path']} {_pairs(params, rest)}"
    return Line(event["at"], "merchant", "smsc", said, means, answer, tone)


def _pairs(values: dict[str, str], names: tuple[str, ...]) -> str:
    return " ".join(f"{name}={_bare(values[name])}" for name in names if values.get(name))


def _bare(value: str) -> str:
    return value if re.fullmatch(r"[\w.|:+-]+", value) else json.dumps(value, ensure_ascii=False)
