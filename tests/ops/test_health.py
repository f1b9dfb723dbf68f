"""Readiness."""

from smsc.ops.health import Health


def test_D4_a_node_is_ready_only_while_nothing_is_wrong() -> None:
    health = Health()
    assert not health.ready
    health.cleared("node")
    assert health.ready
    health.trouble("store", "database is locked")
    assert not health.ready
    assert health.troubles == {"store": "database is locked"}
    health.cleared("store")
    assert health.ready
