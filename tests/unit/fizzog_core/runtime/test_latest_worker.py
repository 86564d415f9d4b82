"""The newest item only; the worker ends by itself and survives what an item does."""

import threading
import time
from collections.abc import Callable

import pytest

from benchmarks.waiting import wait_for
from fizzog_core.runtime.latest_worker import NewestWorker


class Desk:
    """Collects the items; blocks the worker until ``gate`` is set."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.taken = threading.Event()
        self.done: list[int] = []
        self.finished = 0

    def work(self, take: Callable[[], int | None]) -> None:
        item = take()
        assert item is not None
        self.taken.set()
        self.gate.wait(5)
        if item < 0:
            raise ValueError("bad item")
        self.done.append(item)

    def finish(self) -> None:
        self.finished += 1


def test_items_offered_while_busy_are_dropped() -> None:
    desk = Desk()
    worker = NewestWorker(desk.work, desk.finish, "test")
    assert worker.offer(1) == 0
    assert desk.taken.wait(5)
    assert [worker.offer(item) for item in (2, 3, 4)] == [0, 1, 1]
    desk.gate.set()
    wait_for(lambda: len(desk.done) == 2, 5)
    assert desk.done == [1, 4]
    worker.stop()
    assert worker.join(5)
    assert desk.finished == 1


def test_an_item_that_fails_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.gate.set()
    worker = NewestWorker(desk.work, desk.finish, "test")
    worker.offer(-1)
    wait_for(lambda: "an item failed" in caplog.text, 5)
    worker.offer(5)
    wait_for(lambda: desk.done == [5], 5)
    worker.stop()
    assert worker.join(5)


def test_the_worker_ends_without_items_and_refuses_further_items() -> None:
    desk = Desk()
    worker = NewestWorker(desk.work, desk.finish, "test", idle_s=0.02)
    assert worker.join(5)
    assert worker.ended
    assert desk.finished == 1
    with pytest.raises(RuntimeError, match="has ended"):
        worker.offer(1)


def test_stopping_does_not_wait_and_can_be_done_twice() -> None:
    desk = Desk()
    worker = NewestWorker(desk.work, desk.finish, "test")
    worker.offer(1)
    assert desk.taken.wait(5)
    start = time.monotonic()
    worker.stop()
    worker.stop()
    assert time.monotonic() - start < 1
    desk.gate.set()
    assert worker.join(5)
    assert desk.finished == 1


def test_the_item_is_the_newest_at_the_moment_of_taking() -> None:
    turn, taken = threading.Event(), []

    def work(take: Callable[[], int | None]) -> None:
        turn.wait(5)
        taken.append(take())

    worker = NewestWorker(work, lambda: None, "test")
    for item in (1, 2, 3):
        worker.offer(item)
    turn.set()
    wait_for(lambda: taken == [3], 5)
    turn.clear()
    worker.offer(4)
    worker.stop()
    turn.set()
    assert worker.join(5)
    assert taken in ([3], [3, None])
