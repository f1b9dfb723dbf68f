"""The collectors carry the names that dashboards rely on."""

from smsc.ops.metrics import Metrics


def test_pdus_are_counted_by_bind_direction_command_and_status() -> None:
    metrics = Metrics()
    pdus = metrics.pdus("helvetia", "helvetia-1")
    pdus.count("in", "deliver_sm")
    pdus.count("in", "deliver_sm")
    pdus.count("out", "submit_sm_resp", 0x58)
    text = metrics.exposition().decode()
    line = 'smsc_pdu_total{bind="helvetia-1",carrier="helvetia",command="%s",direction="%s",status="%s"} %s'
    assert line % ("deliver_sm", "in", "0x00000000", "2.0") in text
    assert line % ("submit_sm_resp", "out", "0x00000058", "1.0") in text


def test_gauges_that_nobody_keeps_are_set_at_the_scrape() -> None:
    metrics = Metrics()
    metrics.before_scrape(lambda: metrics.bind_state.labels("helvetia", "helvetia-1").set(1))
    assert 'smsc_bind_state{bind="helvetia-1",carrier="helvetia"} 1.0' in metrics.exposition().decode()


def test_two_nodes_in_one_process_do_not_share_counters() -> None:
    one, other = Metrics(), Metrics()
    one.alarms_total.labels("welcome_missing").inc()
    assert "welcome_missing" in one.exposition().decode()
    assert "welcome_missing" not in other.exposition().decode()


def test_the_names_of_the_interface_are_there() -> None:
    text = Metrics().exposition().decode()
    for name in (
        "smsc_bind_state",
        "smsc_pdu_total",
        "smsc_mo_ack_seconds",
        "smsc_mt_queue",
        "smsc_charges_total",
        "smsc_callback_attempts_total",
        "smsc_batch_size",
        "smsc_batch_seconds",
        "smsc_alarms_total",
        "smsc_redeliveries_total",
        "smsc_parked_total",
    ):
        assert f"# HELP {name} " in text
