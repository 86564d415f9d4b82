"""One worker for all live visitors: what they ask at the same time goes through each network in one call.

Why not one call a visitor: docs/decisions/010-live.md.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import SessionError
from fizzog_core.networks.loading import Network, Networks

LOG = logging.getLogger(__name__)

CAPACITY = 64
"""Requests that may wait; more are refused at once, so that the queue cannot grow."""
ANSWER_LIMIT_S = 5.0
"""Longest wait for an answer."""
SWITCH_S = 0.0005
"""After so long a thread that runs Python lets another run; Python's own 5 ms add up at each hand-over of a frame."""

Answer = Future[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What the worker did: ``calls`` of a network, ``rows`` in them, ``crashes`` after which it started anew."""

    calls: int = 0
    rows: int = 0
    crashes: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    task: str
    rows: NDArray[np.float32]
    answer: Answer


class Engine:
    """Runs three networks on one thread for any number of riders.

    A rider has at most one waiting request for each network: a newer one takes its place and the older is cancelled.
    Nothing here blocks a caller but ``RidingNetwork.predict``, which waits for its own answer and for no longer than
    ``ANSWER_LIMIT_S``. A failing call is tried again rider by rider, so that only the bad request fails.
    """

    def __init__(self, networks: Networks, capacity: int = CAPACITY) -> None:
        self._networks = {"keypoints": networks.keypoints, "emotion": networks.emotion, "gesture": networks.gesture}
        self._capacity = capacity
        self._ready = threading.Condition()
        self._waiting: dict[tuple[Hashable, str], _Request] = {}
        self._closed = False
        self._stats = EngineStats()
        self._thread = threading.Thread(target=self._run, name="fizzog-engine", daemon=True)
        sys.setswitchinterval(SWITCH_S)
        self._thread.start()

    @property
    def stats(self) -> EngineStats:
        return self._stats

    def networks_for(self, rider: Hashable) -> Networks:
        """The three networks as one rider sees them: each call rides with those of the others."""
        riding = (RidingNetwork(self, rider, network) for network in self._networks.values())
        return Networks(*riding)

    def submit(self, rider: Hashable, task: str, rows: NDArray[np.float32]) -> Answer:
        """Ask for ``rows`` ``(N, ...)`` to go through a network; returns at once.

        Raises ValueError for rows of a wrong shape, SessionError if too much waits already or the engine is closed.
        """
        expected = self._networks[task].row_shape
        if rows.shape[1:] != expected:
            raise ValueError(f"the {task} network takes (N, *{expected}), got {rows.shape}")
        request = _Request(task, rows, Future())
        key = (rider, task)
        with self._ready:
            if self._closed:
                raise SessionError("The analysis has been shut down. Reload the page.")
            older = self._waiting.pop(key, None)
            if older is None and len(self._waiting) >= self._capacity:
                raise SessionError(
                    f"{self._capacity} requests wait already; this frame is left out. It goes on by itself."
                )
            self._waiting[key] = request
            self._ready.notify()
        if older is not None:
            older.answer.cancel()
        return request.answer

    def leave(self, rider: Hashable) -> None:
        """Cancel what a rider still waits for."""
        with self._ready:
            gone = [key for key in self._waiting if key[0] == rider]
            requests = [self._waiting.pop(key) for key in gone]
        for request in requests:
            request.answer.cancel()

    def close(self) -> None:
        """Stop the worker and cancel what waits; safe to call twice."""
        with self._ready:
            self._closed = True
            requests = list(self._waiting.values())
            self._waiting.clear()
            self._ready.notify()
        for request in requests:
            request.answer.cancel()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                task = self._next_task()
                taken = [self._waiting.pop(key) for key in [key for key in self._waiting if key[1] == task]]
            try:
                self._serve(task, taken)
            except BaseException as error:  # whatever it was, the other visitors go on: the worker starts its next turn
                LOG.exception("the engine's worker crashed and starts anew")
                self._stats = replace(self._stats, crashes=self._stats.crashes + 1, last_error=repr(error))
                for request in taken:
                    _fail(request, SessionError("The analysis crashed and was started again. It goes on by itself."))

    def _next_task(self) -> str:
        """Gestures, if any wait: they take a tenth of the others' time. Else what has waited longest."""
        tasks = [task for _, task in self._waiting]
        return "gesture" if "gesture" in tasks else tasks[0]

    def _serve(self, task: str, requests: Sequence[_Request]) -> None:
        """Answer all requests for one network, in one call if it succeeds."""
        riding = [request for request in requests if request.answer.set_running_or_notify_cancel()]
        if not riding:
            return
        try:
            answers = self._predict(task, [request.rows for request in riding])
        except Exception as error:
            if len(riding) == 1:
                self._stats = replace(self._stats, last_error=repr(error))
                _fail(riding[0], error)
                return
            for request in riding:
                self._serve_alone(request)
            return
        for request, answer in zip(riding, answers, strict=True):
            request.answer.set_result(answer)

    def _serve_alone(self, request: _Request) -> None:
        try:
            request.answer.set_result(self._predict(request.task, [request.rows])[0])
        except Exception as error:
            self._stats = replace(self._stats, last_error=repr(error))
            _fail(request, error)

    def _predict(self, task: str, parts: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        batch = np.concatenate(parts)
        outputs = self._networks[task].predict(batch)
        if len(outputs) != len(batch):
            raise RuntimeError(f"the {task} network gave {len(outputs)} answers to {len(batch)} rows")
        self._stats = replace(self._stats, calls=self._stats.calls + 1, rows=self._stats.rows + len(batch))
        ends = np.cumsum([len(part) for part in parts])
        return np.split(outputs, ends[:-1])


class RidingNetwork(Network):
    """A network whose calls go through the engine."""

    def __init__(self, engine: Engine, rider: Hashable, network: Network) -> None:
        self.card, self.row_shape, self.outputs = network.card, network.row_shape, network.outputs
        self._engine = engine
        self._rider = rider

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``Network.predict``; none in, none out without a ride. Raises SessionError if no answer comes in time."""
        return self.ask(batch)()

    def ask(self, batch: NDArray[np.float32]) -> Callable[[], NDArray[np.float32]]:
        """As ``Network.ask``: the request waits in the engine at once."""
        if not len(batch):
            return lambda: np.empty((0, self.outputs), dtype=np.float32)
        answer = self._engine.submit(self._rider, self.card.task, batch)
        return lambda: self._wait(answer)

    def _wait(self, answer: Answer) -> NDArray[np.float32]:
        try:
            return answer.result(ANSWER_LIMIT_S)
        except TimeoutError:
            answer.cancel()
            raise SessionError(
                f"No answer within {ANSWER_LIMIT_S:.0f} s: the server is overloaded. It goes on by itself."
            ) from None
        except CancelledError:
            raise SessionError("This frame was given up for a newer one.") from None


def _fail(request: _Request, error: BaseException) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
