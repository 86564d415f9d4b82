"""Analyses one visitor's stream on its own thread, which continues after an exception of any stage."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal

from fizzog_core.errors import PredictionError
from fizzog_core.networks.batching import Engine
from fizzog_core.replies.scheduler import COOLDOWN_S
from fizzog_core.runtime import malloc
from fizzog_core.runtime.latest_worker import IDLE_S, NewestWorker
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.tracking.resting_face import RestingChoice
from fizzog_core.types import Frame, TrackedResult
from fizzog_core.vision.analyzer import Analyzer, FrameAnalyzer
from fizzog_core.vision.detector import Detector

LOG = logging.getLogger(__name__)

Mode = Literal["emotions", "gestures", "both"]

RETRY_S = 1.0
"""Pause after a failure. If a stage raised, the detectors are created again, because a failed detector may stay
broken."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveOptions:
    """The visitor's choices; a new value applies from the next frame on."""

    mode: Mode = "both"
    vocabulary: int = 7
    keypoints: bool = True
    language: str = "en"
    cooldown_s: float = COOLDOWN_S
    custom: CustomGestures = field(default_factory=CustomGestures)
    resting: RestingChoice = field(default_factory=lambda: RestingChoice(on=True))


ReadFrame = Callable[[], Frame]
"""Returns a frame ``(H, W, 3)`` uint8 RGB."""
OpenAnalyzer = Callable[[], AbstractContextManager[FrameAnalyzer]]


def batched_analyzers(engine: Callable[[], Engine]) -> OpenAnalyzer:
    """Opens analyzers, each with its own detectors, whose requests run in the shared ``engine()``.

    ``engine`` is called on the analysis thread, so that loading the networks blocks neither the page nor the video.
    """

    @contextmanager
    def open_analyzer() -> Iterator[FrameAnalyzer]:
        client, shared = object(), engine()
        with Detector("live") as detector, Analyzer(detector, shared.networks_for(client)) as analyzer:
            try:
                yield analyzer
            finally:
                shared.cancel(client)

    return open_analyzer


class StreamAnalysis:
    """Analyses the newest offered frame on its own thread, which runs all callbacks.

    A frame is offered as a function that returns it. The function runs on this thread, and only for a frame that is
    analysed, so that dropped frames are not converted.
    ``on_result``: called with each result, its frame and the frame's arrival time in seconds. ``on_failure``: called
    with the exception of a failed stage. ``on_end``: called once, after ``stop`` or after ``idle_s`` without a frame,
    when the detectors are closed.
    """

    def __init__(
        self,
        open_analyzer: OpenAnalyzer,
        options: Callable[[], LiveOptions],
        on_result: Callable[[TrackedResult, Frame, float], None],
        on_failure: Callable[[Exception], None],
        on_end: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        idle_s: float = IDLE_S,
    ) -> None:
        self._open_analyzer = open_analyzer
        self._options = options
        self._on_result = on_result
        self._on_failure = on_failure
        self._on_end = on_end
        self._clock = clock
        self._stopped = threading.Event()
        self._interpreter = Interpreter()
        self._opened = ExitStack()
        self._analyzer: FrameAnalyzer | None = None
        self._worker = NewestWorker[tuple[ReadFrame, float]](self._work, self._finish, "fizzog-stream", idle_s)

    @property
    def ended(self) -> bool:
        return self._worker.ended

    def offer(self, read: ReadFrame, arrived_s: float) -> int:
        """Replaces the waiting frame, without blocking; returns the number of dropped frames, 0 or 1.

        Raises RuntimeError if the analysis has ended.
        """
        return self._worker.offer((read, arrived_s))

    def stop(self) -> None:
        """Ends the analysis after the current frame, without blocking."""
        self._stopped.set()
        self._worker.stop()

    def join(self, limit_s: float) -> bool:
        """Waits at most ``limit_s`` seconds for the end; returns whether the analysis has ended."""
        return self._worker.join(limit_s)

    def _work(self, item: tuple[ReadFrame, float]) -> None:
        read, arrived_s = item
        options = self._options()
        try:
            frame = read()
            if self._analyzer is None:
                self._analyzer = self._opened.enter_context(self._open_analyzer())
            raw = self._analyzer.analyze(frame, options.mode != "gestures", options.mode != "emotions", arrived_s)
            result = self._interpreter.update(raw, self._clock(), options.vocabulary, options.custom, options.resting)
        except Exception as error:
            LOG.warning("a live frame could not be analysed", exc_info=True)
            self._on_failure(error)
            if not isinstance(error, PredictionError):  # a missing result of the engine does not affect the detectors
                self._close()
            self._stopped.wait(RETRY_S)
            return
        self._on_result(result, frame, arrived_s)  # outside of the try: a fault there does not affect the detectors

    def _close(self) -> None:
        self._analyzer = None
        try:
            self._opened.close()
        except Exception:
            LOG.exception("the detectors could not be closed")

    def _finish(self) -> None:
        self._close()
        malloc.trim()
        self._on_end()
