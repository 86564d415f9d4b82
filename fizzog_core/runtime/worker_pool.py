"""Runs jobs in worker processes with limits: what crashes or hangs there ends one job only.

Reasons: docs/decisions/060-worker-processes.md.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fizzog_core.errors import CancelledJobError, QueueFullError, WorkerError
from fizzog_core.runtime import events
from fizzog_core.runtime.worker import BEGUN, DONE, LOGGED, PROGRESS
from fizzog_core.runtime.worker_process import WorkerLimits, WorkerProcess

T = TypeVar("T")

POLL_S = 0.1
"""Interval at which a running job's limits are checked. A result is received at once."""
ABANDONED_S = 5.0
"""A job is cancelled if its client calls ``WorkerPool.place`` no longer, after this time."""
IDLE_S = 120.0
"""A worker process ends after this time without a job."""


class Job(Generic[T]):
    """A submitted job. ``future`` has its result or its exception, a FizzogError.

    ``progress``: the newest value that the job has reported, None before the first.
    """

    def __init__(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments
        self.future: Future[T] = Future()
        self.progress: Any = None
        self.asked_s: float | None = None
        """Time of the last call of ``WorkerPool.place``."""
        self.begun = False  # whether a process has received the job
        self._cancelled = False

    def cancel(self) -> None:
        """Ends the job, also while it runs. Its future then has a CancelledJobError. Does nothing after its end."""
        self._cancelled = True

    @property
    def is_ended(self) -> bool:
        """Whether the job is cancelled, or its client has stopped to call ``WorkerPool.place``."""
        abandoned = self.asked_s is not None and time.monotonic() - self.asked_s > ABANDONED_S
        return self._cancelled or abandoned or self.future.cancelled()


@dataclass(frozen=True, slots=True)
class Place:
    """``position``: place in the queue, from 1; 0 while the job runs. ``left_s``: estimated seconds until the result,
    None before the first job of its kind has ended."""

    position: int
    left_s: float | None


class WorkerPool:
    """At most ``size`` worker processes and a queue of at most ``waiting`` jobs. Thread-safe.

    A process starts when a job needs it, and ends after ``IDLE_S`` without one. A process that dies, or whose job
    exceeds the limits or is cancelled, is killed and replaced; other jobs go on.
    """

    def __init__(self, size: int, limits: WorkerLimits, waiting: int) -> None:
        self._size, self._limits, self._capacity = size, limits, waiting
        self._changed = threading.Condition()
        self._waiting: list[Job[Any]] = []
        self._running: list[Job[Any]] = []
        self._mean_s: dict[Callable[..., Any], float] = {}
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name="fizzog-worker", daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Number of jobs that wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Number of jobs that run."""
        return len(self._running)

    @property
    def is_full(self) -> bool:
        """Whether ``submit`` would raise QueueFullError."""
        return self.waiting + self.running >= self._size + self._capacity

    def submit(self, function: Callable[..., T], *arguments: object) -> Job[T]:
        """Queues ``function(report, *arguments)``; ``report`` sends progress to the job's ``progress``.

        ``function`` must be importable by its name; arguments and result must be picklable. Raises QueueFullError.
        """
        job = Job(function, arguments)
        with self._changed:
            if self._closed:
                raise CancelledJobError("The server is shutting down. Try again later.")
            self._drop_ended()
            if self.is_full:
                events.event("refused", what="job")
                raise QueueFullError(f"{len(self._waiting)} other files are waiting already. Retry in a moment.")
            self._waiting.append(job)
            self._changed.notify()
        return job

    def place(self, job: Job[Any]) -> Place:
        """The job's place in the queue.

        A client that has called this once must call it again within ``ABANDONED_S``, or the job is cancelled.
        """
        job.asked_s = time.monotonic()
        with self._changed:
            self._drop_ended()
            before = self._waiting[: self._waiting.index(job)] if job in self._waiting else []
            position = len(before) + 1 if job in self._waiting else 0
            known = [self._mean_s.get(other.function) for other in (*before, *self._running[:position], job)]
        times = [seconds for seconds in known if seconds is not None]
        if job.function not in self._mean_s:
            return Place(position, None)
        return Place(position, sum(times) / self._size if position else times[-1])

    def cancel(self, job: Job[Any]) -> None:
        """Cancels the job, and returns when its process has ended."""
        job.cancel()
        with self._changed:
            self._drop_ended()
        wait([job.future])

    def close(self) -> None:
        """Cancels all jobs and ends the processes. A second call does nothing."""
        with self._changed:
            self._closed = True
            for job in (*self._waiting, *self._running):
                job.cancel()
            self._drop_ended()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _drop_ended(self) -> None:
        """Removes cancelled and abandoned jobs from the queue."""
        for job in [job for job in self._waiting if job.is_ended]:
            self._waiting.remove(job)
            _fail(job, CancelledJobError("The analysis was cancelled."))

    def _serve(self) -> None:
        """One thread for each worker process: takes jobs and supervises the process."""
        worker: WorkerProcess | None = None
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._waiting or self._closed, IDLE_S if worker else None):
                    assert worker is not None
                    worker.kill()
                    worker = None
                    continue
                if self._closed:
                    break
                self._drop_ended()
                if not self._waiting:
                    continue
                job = self._waiting.pop(0)
                if not job.future.set_running_or_notify_cancel():
                    continue
                self._running.append(job)
            start_s = time.monotonic()
            try:
                worker = self._run(worker, job)
                ms = round(1000 * (time.monotonic() - start_s))
                events.event("job", job=job.function.__name__, outcome=_outcome(job), ms=ms)
            finally:
                with self._changed:
                    self._running.remove(job)
        if worker:
            worker.kill()

    def _run(self, worker: WorkerProcess | None, job: Job[Any]) -> WorkerProcess | None:
        """Runs the job; returns the process for the next one, None if it has ended."""
        start_s = time.monotonic()
        reused = worker is not None
        try:
            if worker is None:
                worker = WorkerProcess(self._limits)
            worker.connection.send((job.function, job.arguments))
            kind, value = self._answer(worker, job, start_s + self._limits.job_s)
        except (EOFError, OSError):
            if worker and reused and not job.begun:  # the process had ended before it got this job
                worker.kill()
                return self._run(None, job)
            error = WorkerError(
                "The analysis of this file ended unexpectedly, perhaps for lack of memory. "
                "Reduce its size, or save it in another format, and retry."
            )
        except WorkerError as limit:
            error = limit
        except Exception as unforeseen:  # arguments or a result that cannot be pickled
            error = WorkerError(f"The job cannot be exchanged with its process: {unforeseen}.")
        else:
            if kind == DONE:
                taken_s = time.monotonic() - start_s
                mean_s = self._mean_s.get(job.function, taken_s)
                self._mean_s[job.function] = mean_s + 0.3 * (taken_s - mean_s)
                job.future.set_result(value)
            else:
                job.future.set_exception(value)
            return worker
        if worker:
            worker.kill()
        _fail(job, error)
        return None

    def _answer(self, worker: WorkerProcess, job: Job[Any], deadline_s: float) -> tuple[str, Any]:
        """The last message of the process on the job. Raises WorkerError, and EOFError if the process has died."""
        while True:
            if worker.connection.poll(POLL_S):
                kind, value = worker.connection.recv()
                if kind == BEGUN:
                    job.begun = True
                elif kind == PROGRESS:
                    job.progress = value
                elif kind == LOGGED:
                    sys.stderr.write(value)
                else:
                    return kind, value
            if job.is_ended:
                raise CancelledJobError("The analysis was cancelled.")
            if time.monotonic() > deadline_s:
                raise WorkerError(
                    f"The analysis takes longer than {self._limits.job_s:g} s, which is the limit. "
                    "Use a smaller or shorter file."
                )


def _outcome(job: Job[Any]) -> str:
    error = job.future.exception()
    return "done" if error is None else type(error).__name__


def _fail(job: Job[Any], error: WorkerError) -> None:
    if not job.future.done():
        job.future.set_exception(error)
