"""Detects use of an object in a forked process, where its threads do not exist and calls would wait for ever."""

from __future__ import annotations

import os

from fizzog_core.errors import ForkError


def check_process(pid: int) -> None:
    """Raises ForkError if this process is not ``pid``, the process that created the object."""
    if os.getpid() != pid:
        raise ForkError(
            f"The networks were loaded in process {pid}, before it forked this one. Load them after the fork: gunicorn "
            "without --preload, Celery in the signal worker_process_init, multiprocessing with the method spawn."
        )
