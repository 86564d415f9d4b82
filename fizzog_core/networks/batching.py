"""Batches the requests of all clients: one thread runs each network for several requests that wait.

Reasons, with figures: docs/decisions/010-live.md, docs/decisions/040-service-batching.md.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import EngineClosedError, EngineCrashError, OverloadedError
from fizzog_core.labels import TASKS
from fizzog_core.networks.predictor import Networks, Outputs, Predictor
from fizzog_core.runtime.forks import check_process

LOG = logging.getLogger(__name__)

CAPACITY = 64
"""Longest queue, in requests. Further requests are refused at once."""
LARGEST_BATCH = 8
"""Largest number of rows in one call of a network. Eight rows of the emotion network take 17 ms; more rows in a call
make a row at most a tenth faster."""


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Counts since the start: ``calls`` of a network, ``rows`` in them, ``crashes`` of the engine's thread."""

    calls: int = 0
    rows: int = 0
    crashes: int = 0
    last_error: str = ""


@dataclass(slots=True, eq=False)
class _Request:
    """``parts``: outputs of the rows that have run, which are the first ``served`` ones."""

    client: Hashable
    task: str
    rows: NDArray[np.float32]
    outputs: Outputs = field(default_factory=Future)
    parts: list[NDArray[np.float32]] = field(default_factory=list)
    served: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The rows of a request that run in the next call."""

    request: _Request
    rows: NDArray[np.float32]


class Engine:
    """Runs three networks on one thread for any number of clients.

    A call has at most ``LARGEST_BATCH`` rows of one network. The requests of which the fewest rows have run go first
    (least attained service), so that a request of many rows delays a new one by a single call.
    A client has at most one waiting request for each network: a newer request replaces the older one, whose future is
    cancelled. If a call fails, the rows of each of its requests run again alone, so that only the faulty request fails.
    """

    def __init__(self, networks: Networks, capacity: int = CAPACITY) -> None:
        self._networks: dict[str, Predictor] = {task: getattr(networks, task) for task in TASKS}
        self._capacity = capacity
        self._ready = threading.Condition()
        self._waiting: dict[tuple[Hashable, str], _Request] = {}
        self._closed = False
        self._stats = EngineStats()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name="fizzog-engine", daemon=True)
        self._thread.start()

    @property
    def stats(self) -> EngineStats:
        return self._stats

    @property
    def waiting(self) -> int:
        """Number of requests of which not all rows have run."""
        return len(self._waiting)

    def submit(self, client: Hashable, task: str, rows: NDArray[np.float32]) -> Outputs:
        """Queues rows ``(N, ...)`` for a network and returns the future of its outputs.

        Raises ValueError for rows of another shape, OverloadedError if the queue is full, EngineClosedError after
        ``close``, and ForkError in a forked process.
        """
        check_process(self._pid)
        expected = self._networks[task].row_shape
        if rows.shape[1:] != expected:
            raise ValueError(f"the {task} network takes (N, *{expected}), got {rows.shape}")
        request, key = _Request(client, task, rows), (client, task)
        with self._ready:
            if self._closed:
                raise EngineClosedError("The analysis has been shut down.")
            older = self._waiting.pop(key, None)
            if older is None and len(self._waiting) >= self._capacity:
                raise OverloadedError(f"{self._capacity} requests are waiting; this frame is skipped.")
            self._waiting[key] = request
            self._ready.notify()
        if older is not None:
            older.outputs.cancel()
        return request.outputs

    def close(self) -> None:
        """Stops the thread and cancels all waiting requests. A second call does nothing."""
        with self._ready:
            self._closed = True
            requests = list(self._waiting.values())
            self._waiting.clear()
            self._ready.notify()
        for request in requests:
            request.outputs.cancel()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                call = self._next_call()
            try:
                self._serve(call)
            except BaseException as error:  # SystemExit included: the requests of other clients must still be served
                LOG.exception("the engine's thread failed and continues")
                self._stats = replace(self._stats, crashes=self._stats.crashes + 1, last_error=repr(error))
                for part in call:
                    self._fail(part.request, EngineCrashError("The analysis crashed and was started again."))

    def _next_call(self) -> list[_Part]:
        """The parts of the next call; none if all requests were cancelled.

        Of the requests of which the fewest rows have run, those for gestures go first, as they take a hundredth of the
        others' time; then those that wait longest. A request leaves the queue with its last rows.
        """
        self._waiting = {key: request for key, request in self._waiting.items() if not request.outputs.cancelled()}
        queue = sorted(self._waiting.values(), key=lambda request: (request.served, request.task != "gesture"))
        call: list[_Part] = []
        room = LARGEST_BATCH
        for request in queue:
            if request.task != queue[0].task or not room:
                continue
            part = request.rows[request.served : request.served + room]
            call.append(_Part(request, part))
            room -= len(part)
            request.served += len(part)
            if request.served == len(request.rows):
                del self._waiting[request.client, request.task]
        return call

    def _serve(self, call: Sequence[_Part]) -> None:
        """Runs the parts in one call if it succeeds."""
        if not call:
            return
        try:
            outputs = self._predict(call)
        except Exception as error:
            if len(call) > 1:
                for part in call:
                    self._serve([part])
                return
            self._stats = replace(self._stats, last_error=repr(error))
            self._fail(call[0].request, error)
            return
        for part, rows in zip(call, outputs, strict=True):
            self._add(part.request, rows)

    def _predict(self, call: Sequence[_Part]) -> list[NDArray[np.float32]]:
        task = call[0].request.task
        batch = np.concatenate([part.rows for part in call])
        outputs = self._networks[task].predict(batch)
        if len(outputs) != len(batch):
            raise RuntimeError(f"the {task} network returned {len(outputs)} outputs for {len(batch)} rows")
        self._stats = replace(self._stats, calls=self._stats.calls + 1, rows=self._stats.rows + len(batch))
        ends = np.cumsum([len(part.rows) for part in call])
        return np.split(outputs, ends[:-1])

    def _add(self, request: _Request, outputs: NDArray[np.float32]) -> None:
        """Keeps the outputs of a request's next rows, and completes the request with its last ones."""
        request.parts.append(outputs)
        if sum(map(len, request.parts)) == len(request.rows) and request.outputs.set_running_or_notify_cancel():
            request.outputs.set_result(np.concatenate(request.parts))

    def _fail(self, request: _Request, error: BaseException) -> None:
        """Completes a request with an exception and drops its other rows."""
        with self._ready:
            if self._waiting.get((request.client, request.task)) is request:
                del self._waiting[request.client, request.task]
        if not request.outputs.done() and request.outputs.set_running_or_notify_cancel():
            request.outputs.set_exception(error)
