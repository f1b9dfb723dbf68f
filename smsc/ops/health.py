"""Whether this node should be given work: the state behind `/readyz`."""

from __future__ import annotations


class Health:
    """What keeps the node from being ready, by part. Nothing listed means ready.

    A node begins unready ("node": "starting"); its parts come and go ("store", "binds", "drain").
    """

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {"node": "starting"}

    def trouble(self, part: str, why: str) -> None:
        """`part` keeps the node from being ready until `cleared`."""
        self._troubles[part] = why

    def cleared(self, part: str) -> None:
        """`part` is fine again; harmless when it was."""
        self._troubles.pop(part, None)

    @property
    def ready(self) -> bool:
        """Whether work may come (D4: false while the store cannot be written)."""
        return not self._troubles

    @property
    def troubles(self) -> dict[str, str]:
        """What is wrong, by part."""
        return dict(self._troubles)
