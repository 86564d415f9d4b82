"""The order of the jobs that wait for worker processes: the client with the least work goes first.

Reasons: docs/decisions/063-fair-queue.md.
"""

from __future__ import annotations

import heapq
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from typing import Any

from fizzog_core.errors import QueueFullError
from fizzog_core.runtime import events
from fizzog_core.runtime.worker_job import Job, Place
from fizzog_core.runtime.worker_process import WorkerLimits

HALVED_S = 300.0
"""Work that a client has received counts half after this time."""
FORGOTTEN_S = 0.05
"""A client is forgotten when less work than this counts."""
KNOWN_S = 0.5
"""Time for which computed places hold, unless a job comes or goes."""
UNKNOWN_S = 1.0
"""Expected time of a job before the first one of its kind has ended."""


class FairQueue:
    """Waiting and running jobs. Not thread-safe.

    A free place goes to the client with the fewest running jobs, then to the one with the least work received, running
    jobs included (least attained service); of one client, to the oldest job. ``places``: most running jobs.
    ``capacity``: most waiting jobs. ``limits``: of a job, for the estimates.
    """

    def __init__(
        self, places: int, capacity: int, limits: WorkerLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.waiting: list[Job[Any]] = []
        self.running: dict[Job[Any], float] = {}
        """The running jobs with the times of their starts."""
        self._places, self._capacity, self._limits, self._clock = places, capacity, limits, clock
        self._mean_s: dict[Callable[..., Any], float] = {}
        self._done: dict[Hashable, tuple[float, float]] = {}  # seconds of ended jobs, and the time of this value
        self._starts: dict[Job[Any], float] = {}
        self._starts_until_s = -math.inf

    @property
    def is_full(self) -> bool:
        return len(self.waiting) + len(self.running) >= self._places + self._capacity

    def join(self, job: Job[Any]) -> None:
        """Adds a job. In a full queue it replaces the newest job of the client with the most waiting jobs, which then
        has a QueueFullError. Raises QueueFullError if no client has more waiting jobs than this one would have."""
        if self.is_full:
            held = Counter(other.client for other in (*self.waiting, job))
            client = max(held, key=lambda client: (held[client], client == job.client))
            error = _refusal(held[client] - (client == job.client), len(self.waiting))
            if client == job.client:
                raise error
            replaced = next(other for other in reversed(self.waiting) if other.client == client)
            self.remove(replaced)
            replaced.fail(error)
        self.waiting.append(job)
        self._starts_until_s = -math.inf

    def remove(self, job: Job[Any]) -> None:
        """Removes a waiting job."""
        self.waiting.remove(job)
        self._starts_until_s = -math.inf

    def begin(self) -> Job[Any]:
        """Removes the next job from the queue; it runs from now on."""
        now = self._clock()
        running = Counter(job.client for job in self.running)
        job = min(self.waiting, key=lambda job: (running[job.client], self._received_s(job.client, now)))
        self.remove(job)
        self.running[job] = now
        return job

    def end(self, job: Job[Any], has_result: bool) -> None:
        """Counts a running job's time for its client, and for the estimates if it has a result."""
        now = self._clock()
        taken_s = now - self.running.pop(job)
        self._done[job.client] = self._done_s(job.client, now) + taken_s, now
        self._done = {client: done for client, done in self._done.items() if self._done_s(client, now) >= FORGOTTEN_S}
        if has_result:
            mean_s = self._mean_s.get(job.function, taken_s)
            self._mean_s[job.function] = mean_s + 0.3 * (taken_s - mean_s)
        self._starts_until_s = -math.inf

    def place(self, job: Job[Any]) -> Place:
        """The job's place if no further job comes."""
        is_known = job.function in self._mean_s
        if job not in self.waiting:
            is_known = is_known or _reported_s(job) is not None
            return Place(0, self._left_s(job, self._clock()) if is_known else None)
        starts = self._computed_starts()
        position = 1 + list(starts).index(job)
        return Place(position, starts[job] + self._mean_s[job.function] if is_known else None)

    def _done_s(self, client: Hashable, now: float) -> float:
        seconds, at_s = self._done.get(client, (0.0, now))
        return seconds * 0.5 ** ((now - at_s) / HALVED_S)

    def _received_s(self, client: Hashable, now: float) -> float:
        running_s = sum(now - start_s for job, start_s in self.running.items() if job.client == client)
        return self._done_s(client, now) + running_s

    def _computed_starts(self) -> dict[Job[Any], float]:
        """Seconds until each waiting job begins, in the order of ``begin``."""
        now = self._clock()
        if now >= self._starts_until_s:
            self._starts, self._starts_until_s = self._simulated(now), now + KNOWN_S
        return self._starts

    def _simulated(self, now: float) -> dict[Job[Any], float]:
        """Seconds until each waiting job begins: ``begin`` again and again, with estimated times."""
        queues: dict[Hashable, deque[tuple[int, Job[Any]]]] = {}
        for arrival, job in enumerate(self.waiting):
            queues.setdefault(job.client, deque()).append((arrival, job))
        received = {client: self._received_s(client, now) for client in queues}
        running = Counter(job.client for job in self.running)
        ends = [(self._left_s(job, now), number, job.client) for number, job in enumerate(self.running)]
        ends += [(0.0, number, object()) for number in range(len(ends), self._places)]
        heapq.heapify(ends)
        starts: dict[Job[Any], float] = {}
        while queues:
            start_s, number, ended = heapq.heappop(ends)
            running[ended] -= 1
            client = min(queues, key=lambda client: (running[client], received[client], queues[client][0][0]))
            _, job = queues[client].popleft()
            if not queues[client]:
                del queues[client]
            expected_s = self._mean_s.get(job.function, UNKNOWN_S)
            starts[job] = start_s
            running[client] += 1
            received[client] += expected_s
            heapq.heappush(ends, (start_s + expected_s, number, client))
        return starts

    def _left_s(self, job: Job[Any], now: float) -> float:
        """Estimated seconds until a running job ends. A job beyond the mean is expected to take as long again."""
        elapsed_s = now - self.running.get(job, now)
        left_s = _reported_s(job)
        if left_s is None:
            mean_s = self._mean_s.get(job.function, UNKNOWN_S)
            left_s = mean_s - elapsed_s if elapsed_s < mean_s else elapsed_s
        limit_s = min(self._limits.job_s, self._limits.turn_s) if self.waiting else self._limits.job_s
        return max(0.0, min(left_s, limit_s - elapsed_s))


def _reported_s(job: Job[Any]) -> float | None:
    return getattr(job.progress, "left_s", None)


def _refusal(own: int, waiting: int) -> QueueFullError:
    """The error for a client with ``own`` of the ``waiting`` jobs of a full queue."""
    events.event("refused", what="job")
    of_them = f", {own} of them from your network" if own else ""
    return QueueFullError(f"The queue is full: {waiting} files wait{of_them}. Retry in a moment.")
