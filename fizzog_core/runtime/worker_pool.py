"""Runs jobs in worker processes with limits: what crashes or hangs there ends one job only.

Reasons: docs/decisions/060-worker-processes.md.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import wait
from typing import Any, TypeVar

from fizzog_core.errors import CancelledJobError, WorkerError
from fizzog_core.runtime import events
from fizzog_core.runtime.fair_queue import FairQueue
from fizzog_core.runtime.worker import BEGUN, DONE, FAILED, LOGGED, PROGRESS, TURN_OVER
from fizzog_core.runtime.worker_job import Job, Place
from fizzog_core.runtime.worker_process import WorkerLimits, WorkerProcess

T = TypeVar("T")

POLL_S = 0.1
"""Interval at which a running job's limits are checked. A result is received at once."""
IDLE_S = 120.0
"""A worker process ends after this time without a job."""


class WorkerPool:
    """At most ``size`` worker processes and a fair queue of at most ``waiting`` jobs. Thread-safe.

    A process starts when a job needs it, and ends after ``IDLE_S`` without one. A process that dies, or whose job
    exceeds the limits or is cancelled, is killed and replaced; other jobs go on.
    """

    def __init__(self, size: int, limits: WorkerLimits, waiting: int) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._queue = FairQueue(size, waiting, limits)
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, name="fizzog-worker", daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Number of jobs that wait."""
        return len(self._queue.waiting)

    @property
    def running(self) -> int:
        """Number of jobs that run."""
        return len(self._queue.running)

    @property
    def is_full(self) -> bool:
        """Whether a further job has no place, unless it replaces another one: ``FairQueue.join``."""
        return self._queue.is_full

    def submit(self, function: Callable[..., T], *arguments: object, client: Hashable = None) -> Job[T]:
        """Queues ``function(report, *arguments)``; ``report`` sends progress to the job's ``progress``.

        ``function`` must be importable by its name; arguments and result must be picklable. ``client``: whose work it
        is, for the order of the queue; None is the server itself. Raises QueueFullError.
        """
        job = Job(function, arguments, client)
        with self._changed:
            if self._closed:
                raise CancelledJobError("The server is shutting down. Try again later.")
            self._drop_ended()
            self._queue.join(job)
            self._changed.notify()
        return job

    def place(self, job: Job[Any]) -> Place:
        """The job's place in the queue. A job of a client with less work that comes later can move it back.

        A client that has called this once must call it again within ``ABANDONED_S``, or the job is cancelled.
        """
        job.asked_s = time.monotonic()
        with self._changed:
            self._drop_ended()
            return self._queue.place(job)

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
            for job in (*self._queue.waiting, *self._queue.running):
                job.cancel()
            self._drop_ended()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _drop_ended(self) -> None:
        """Removes cancelled and abandoned jobs from the queue."""
        for job in [job for job in self._queue.waiting if job.is_ended]:
            self._queue.remove(job)
            job.fail(CancelledJobError("The analysis was cancelled."))

    def _serve(self) -> None:
        """One thread for each worker process: takes jobs and supervises the process."""
        worker: WorkerProcess | None = None
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self.waiting or self._closed, IDLE_S if worker else None):
                    assert worker is not None
                    worker.kill()
                    worker = None
                    continue
                if self._closed:
                    break
                self._drop_ended()
                if not self.waiting:
                    continue
                job = self._queue.begin()
                if not job.future.set_running_or_notify_cancel():
                    self._queue.end(job, has_result=False)
                    continue
            start_s = time.monotonic()
            worker, kind, value = self._run(worker, job)
            with self._changed:
                self._queue.end(job, has_result=kind == DONE)
            ms = round(1000 * (time.monotonic() - start_s))
            outcome = kind if kind == DONE else type(value).__name__
            events.event("job", job=job.function.__name__, outcome=outcome, ms=ms)
            if kind == DONE:
                job.future.set_result(value)
            else:
                job.fail(value)
        if worker:
            worker.kill()

    def _run(self, worker: WorkerProcess | None, job: Job[Any]) -> tuple[WorkerProcess | None, str, Any]:
        """Runs the job. Returns the process for the next one, None if it has ended; DONE and the result, or FAILED and
        the exception."""
        start_s = time.monotonic()
        reused = worker is not None
        try:
            if worker is None:
                worker = WorkerProcess(self._limits)
            worker.connection.send((job.function, job.arguments))
            return worker, *self._answer(worker, job, start_s)
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
        if worker:
            worker.kill()
        return None, FAILED, error

    def _answer(self, worker: WorkerProcess, job: Job[Any], start_s: float) -> tuple[str, Any]:
        """The last message of the process on the job. Raises WorkerError, and EOFError if the process has died."""
        turn_is_over = False
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
            elapsed_s = time.monotonic() - start_s
            if elapsed_s > self._limits.turn_s and self.waiting and not turn_is_over:
                worker.connection.send(TURN_OVER)
                turn_is_over = True
            if elapsed_s > self._limits.job_s:
                raise WorkerError(
                    f"The analysis takes longer than {self._limits.job_s:g} s, which is the limit. "
                    "Use a smaller or shorter file."
                )
