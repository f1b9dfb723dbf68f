"""A `smsc` that kills itself with SIGKILL at an exact point of the line; the product knows nothing of it.

    python tests/kill/doomed.py POINT [NTH] -- serve --config smsc.yaml --keywords keywords.yaml
    python tests/kill/doomed.py --nursery SOCKET

POINT is one of `POINTS`, or `never`; NTH (default 1) is which time the point is reached. The nursery imports the
product once and forks a process for each request on its unix socket, so that a test need not wait for imports:
one JSON line {"point", "nth", "args", "log"} in; {"pid"} and, when it has ended, {"status"} out.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from starlette.responses import PlainTextResponse

import smsc.cli
from smsc.pipeline.batch import Outcome
from smsc.pipeline.callbacks import Callbacks
from smsc.pipeline.dispatch import Dispatch
from smsc.pipeline.intake import Intake
from smsc.pipeline.items import CallItem, Item, MoItem, ReceiptItem
from smsc.store import MtRow, Tx, migrate

FLUSH_S = 0.1
"""What was answered before the point is on the network by then; nothing else is waited for."""

PDEATHSIG = 1
"""prctl(2): the signal a process gets when its parent dies, so that no server outlives its test."""


def die() -> NoReturn:
    """The end, without a word to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL was survived")


class Countdown:
    """True at the n-th time."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self) -> bool:
        self.left -= 1
        return self.left == 0


def before_commit(due: Countdown, kind: type[Item]) -> None:
    """The batch is written inside its transaction, which is never committed."""
    before_commit_where(due, lambda items, _: any(isinstance(item, kind) for item in items))


def before_timer_commit(due: Countdown) -> None:
    """As `before_commit`, for a batch in which a timer fired."""
    before_commit_where(due, lambda _, outcome: any(what.startswith("timer_") for what in outcome.counted))


def before_commit_where(due: Countdown, meant: Callable[[Sequence[Item], Outcome], bool]) -> None:
    """The batches that are meant die before their COMMIT."""
    work = Intake._work

    def doomed(self: Intake, items: Sequence[Item], slots: dict[str, int], tx: Tx) -> Outcome:
        outcome = work(self, items, slots, tx)
        if meant(items, outcome) and due():
            die()
        return outcome

    Intake._work = doomed  # type: ignore[method-assign]


def after_commit(due: Countdown, kind: type[Item]) -> None:
    """Committed; nobody is answered and nothing leaves."""
    finish = Intake._finish

    def doomed(self: Intake, items: Sequence[Item], outcome: Outcome) -> None:
        if any(isinstance(item, kind) for item in items) and due():
            die()
        finish(self, items, outcome)

    Intake._finish = doomed  # type: ignore[method-assign]


def before_submit(due: Countdown, *, billed: bool) -> None:
    """Answers are on the network; the submit_sm that follows from them is never written."""
    send = Dispatch.send

    def doomed(self: Dispatch, rows: Iterable[MtRow], *, parts_done: Mapping[int, Collection[int]]) -> None:
        listed = list(rows)
        if any(row.mt.billed is billed for row in listed) and due():
            Intake._commit = stands_still  # type: ignore[method-assign]
            asyncio.get_running_loop().call_later(FLUSH_S, die)
            return
        send(self, listed, parts_done=parts_done)

    Dispatch.send = doomed  # type: ignore[method-assign]


def before_result_commit(due: Countdown, *, billed: bool) -> None:
    """The submit_sm_resp was read and is not yet stored."""
    result = Dispatch._result

    def doomed(self: Dispatch, row: MtRow, *args: Any, **named: Any) -> None:
        if row.mt.billed is billed and due():
            die()
        result(self, row, *args, **named)

    Dispatch._result = doomed  # type: ignore[method-assign]


def before_post(due: Countdown) -> None:
    """A callback is claimed and never posted."""
    post = Callbacks._post

    async def doomed(self: Callbacks, row: Any) -> None:
        if due():
            die()
        await post(self, row)

    Callbacks._post = doomed  # type: ignore[method-assign]


def after_post(due: Countdown) -> None:
    """The merchant has taken a callback; that it did is never stored."""
    result = Callbacks._result

    def doomed(self: Callbacks, row: Any, ended: Any) -> Any:
        if due():
            die()
        return result(self, row, ended)

    Callbacks._result = doomed  # type: ignore[method-assign]


async def stands_still(self: Intake, items: Sequence[Item]) -> None:
    """No batch after the point."""
    await asyncio.Event().wait()


POINTS: dict[str, Callable[[Countdown], None]] = {
    "never": lambda due: None,
    "before-commit-of-mo": lambda due: before_commit(due, MoItem),
    "before-commit-of-call": lambda due: before_commit(due, CallItem),
    "before-commit-of-receipt": lambda due: before_commit(due, ReceiptItem),
    "before-commit-of-timer": before_timer_commit,
    "before-ack-of-mo": lambda due: after_commit(due, MoItem),
    "before-answer-of-call": lambda due: after_commit(due, CallItem),
    "before-ack-of-receipt": lambda due: after_commit(due, ReceiptItem),
    "before-submit-of-free": lambda due: before_submit(due, billed=False),
    "before-submit-of-billed": lambda due: before_submit(due, billed=True),
    "before-result-of-free": lambda due: before_result_commit(due, billed=False),
    "before-result-of-billed": lambda due: before_result_commit(due, billed=True),
    "before-post": before_post,
    "after-post": after_post,
}


def run(point: str, nth: int, args: Sequence[str]) -> NoReturn:
    """Be `smsc ARGS` with the doom installed."""
    POINTS[point](Countdown(nth))
    smsc.cli.app(list(args), prog_name="smsc")
    sys.exit(0)


def nursery(path: str) -> NoReturn:
    """Serve requests for processes until killed. Each has a parent of its own that reports its end."""
    migrate("sqlite://")  # imports what the first start would
    uvicorn.Config(PlainTextResponse(), log_config=None).load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"{path}.begun")
        listener.listen()
        Path(f"{path}.begun").rename(path)  # from now on it may be asked
        while True:
            asked, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                bear(asked)
            asked.close()


def bear(asked: socket.socket) -> NoReturn:
    """The parent of one process: start it, tell its pid, wait for its end, tell how it was."""
    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with asked.makefile("rw", encoding="utf-8") as talk:
        order = json.loads(talk.readline())
        pid = os.fork()
        if pid == 0:
            be_born(order)
        print(json.dumps({"pid": pid}), file=talk, flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), file=talk, flush=True)
    os._exit(0)


def be_born(order: Mapping[str, Any]) -> NoReturn:
    """The process itself: what it says goes to the log."""
    die_with_parent()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code: object = 1
    try:
        run(order["point"], order["nth"], order["args"])
    except SystemExit as end:
        code = end.code
    finally:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


def die_with_parent() -> None:
    """So that a test run that is killed leaves nobody behind."""
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)


def main(argv: Sequence[str]) -> NoReturn:
    """See the head of this file."""
    if argv[:1] == ["--nursery"]:
        die_with_parent()
        nursery(argv[1])
    split = list(argv).index("--")
    own = argv[:split]
    run(own[0], int(own[1]) if len(own) > 1 else 1, argv[split + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
