"""Analyses one frame: detects faces and hands, crops them, and runs the networks on them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.predictor import Networks, Outputs, Predictor, result_of
from fizzog_core.runtime.forks import check_process
from fizzog_core.types import Crop, Detection, FaceResult, Frame, FrameResult, HandResult
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector


class FrameAnalyzer(Protocol):
    """What finds the faces and hands of one frame: an ``Analyzer``, or what a test puts in its place."""

    def analyze(
        self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None
    ) -> FrameResult: ...


class Analyzer:
    """Finds and classifies the faces and hands of a frame, faces and hands at the same time.

    Networks may be shared; a detector in video or live mode serves one stream. Use as a context manager, or call
    ``close``; a closed analyzer raises RuntimeError.
    """

    def __init__(self, detector: Detector, networks: Networks) -> None:
        self._detector = detector
        self._networks = networks
        self._pool = ThreadPoolExecutor(1, "fizzog-hands")
        self._pid = os.getpid()

    def close(self) -> None:
        """Ends the thread for hands; the detector is the caller's to close. A second call does nothing."""
        self._pool.shutdown()

    def __enter__(self) -> Analyzer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        """Faces and hands in ``frame`` ``(H, W, 3)`` uint8 RGB, in frame pixels, from left to right.

        Each network runs once, for all faces or hands. ``faces=False`` or ``hands=False`` skips that search, and the
        result has None for it. ``time_s``: the frame's time in its stream, by default now.
        ``stage_ms``: for a detector the time of its call; for a network the time from the start of its preprocessing
        until its outputs are ready, with the wait in a batching engine if there is one. Stages overlap, so that their
        sum can exceed the frame's time.

        Raises ValueError if ``frame`` has another shape or dtype, PredictionError if a batching engine delivers no
        result, and ForkError in a process that was forked after this analyzer was created.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
            raise ValueError(f"expected a frame (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
        check_process(self._pid)
        face_ms: dict[str, float] = {}
        hand_ms: dict[str, float] = {}
        height, width = frame.shape[:2]
        hand_job = self._pool.submit(self._hands, frame, time_s, hand_ms) if hands else None
        try:
            face_results = self._faces(frame, face_ms) if faces else None
        finally:
            if hand_job:
                wait([hand_job])  # also after a failure: no thread may still use the frame and the detector
        return FrameResult(width, height, face_results, hand_job.result() if hand_job else None, face_ms | hand_ms)

    def _faces(self, frame: Frame, stage_ms: dict[str, float]) -> tuple[FaceResult, ...]:
        with _timed(stage_ms, "find_faces"):
            found = self._detector.find_faces(frame)
        points, emotion = self._networks.keypoints, self._networks.emotion
        start_s = time.perf_counter()
        squares = _cut(frame, found, points)
        point_outputs = points.submit(preprocessing.to_batch(squares, points.card))
        points_ms = _elapsed_ms(point_outputs, start_s)
        start_s = time.perf_counter()  # both are submitted before the first result: an engine runs them in turn
        emotion_outputs = emotion.submit(preprocessing.to_batch(_cut(frame, found, emotion), emotion.card))
        emotion_ms = _elapsed_ms(emotion_outputs, start_s)
        keypoints = loading.to_keypoints(result_of(point_outputs), squares, points.card)
        emotions = loading.to_scores(result_of(emotion_outputs), emotion.card)
        stage_ms |= {"keypoints": points_ms.result(), "emotion": emotion_ms.result()}
        return tuple(map(FaceResult, found, keypoints, emotions))

    def _hands(self, frame: Frame, time_s: float | None, stage_ms: dict[str, float]) -> tuple[HandResult, ...]:
        with _timed(stage_ms, "find_hands"):
            found = self._detector.find_hands(frame, time_s)
        with _timed(stage_ms, "gesture"):
            network = self._networks.gesture
            if network.card.input == "landmarks":
                batch = preprocessing.to_landmark_batch(found, network.card)
            else:
                batch = preprocessing.to_batch(_cut(frame, found, network), network.card)
            gestures = loading.to_scores(network.predict(batch), network.card)
        return tuple(map(HandResult, found, gestures))


def _cut(frame: Frame, found: tuple[Detection, ...], network: Predictor) -> list[Crop]:
    card = network.card
    return [crops.cut(frame, detection, card.crop_geometry, card.input_size) for detection in found]


def _elapsed_ms(outputs: Outputs, start_s: float) -> Future[float]:
    """Milliseconds from ``start_s`` until ``outputs`` are ready."""
    elapsed: Future[float] = Future()
    outputs.add_done_callback(lambda _: elapsed.set_result((time.perf_counter() - start_s) * 1000))
    return elapsed


@contextmanager
def _timed(stage_ms: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    stage_ms[stage] = (time.perf_counter() - start) * 1000
