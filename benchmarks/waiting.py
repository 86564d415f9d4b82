"""Waits for a condition, with a limit, and repeats an action meanwhile. The tests use it as well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def wait_for(
    condition: Callable[[], object],
    limit_s: float,
    complaint: str | Callable[[], str] = "the condition does not hold",
    interval_s: float = 0.01,
) -> None:
    """Waits until ``condition()`` is true; calls it every ``interval_s`` seconds.

    Raises TimeoutError after ``limit_s`` with ``complaint``, or with its result if it is a function.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{complaint if isinstance(complaint, str) else complaint()} (after {limit_s:g} s)")
        time.sleep(interval_s)


@contextmanager
def repeated(action: Callable[[], None], every_s: float) -> Iterator[None]:
    """Calls ``action`` every ``every_s`` seconds on a thread of its own, until the block ends."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(every_s):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
