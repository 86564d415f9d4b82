"""The straight line: a frame in, its faces and hands out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.loading import Network, Networks
from fizzog_core.types import Crop, Detection, FaceResult, Frame, FrameResult, HandResult
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector


class FrameAnalyzer(Protocol):
    """What finds the faces and hands of one frame: an ``Analyzer``, or what a test puts in its place."""

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True) -> FrameResult: ...


class Analyzer:
    """Finds and reads what is in a frame, faces and hands at the same time.

    Networks may be shared; a detector in stream mode serves one stream.
    """

    def __init__(self, detector: Detector, networks: Networks) -> None:
        self._detector = detector
        self._networks = networks
        self._pool = ThreadPoolExecutor(1, "fizzog-hands")

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True) -> FrameResult:
        """Everything in ``frame`` ``(H, W, 3)`` uint8 RGB, in frame pixels, from left to right.

        Each network is called once, with all faces or hands. What was not asked for is None in the result.
        Raises ValueError if ``frame`` has another shape or dtype.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
            raise ValueError(f"expected a frame (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
        face_ms: dict[str, float] = {}
        hand_ms: dict[str, float] = {}
        height, width = frame.shape[:2]
        looking = self._pool.submit(self._hands, frame, hand_ms) if hands else None
        try:
            seen_faces = self._faces(frame, face_ms) if faces else None
        finally:
            if looking:
                wait([looking])  # whatever happens to the faces, nothing goes on with this frame afterwards
        return FrameResult(width, height, seen_faces, looking.result() if looking else None, face_ms | hand_ms)

    def _faces(self, frame: Frame, stage_ms: dict[str, float]) -> tuple[FaceResult, ...]:
        with _timed(stage_ms, "find_faces"):
            found = self._detector.find_faces(frame)
        points, emotion = self._networks.keypoints, self._networks.emotion
        with _timed(stage_ms, "keypoints"):
            squares = _cut(frame, found, points)
            located = points.ask(preprocessing.to_batch(squares, points.card))
            # Asked before the points are there: an engine takes both in one turn.
            named = emotion.ask(preprocessing.to_batch(_cut(frame, found, emotion), emotion.card))
            keypoints = loading.to_keypoints(located(), squares, points.card)
        with _timed(stage_ms, "emotion"):
            emotions = loading.to_scores(named(), emotion.card)
        return tuple(map(FaceResult, found, keypoints, emotions))

    def _hands(self, frame: Frame, stage_ms: dict[str, float]) -> tuple[HandResult, ...]:
        with _timed(stage_ms, "find_hands"):
            found = self._detector.find_hands(frame)
        with _timed(stage_ms, "gesture"):
            network = self._networks.gesture
            if network.card.input == "landmarks":
                batch = preprocessing.to_landmark_batch(found, network.card)
            else:
                batch = preprocessing.to_batch(_cut(frame, found, network), network.card)
            gestures = loading.to_scores(network.predict(batch), network.card)
        return tuple(map(HandResult, found, gestures))


def _cut(frame: Frame, found: tuple[Detection, ...], network: Network) -> list[Crop]:
    card = network.card
    return [crops.cut(frame, detection, card.crop_geometry, card.input_size) for detection in found]


@contextmanager
def _timed(stage_ms: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    stage_ms[stage] = (time.perf_counter() - start) * 1000
