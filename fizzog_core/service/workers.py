"""Runs the service's requests: pictures in worker processes, rows of all requests through one engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

from fizzog_core.errors import (
    CancelledJobError,
    EngineClosedError,
    EngineCrashError,
    PredictionError,
    QueueFullError,
    RequestError,
    WorkerError,
)
from fizzog_core.jobs import upload_jobs
from fizzog_core.networks import batching
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.model_card import output_size
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.service import predict_body, tf_serving
from fizzog_core.service.limits import Limits
from fizzog_core.types import FrameResult

PARSERS = 2
"""Bodies of ``:predict`` that are parsed at the same time. Python parses on one core; the second thread lets a small
body finish while a large one is parsed."""

OVERLOADED = "The service is overloaded. Retry in a moment."


class Work:
    """Engine and worker processes of one service. ``close`` drops what waits, ends the processes, and frees both."""

    def __init__(
        self,
        networks: Networks,
        analyze_picture: upload_jobs.Analyze,
        *,
        processes: int,
        limits: Limits,
    ) -> None:
        self.networks: dict[str, Predictor] = {
            network.card.task: network for network in (networks.keypoints, networks.emotion, networks.gesture)
        }
        self._limits = limits
        self._analyze_picture = analyze_picture
        self._opened = ExitStack()
        self.engine = self._opened.enter_context(closing(Engine(networks)))
        pool = WorkerPool(processes, upload_jobs.WORKER_LIMITS, limits.waiting)
        self._pool = self._opened.enter_context(closing(pool))
        self._parsers = ThreadPoolExecutor(PARSERS, "fizzog-parser")
        self._opened.callback(self._parsers.shutdown, cancel_futures=True)

    @property
    def is_full(self) -> bool:
        """Whether a picture, or rows for a network, would be refused now."""
        return self._pool.is_full or self.engine.waiting >= batching.CAPACITY

    async def analyze(self, client: str, data: bytes, faces: bool, hands: bool) -> FrameResult:
        """The result of an encoded picture. ``client``: its network, for the order of the queue.

        Raises PictureError, and RequestError: 422 for a picture that the limits do not allow or that ends its process,
        503 if overloaded or too late. A picture that is too late leaves the queue; one in analysis goes on until its
        own time limit.
        """
        try:
            async with self._in_time():
                job = self._pool.submit(self._analyze_picture, data, faces, hands, client=client)
                return await asyncio.wrap_future(job.future)
        except (QueueFullError, CancelledJobError):
            raise RequestError(503, OVERLOADED) from None
        except WorkerError as error:
            raise RequestError(422, str(error)) from None

    async def predict(self, task: str, body: bytes) -> dict[str, Any]:
        """The response to a ``:predict`` body. Its rows run together with those of other requests.

        Raises RequestError: 400 and 413 for the body, 503 if overloaded or too late; the time includes parsing.
        """
        async with self._in_time():
            network = self.networks[task]
            parsing = self._parsers.submit(predict_body.parse, body, network, self._limits.rows)
            request = await asyncio.wrap_future(parsing)
            outputs = await asyncio.wrap_future(self.engine.submit(object(), task, request.rows))
        return tf_serving.predict_answer(outputs[:, : output_size(network.card)], request.by_row)

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


def _refusal(error: PredictionError) -> RequestError:
    """The HTTP error for a result that the engine did not deliver."""
    if isinstance(error, EngineClosedError):
        return RequestError(503, "The service is shutting down. Send the request to another server.")
    if isinstance(error, EngineCrashError):
        return RequestError(500, "The analysis crashed and was started again. Send the request again.")
    return RequestError(503, OVERLOADED)
