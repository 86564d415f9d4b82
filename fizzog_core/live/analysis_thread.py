"""Analyses one visitor's stream on its own thread, which continues after an exception of any stage."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal

from fizzog_core.networks.predictor import Networks
from fizzog_core.replies.scheduler import COOLDOWN_S
from fizzog_core.runtime import malloc
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.latest_worker import IDLE_S, NewestWorker
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.tracking.resting_face import RestingChoice
from fizzog_core.types import Frame, TrackedResult
from fizzog_core.vision.analyzer import Analyzer, FrameAnalyzer
from fizzog_core.vision.detector import Detector

LOG = logging.getLogger(__name__)

Mode = Literal["emotions", "gestures", "both"]

TURNS = threading.BoundedSemaphore(available_cores())
"""One for each core: more analyses at a time delay each other and the arrival of pictures. docs/decisions/068-turns.md
"""
LONGEST_WAIT_S = 1.0
"""An analysis goes on without a turn after this time, so that one that hangs does not stop the others."""
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


def live_analyzers(networks: Callable[[], Networks]) -> OpenAnalyzer:
    """Opens analyzers, each with its own detectors, that share ``networks()``.

    ``networks`` is called on the analysis thread, so that loading them blocks neither the page nor the video.
    """

    @contextmanager
    def open_analyzer() -> Iterator[FrameAnalyzer]:
        with Detector("live") as detector, Analyzer(detector, networks()) as analyzer:
            yield analyzer

    return open_analyzer


@contextmanager
def turn() -> Iterator[None]:
    """Waits for one of TURNS and holds it, or waits LONGEST_WAIT_S and holds none."""
    held = TURNS.acquire(timeout=LONGEST_WAIT_S)
    try:
        yield
    finally:
        if held:
            TURNS.release()


class StreamAnalysis:
    """Analyses the newest offered frame on its own thread, which runs all callbacks, in its turn.

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

    def _work(self, take: Callable[[], tuple[ReadFrame, float] | None]) -> None:
        try:
            with turn():
                item = take()  # the newest frame of this moment
                if item is None:
                    return
                read, arrived_s = item
                frame, options = read(), self._options()
                result = self._result(frame, options, arrived_s)
        except Exception as error:
            LOG.warning("a live frame could not be analysed", exc_info=True)
            self._on_failure(error)
            self._close()
            self._stopped.wait(RETRY_S)
            return
        self._on_result(result, frame, arrived_s)  # outside of the try: a fault there does not affect the detectors

    def _result(self, frame: Frame, options: LiveOptions, arrived_s: float) -> TrackedResult:
        if self._analyzer is None:
            self._analyzer = self._opened.enter_context(self._open_analyzer())
        raw = self._analyzer.analyze(frame, options.mode != "gestures", options.mode != "emotions", arrived_s)
        return self._interpreter.update(raw, self._clock(), options.vocabulary, options.custom, options.resting)

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
