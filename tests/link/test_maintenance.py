"""When a carrier is down because it said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from smsc.link import BindState, Dialer, Rebind, parse_maintenance
from smsc.link.maintenance import maintenance_ends

if TYPE_CHECKING:
    from tests.link.conftest import Rig

SUNDAY = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
"""02:30 in Zurich."""


def test_a_weekly_window_in_its_own_zone() -> None:
    window = parse_maintenance("Sun 02:00-04:00 Europe/Zurich")
    assert window.ends_after(SUNDAY) == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    assert window.ends_after(SUNDAY - timedelta(hours=1)) is None
    assert window.ends_after(SUNDAY + timedelta(hours=2)) is None
    assert window.ends_after(SUNDAY + timedelta(days=1)) is None


def test_a_window_over_midnight_belongs_to_the_day_it_begins() -> None:
    window = parse_maintenance("Sat 23:00-01:00")
    assert window.ends_after(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)) == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert window.ends_after(datetime(2026, 3, 1, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert window.ends_after(datetime(2026, 3, 1, 23, 30, tzinfo=UTC)) is None


def test_a_daily_window_and_the_latest_end_of_several() -> None:
    windows = [parse_maintenance("01:00-02:00"), parse_maintenance("daily 01:15-03:00 UTC")]
    assert maintenance_ends(windows, SUNDAY) == datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert maintenance_ends([], SUNDAY) is None


def test_the_hour_that_clocks_skip_does_not_move_the_end() -> None:
    window = parse_maintenance("Sun 01:00-04:00 Europe/Zurich")
    assert window.ends_after(datetime(2026, 3, 29, 1, 30, tzinfo=UTC)) == datetime(2026, 3, 29, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "Sun", "Sun 2-4", "Sun 02:00-25:00", "Sun 02:00-04:00 Mars/Olympus", "Xxx 02:00-04:00"]
)
def test_what_is_no_window_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not like|must be|No time zone|isoformat|hour"):
        parse_maintenance(text)


async def test_in_the_window_nothing_is_dialled_and_nothing_raised(rig: Rig) -> None:
    await rig.listen()
    alarms: list[str] = []
    rig.board.on_alarm = lambda slot, kind, text: alarms.append(kind)
    settings = replace(rig.settings(), maintenance=(parse_maintenance("Sun 02:00-04:00 Europe/Zurich"),))
    dialer = Dialer(settings, rig.esme, board=rig.board, rng=Random(1), now=lambda: SUNDAY)
    rig.dialers.append(dialer)
    dialer.start()
    row = await rig.row(lambda row: row.state is BindState.MAINTENANCE)
    assert (row.attempts, row.next_try) == (0, datetime(2026, 3, 1, 3, tzinfo=UTC))
    assert (rig.asked, alarms) == ([], [])


async def test_a_refused_bind_raises_one_alarm_until_it_stands(rig: Rig) -> None:
    alarms: list[tuple[str, str]] = []
    rig.board.on_alarm = lambda slot, kind, text: alarms.append((kind, text))
    await rig.listen()
    quick = Rebind(initial_s=0.01, max_s=0.02, refused_s=0.001, refused_max_s=0.002)
    rig.dial(replace(rig.settings(), password="wrong", rebind=quick))
    await rig.row(lambda row: row.attempts >= 4)
    assert alarms == [("bind_refused", "out: bind refused: ESME_RINVPASWD")]


async def test_a_bind_that_stays_down_raises_one_alarm(rig: Rig) -> None:
    alarms: list[str] = []
    rig.board.on_alarm = lambda slot, kind, text: alarms.append(kind)
    listener = await rig.listen()
    await listener.stop()
    rig.dial(replace(rig.settings(), rebind=Rebind(initial_s=0.001, max_s=0.002, alarm_s=0.0)))
    await rig.row(lambda row: row.attempts >= 4)
    assert alarms == ["bind_down"]
