"""The flows and market packs that ship with the package."""

from __future__ import annotations

from importlib.resources import files


def builtin_texts() -> dict[str, str]:
    """Their YAML texts by file name, for `load_profiles`."""
    root = files("smsc.optin")
    return {
        f"{folder}/{entry.name}": entry.read_text(encoding="utf-8")
        for folder in ("flows", "profiles")
        for entry in sorted(root.joinpath(folder).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }
