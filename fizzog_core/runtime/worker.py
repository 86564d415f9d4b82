"""A worker process: runs the jobs that its parent sends, one at a time. ``worker_process`` starts it."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import threading
import time
from contextlib import redirect_stderr, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from fizzog_core import runtime
from fizzog_core.errors import FizzogError, WorkerError
from fizzog_core.runtime import events, malloc
from fizzog_core.runtime.stderr import quiet

LOG = logging.getLogger(__name__)

TURN_OVER = "turn over"
"""Message of the parent during a job: ``worker_job.Report.turn_is_over``."""
BEGUN, DONE, FAILED, PROGRESS, LOGGED = "begun", "done", "failed", "progress", "logged"
"""First items of the messages to the parent; the second item is None, the result, the exception, the progress or log
text."""
NICENESS = 5
"""Lowers the priority of jobs: the pages and the live visitors of the parent process come first."""
PARENT_CHECK_S = 1.0
OOM_SCORE = Path("/proc/self/oom_score_adj")
"""If the machine or container runs out of memory, Linux ends a worker before its parent."""


def main() -> None:
    """Runs jobs until the parent closes the connection or ends.

    Arguments of the process: the descriptor of the connection, the memory limit and the file size limit in bytes, and
    whether the log has details, 0 or 1.
    """
    descriptor, memory_bytes, file_bytes, details = map(int, sys.argv[1:])
    runtime.configure()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _limit(memory_bytes, file_bytes)
    with Connection(descriptor) as connection, suppress(EOFError, BrokenPipeError, ConnectionResetError):
        parent = _Parent(connection)
        with quiet(), redirect_stderr(parent):
            events.configure(bool(details))
            while True:
                message = connection.recv()
                if message == TURN_OVER:  # of a job that has ended meanwhile
                    continue
                function, arguments = message
                parent.send(BEGUN, None)
                parent.send(*_answer(_JobReport(parent), function, arguments))
                del message, function, arguments  # a job's bytes are not kept until the next job
                malloc.trim()


class _Parent(io.TextIOBase):
    """Sends messages to the parent, from any thread. As a text stream it sends the log: the limit on the size of files
    would hold for a log file too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, kind: str, value: object) -> None:
        with self._lock:
            self._connection.send((kind, value))

    def next(self) -> object:
        """The next message of the parent, None if there is none yet."""
        return self._connection.recv() if self._connection.poll() else None

    def write(self, text: str) -> int:
        self.send(LOGGED, text)
        return len(text)


class _JobReport:
    """``worker_job.Report`` of one job."""

    def __init__(self, parent: _Parent) -> None:
        self._parent = parent
        self._is_over = False

    def __call__(self, progress: object, /) -> None:
        self._parent.send(PROGRESS, progress)

    def turn_is_over(self) -> bool:
        self._is_over = self._is_over or self._parent.next() == TURN_OVER
        return self._is_over


def _answer(report: _JobReport, function, arguments) -> tuple[str, object]:
    try:
        return DONE, function(report, *arguments)
    except FizzogError as error:
        return FAILED, error
    except MemoryError:
        return FAILED, WorkerError("There is not enough memory for this file. Reduce its size and retry.")
    except Exception:
        LOG.exception("a job failed")
        return FAILED, WorkerError("The analysis failed on this file. Save the file in another format and retry.")


def _limit(memory_bytes: int, file_bytes: int) -> None:
    """Limits memory and file size where the system can, and writes no core file, which would hold a visitor's file."""
    os.nice(NICENESS)
    with suppress(OSError):  # on Linux
        OOM_SCORE.write_text("500", encoding="ascii")
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    # RLIMIT_DATA counts private writable memory; RLIMIT_AS would also count the shared libraries' code.
    for kind, wanted in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))


def _end_with(parent_pid: int) -> None:
    """Ends this process, also in the middle of a job, when its parent has ended."""
    while os.getppid() == parent_pid:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)
