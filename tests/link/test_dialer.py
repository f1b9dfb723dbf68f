"""Binds that we dial come up, and come back."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from smsc.link import BindBoard, BindSettings, BindState, Dialer, Rebind, split_address
from smsc.link.backoff import Backoff
from smsc.link.bucket import TokenBucket
from smsc.smpp.codes import CommandStatus
from smsc.smpp.errors import LocalProtocolError

if TYPE_CHECKING:
    from tests.link.conftest import Rig


async def test_dials_again_after_a_loss(rig: Rig) -> None:
    _, mc = await rig.bound()
    mc.abort()
    await rig.esme.hears("bound", 2)
    assert rig.esme.words() == ["bound", "unbound", "bound"]
    assert len({link.session_id for link in rig.esme.links} | {mc.session_id}) == 2


async def test_dials_until_somebody_listens(rig: Rig) -> None:
    listener = await rig.listen()
    await listener.stop()
    rig.dial()
    row = await rig.row(lambda row: row.attempts >= 3)
    assert row.last_reason
    rig.listeners.clear()
    await rig.listen(rig.address)
    await rig.esme.hears("bound")
    assert rig.board.rows()[-1].attempts == 0


async def test_keeps_as_many_sessions_as_agreed(rig: Rig) -> None:
    await rig.listen()
    dialer = rig.dial(replace(rig.settings(), sessions=3))
    await rig.esme.hears("bound", 3)
    assert len(dialer.links) == 3
    rig.mc.links[0].abort()
    await rig.esme.hears("bound", 4)
    assert [row.session for row in rig.board.rows() if row.name == "out"] == [0, 1, 2]


async def test_refused_bind_waits_long_and_shows_why(rig: Rig) -> None:
    await rig.listen()
    rig.dial(replace(rig.settings(), password="wrong", rebind=Rebind(refused_s=3600, refused_max_s=3600)))
    row = await rig.row(lambda row: row.state is BindState.WAITING)
    assert row.last_reason == "bind refused: ESME_RINVPASWD"
    assert row.next_try is not None
    assert (row.next_try - row.since).total_seconds() > 3500
    assert rig.esme.told == []


async def test_stop_unbinds_and_start_binds_again(rig: Rig) -> None:
    await rig.bound()
    (dialer,) = rig.dialers
    await dialer.stop()
    assert rig.mc.facts("unbound") == ["the peer unbound"]
    assert rig.board.rows()[-1].state is BindState.STOPPED
    dialer.start()
    await rig.esme.hears("bound", 2)


async def test_stop_while_dialling_leaves_nothing_behind(rig: Rig) -> None:
    await rig.listen()
    dialer = rig.dial()
    await dialer.stop()
    await dialer.stop()
    assert rig.board.rows()[-1].state is BindState.STOPPED
    assert rig.esme.words().count("bound") == rig.esme.words().count("unbound")


def settings(**changes: object) -> BindSettings:
    made = BindSettings("out", "helvetia", "astro", "secret", address="127.0.0.1:2775")
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["", "2775", ":2775", "host:", "host:x", "host:70000"])
def test_bad_address_is_said_before_dialling(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        split_address(address)


def test_address_may_be_ipv6() -> None:
    assert split_address("[::1]:2775") == ("::1", 2775)


def test_password_that_fits_no_pdu_is_said_before_dialling() -> None:
    board = BindBoard()
    with pytest.raises(LocalProtocolError, match="password") as error:
        Dialer(settings(password="longer than eight"), None, board=board)  # type: ignore[arg-type]
    assert "longer" not in str(error.value)


def test_secret_has_no_repr() -> None:
    assert "secret" not in repr(settings())


def test_waits_double_up_to_the_maximum_and_a_steady_bind_resets_them() -> None:
    backoff = Backoff(Rebind(initial_s=1, max_s=60, steady_s=10), Random(7))
    waits = [backoff.after(up_s=0, refused=False) for _ in range(9)]
    for number, wait in enumerate(waits):
        ceiling = min(60, 2**number)
        assert ceiling / 2 <= wait <= ceiling
    assert backoff.after(up_s=9, refused=False) >= 30
    assert backoff.after(up_s=10, refused=False) <= 1


def test_refusals_wait_from_a_minute_to_hours() -> None:
    backoff = Backoff(Rebind(), Random(7))
    waits = [backoff.after(up_s=0, refused=True) for _ in range(8)]
    assert 60 <= waits[0] <= 75
    assert 7680 <= waits[-1] <= 9600


def test_waits_differ_by_the_lot() -> None:
    first, second = (Backoff(Rebind(), Random(seed)).after(up_s=0, refused=False) for seed in (1, 2))
    assert first != second


def test_bucket_keeps_the_rate_over_any_second() -> None:
    bucket = TokenBucket(100, now=0.0)
    sent = 0
    for tick in range(1001):
        now = tick / 1000
        for _ in range(bucket.available(now)):
            bucket.take()
            sent += 1
    assert 100 <= sent <= 110


def test_bucket_of_a_slow_rate_holds_one_and_says_when_it_is_back() -> None:
    bucket = TokenBucket(0.5, now=0.0)
    assert bucket.available(0.0) == 1
    bucket.take()
    assert bucket.available(1.9) == 0
    assert bucket.full_at() == pytest.approx(2.0)
    assert bucket.available(2.0) == 1
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(0, now=0.0)


def test_which_refusals_are_long() -> None:
    from smsc.link.bind import LONG_REFUSED

    assert CommandStatus.ESME_RINVPASWD in LONG_REFUSED
    assert CommandStatus.ESME_RSYSERR not in LONG_REFUSED
