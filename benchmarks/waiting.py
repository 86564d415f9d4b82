"""Waits for a condition, with a limit. The tests use it as well."""

from __future__ import annotations

import time
from collections.abc import Callable


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
