"""Starts and ends a worker process, which runs ``runtime.worker``."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import Pipe

from fizzog_core.runtime import events

_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Both libraries would reserve memory that they do not use: Arrow's own pool 1 GB."""
_START = "from fizzog_core.runtime import worker; worker.main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Limits of a worker process. ``memory_bytes`` and ``file_bytes`` hold on Linux."""

    job_s: float
    turn_s: float = math.inf
    """Time after which a job should end with what it has if others wait: ``worker_job.Report``."""
    memory_bytes: int
    file_bytes: int = 0
    """Largest file that a job may write."""


class WorkerProcess:
    """A worker process and the connection to it."""

    def __init__(self, limits: WorkerLimits) -> None:
        self.connection, child = Pipe()
        # No multiprocessing "spawn": it runs the parent's __main__ again, which is a page where Streamlit runs.
        search_path = os.pathsep.join(path or os.getcwd() for path in sys.path)
        arguments = child.fileno(), limits.memory_bytes, limits.file_bytes, int(events.with_details())
        with child:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, *map(str, arguments)],
                pass_fds=(child.fileno(),),
                stdin=subprocess.DEVNULL,
                env=os.environ | _ENVIRONMENT | {"PYTHONPATH": search_path},
            )

    def kill(self) -> None:
        """Ends the process and waits for its end."""
        self.connection.close()
        self._process.kill()
        self._process.wait()
