"""Runs the service's requests: pictures on a fixed number of threads, rows of all requests through one engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import EngineClosedError, EngineCrashError, PredictionError, RequestError
from fizzog_core.media import images
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.types import FrameResult
from fizzog_core.vision.analyzer_pool import AnalyzerPool
from fizzog_core.vision.detector import Detector

T = TypeVar("T")

OVERLOADED = "The service is overloaded. Retry in a moment."


class Work:
    """Engine and detectors of one service. ``close`` waits for running requests and frees them."""

    def __init__(
        self,
        networks: Networks,
        make_detector: Callable[[], Detector],
        *,
        threads: int,
        waiting: int,
        timeout_s: float,
    ) -> None:
        self.networks: dict[str, Predictor] = {
            network.card.task: network for network in (networks.keypoints, networks.emotion, networks.gesture)
        }
        self._timeout_s = timeout_s
        self._slots = threading.BoundedSemaphore(threads + waiting)
        self._opened = ExitStack()
        self.engine = self._opened.enter_context(closing(Engine(networks)))
        pool = AnalyzerPool(threads, make_detector, self.engine.networks_for)
        self._analyzers = self._opened.enter_context(pool)
        self._pool = self._opened.enter_context(ThreadPoolExecutor(threads, "fizzog-service"))

    async def analyze(self, data: bytes, faces: bool, hands: bool) -> FrameResult:
        """The result of an encoded picture. Raises PictureError, and RequestError 503 if overloaded or too late."""
        if not self._slots.acquire(blocking=False):
            raise RequestError(503, OVERLOADED)
        job = self._pool.submit(self._analyze, data, faces, hands)
        job.add_done_callback(lambda _: self._slots.release())
        return await self._in_time(job)

    async def predict(self, task: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows ``(N, ...)`` through a network, together with those of other requests. Raises RequestError 503."""
        try:
            job = self.engine.submit(object(), task, rows)
        except PredictionError as error:
            raise _refusal(error) from None
        return await self._in_time(job)

    def close(self) -> None:
        self._opened.close()

    async def _in_time(self, job: Future[T]) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job), self._timeout_s)
        except TimeoutError:
            raise RequestError(503, f"No result within {self._timeout_s:g} s: the service is overloaded.") from None
        except PredictionError as error:
            raise _refusal(error) from None

    def _analyze(self, data: bytes, faces: bool, hands: bool) -> FrameResult:
        frame = images.decode(data)
        try:
            with self._analyzers.borrow() as analyzer:
                return analyzer.analyze(frame, faces, hands)
        except PredictionError as error:
            raise _refusal(error) from None


def _refusal(error: PredictionError) -> RequestError:
    """The HTTP error for a result that the engine did not deliver."""
    if isinstance(error, EngineClosedError):
        return RequestError(503, "The service is shutting down. Send the request to another server.")
    if isinstance(error, EngineCrashError):
        return RequestError(500, "The analysis crashed and was started again. Send the request again.")
    return RequestError(503, OVERLOADED)
