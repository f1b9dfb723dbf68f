"""Writes the tables of docs/smpp.md from the code's own: `python -m tests.tools.smpp_doc`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from smsc.smpp.codes import RESPONSES, Command, Role, State, Tag
from smsc.smpp.layout import LAYOUTS
from smsc.smpp.permissions import MAY_SEND, Dialect, refusal
from smsc.smpp.tlvs import TLV_TYPES
from tests.smpp.test_museum import PDUS

PAGE = Path(__file__).parents[2] / "docs" / "smpp.md"
BLOCK = re.compile(r"(?s)(<!-- made: (\w+) -->\n).*?(<!-- end -->)")
STATES = [State.OPEN, State.OUTBOUND, State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX]
REQUESTS = [command for command in Command if not command.is_response]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def received(dialect: Dialect) -> str:
    """What each request of a peer gets, by our role and state."""
    places = [(role, state) for role in Role for state in STATES]
    rows = []
    for command in REQUESTS:
        answers = []
        for role, state in places:
            status = refusal(role, state, dialect, command)
            answers.append("served" if status is None else status.name.removeprefix("ESME_"))
        by = "its response" if command in RESPONSES else "generic_nack"
        rows.append([f"`{command.name.lower()}`", *answers, by])
    head = ["request"] + [f"{role.name} {state.name}" for role, state in places]
    return table([*head, "refused by"], rows)


def sent() -> str:
    """What we may send ourselves, by role, dialect and state."""
    rows = [
        [role.name, state.name, dialect, ", ".join(f"`{c.name.lower()}`" for c in sorted(commands))]
        for (role, state, dialect), commands in MAY_SEND.items()
    ]
    return table(["we are", "state", "dialect", "may send"], rows)


def pdus() -> str:
    """Every PDU with its mandatory fields."""
    rows = [
        [
            f"`{command.name.lower()}`",
            f"0x{command:08X}",
            ", ".join(field.name for field in LAYOUTS[command].fields) or "none",
        ]
        for command in Command
    ]
    return table(["PDU", "command_id", "mandatory fields"], rows)


def tlvs() -> str:
    """Every optional parameter with its type."""
    rows = []
    for tag, kind in sorted(TLV_TYPES.items()):
        least, most = kind.octets_min, kind.octets_max
        octets = str(most) if least == most else f"{least} to {most}"
        rows.append([f"0x{tag:04X}", f"`{Tag(tag).name.lower()}`", kind.kind.value, octets])
    return table(["tag", "parameter", "type", "octets"], rows)


def quirks(*, answered: bool) -> str:
    """The museum: PDUs that are read although something is odd, or that are answered."""
    rows = []
    for name, pdu in PDUS.items():
        if ("answer" in pdu) is not answered:
            continue
        how = (
            f"{pdu['answer']}{', then the connection ends' if pdu.get('fatal') else ''}"
            if answered
            else "read"
        )
        rows.append([f"`{name}`", str(pdu["why"]), how])
    return table(["PDU in tests/museum", "what is odd", "what becomes of it"], rows)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "received": lambda: received("normal"),
    "received_carrier_as_esme": lambda: received("carrier_as_esme"),
    "sent": sent,
    "pdus": pdus,
    "tlvs": tlvs,
    "tolerated": lambda: quirks(answered=False),
    "answered": lambda: quirks(answered=True),
}


def filled(page: str) -> str:
    """The page with every block as the code has it now."""
    return BLOCK.sub(lambda block: block[1] + BLOCKS[block[2]]() + block[3], page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
