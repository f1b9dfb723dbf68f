"""The dialogues that the package ships with its profiles."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml


def shipped() -> dict[str, dict[str, Any]]:
    """The dialogues of the package, by file name."""
    root = files("smsc.optin").joinpath("dialogues")
    names = sorted(entry.name for entry in root.iterdir() if entry.name.endswith(".yaml"))
    return {name: yaml.safe_load(root.joinpath(name).read_text(encoding="utf-8")) for name in names}
