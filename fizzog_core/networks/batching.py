"""Batches the requests of all live visitors: one thread runs each network once for all requests that wait.

Reason, with figures: docs/decisions/010-live.md.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import EngineClosedError, EngineCrashError, OverloadedError
from fizzog_core.labels import TASKS
from fizzog_core.networks.predictor import Networks, Outputs, Predictor, result_of
from fizzog_core.runtime.forks import check_process

LOG = logging.getLogger(__name__)

CAPACITY = 64
"""Longest queue, in requests. Further requests are refused at once."""


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Counts since the start: ``calls`` of a network, ``rows`` in them, ``crashes`` of the engine's thread."""

    calls: int = 0
    rows: int = 0
    crashes: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    task: str
    rows: NDArray[np.float32]
    outputs: Outputs


class Engine:
    """Runs three networks on one thread for any number of clients.

    A client has at most one waiting request for each network: a newer request replaces the older one, whose future is
    cancelled. If a batch fails, each of its requests runs again alone, so that only the faulty request fails.
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
        """Number of waiting requests."""
        return len(self._waiting)

    def networks_for(self, client: Hashable) -> Networks:
        """Predictors that send the requests of one client to this engine."""
        return Networks(**{task: BatchedNetwork(self, client, network) for task, network in self._networks.items()})

    def submit(self, client: Hashable, task: str, rows: NDArray[np.float32]) -> Outputs:
        """Queues rows ``(N, ...)`` for a network and returns the future of its outputs.

        Raises ValueError for rows of another shape, OverloadedError if the queue is full, EngineClosedError after
        ``close``, and ForkError in a forked process.
        """
        check_process(self._pid)
        expected = self._networks[task].row_shape
        if rows.shape[1:] != expected:
            raise ValueError(f"the {task} network takes (N, *{expected}), got {rows.shape}")
        request = _Request(task, rows, Future())
        key = (client, task)
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

    def cancel(self, client: Hashable) -> None:
        """Cancels the waiting requests of a client."""
        with self._ready:
            keys = [key for key in self._waiting if key[0] == client]
            requests = [self._waiting.pop(key) for key in keys]
        for request in requests:
            request.outputs.cancel()

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
                task = self._next_task()
                batch = [self._waiting.pop(key) for key in [key for key in self._waiting if key[1] == task]]
            try:
                self._serve(task, batch)
            except BaseException as error:  # SystemExit included: the requests of other clients must still be served
                LOG.exception("the engine's thread failed and continues")
                self._stats = replace(self._stats, crashes=self._stats.crashes + 1, last_error=repr(error))
                for request in batch:
                    _fail(request, EngineCrashError("The analysis crashed and was started again."))

    def _next_task(self) -> str:
        """Gesture requests first, as they take a tenth of the others' time; otherwise the task that waits longest."""
        tasks = [task for _, task in self._waiting]
        return "gesture" if "gesture" in tasks else tasks[0]

    def _serve(self, task: str, requests: Sequence[_Request]) -> None:
        """Completes all requests for one network, in one call if it succeeds."""
        active = [request for request in requests if request.outputs.set_running_or_notify_cancel()]
        if not active:
            return
        try:
            outputs = self._predict(task, [request.rows for request in active])
        except Exception as error:
            if len(active) == 1:
                self._stats = replace(self._stats, last_error=repr(error))
                _fail(active[0], error)
                return
            for request in active:
                self._serve_alone(request)
            return
        for request, part in zip(active, outputs, strict=True):
            request.outputs.set_result(part)

    def _serve_alone(self, request: _Request) -> None:
        try:
            request.outputs.set_result(self._predict(request.task, [request.rows])[0])
        except Exception as error:
            self._stats = replace(self._stats, last_error=repr(error))
            _fail(request, error)

    def _predict(self, task: str, parts: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        batch = np.concatenate(parts)
        outputs = self._networks[task].predict(batch)
        if len(outputs) != len(batch):
            raise RuntimeError(f"the {task} network returned {len(outputs)} outputs for {len(batch)} rows")
        self._stats = replace(self._stats, calls=self._stats.calls + 1, rows=self._stats.rows + len(batch))
        ends = np.cumsum([len(part) for part in parts])
        return np.split(outputs, ends[:-1])


class BatchedNetwork:
    """A predictor whose requests run in the engine, together with those of other clients."""

    def __init__(self, engine: Engine, client: Hashable, network: Predictor) -> None:
        self.card, self.row_shape, self.outputs = network.card, network.row_shape, network.outputs
        self._engine = engine
        self._client = client

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``Predictor.predict``. An empty batch waits for nothing. Raises PredictionError as ``Engine.submit``, and
        if the engine delivers no result."""
        if not len(batch):
            return np.empty((0, self.outputs), dtype=np.float32)
        return result_of(self._engine.submit(self._client, self.card.task, batch))


def _fail(request: _Request, error: BaseException) -> None:
    if not request.outputs.done():
        request.outputs.set_exception(error)
