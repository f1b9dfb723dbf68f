"""The collectors carry the names that dashboards rely on."""

from smsc.ops.metrics import BindSample, Metrics, PduCount


def watched() -> str:
    metrics = Metrics()
    metrics.watch_links(
        pdus=lambda: [
            PduCount("helvetia", "helvetia-1", "in", "deliver_sm", 0, 2),
            PduCount("helvetia", "helvetia-1", "in", "deliver_sm", 0, 3),
            PduCount("helvetia", "helvetia-1", "in", "submit_sm_resp", 0x58, 1),
            PduCount("helvetia", "helvetia-1", "in", "submit_sm_resp", -1, 4),
        ],
        binds=lambda: [
            BindSample("helvetia", "helvetia-1", "dial/0", bound=True, window_used=7),
            BindSample("helvetia", "helvetia-1", "dial/1", bound=False, window_used=0),
        ],
    )
    return metrics.exposition().decode()


def test_pdus_are_counted_by_bind_direction_command_and_status() -> None:
    text = watched()
    line = 'smsc_pdu_total{bind="helvetia-1",carrier="helvetia",command="%s",direction="in",status="%s"} %s'
    assert line % ("deliver_sm", "0x00000000", "5.0") in text
    assert line % ("submit_sm_resp", "0x00000058", "1.0") in text
    assert line % ("submit_sm_resp", "other", "4.0") in text


def test_each_session_of_a_bind_has_its_state() -> None:
    text = watched()
    assert 'smsc_bind_state{bind="helvetia-1",carrier="helvetia",session="dial/0"} 1.0' in text
    assert 'smsc_bind_state{bind="helvetia-1",carrier="helvetia",session="dial/1"} 0.0' in text
    assert 'smsc_bind_window_used{bind="helvetia-1",carrier="helvetia",session="dial/0"} 7.0' in text


def test_gauges_that_nobody_keeps_are_set_at_the_scrape() -> None:
    metrics = Metrics()
    metrics.before_scrape(lambda: metrics.mt_queue.labels("helvetia", "queued").set(3))
    assert 'smsc_mt_queue{carrier="helvetia",state="queued"} 3.0' in metrics.exposition().decode()


def test_two_nodes_in_one_process_do_not_share_counters() -> None:
    one, other = Metrics(), Metrics()
    one.alarms_total.labels("welcome_missing").inc()
    assert "welcome_missing" in one.exposition().decode()
    assert "welcome_missing" not in other.exposition().decode()


def test_the_names_of_the_interface_are_there() -> None:
    text = watched()
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
        "smsc_line_total",
    ):
        assert f"# HELP {name} " in text
