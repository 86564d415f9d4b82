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
    """Return when ``condition()`` is true; it is called every ``interval_s``.

    Raises TimeoutError with the complaint, or with what the complaint returns, after ``limit_s``.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{complaint if isinstance(complaint, str) else complaint()} (after {limit_s:g} s)")
        time.sleep(interval_s)
