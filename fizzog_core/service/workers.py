"""Runs the service's requests: pictures on a fixed number of threads, rows of all requests through one engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

from fizzog_core.errors import EngineClosedError, EngineCrashError, PredictionError, RequestError
from fizzog_core.media import images
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.service import predict_body, tf_serving
from fizzog_core.service.limits import Limits
from fizzog_core.types import FrameResult
from fizzog_core.vision.analyzer_pool import AnalyzerPool
from fizzog_core.vision.detector import Detector

PARSERS = 2
"""Bodies of ``:predict`` that are parsed at the same time. Python parses on one core; the second thread lets a small
body finish while a large one is parsed."""

OVERLOADED = "The service is overloaded. Retry in a moment."


class Work:
    """Engine and detectors of one service. ``close`` waits for what runs, drops what waits, and frees both."""

    def __init__(
        self,
        networks: Networks,
        make_detector: Callable[[], Detector],
        *,
        threads: int,
        limits: Limits,
    ) -> None:
        self.networks: dict[str, Predictor] = {
            network.card.task: network for network in (networks.keypoints, networks.emotion, networks.gesture)
        }
        self._limits = limits
        self._slots = threading.BoundedSemaphore(threads + limits.waiting)
        self._opened = ExitStack()
        self.engine = self._opened.enter_context(closing(Engine(networks)))
        pool = AnalyzerPool(threads, make_detector, self.engine.networks_for)
        self._analyzers = self._opened.enter_context(pool)
        self._pool = ThreadPoolExecutor(threads, "fizzog-service")
        self._parsers = ThreadPoolExecutor(PARSERS, "fizzog-parser")
        for executor in (self._pool, self._parsers):
            self._opened.callback(executor.shutdown, cancel_futures=True)

    async def analyze(self, data: bytes, faces: bool, hands: bool) -> FrameResult:
        """The result of an encoded picture. Raises PictureError, and RequestError 503 if overloaded or too late."""
        if not self._slots.acquire(blocking=False):
            raise RequestError(503, OVERLOADED)
        job = self._pool.submit(self._analyze, data, faces, hands)
        job.add_done_callback(lambda _: self._slots.release())
        async with self._in_time():
            return await asyncio.wrap_future(job)

    async def predict(self, task: str, body: bytes) -> dict[str, Any]:
        """The response to a ``:predict`` body. Its rows run together with those of other requests.

        Raises RequestError: 400 and 413 for the body, 503 if overloaded or too late; the time includes parsing.
        """
        async with self._in_time():
            parsing = self._parsers.submit(predict_body.parse, body, self.networks[task], self._limits.rows)
            request = await asyncio.wrap_future(parsing)
            outputs = await asyncio.wrap_future(self.engine.submit(object(), task, request.rows))
        return tf_serving.predict_answer(outputs, request.by_row)

    def close(self) -> None:
        self._opened.close()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Limits the time of the block, and raises the errors of the engine as RequestError."""
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                yield
        except TimeoutError:
            message = f"No result within {self._limits.timeout_s:g} s: the service is overloaded."
            raise RequestError(503, message) from None
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
