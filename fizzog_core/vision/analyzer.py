"""Analyses one frame: detects faces and hands, crops them, and runs the networks on them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.networks.preprocessing import Crop
from fizzog_core.runtime.forks import check_process
from fizzog_core.types import Detection, FaceResult, Frame, FrameResult, HandResult, Keypoints, Scores
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector
from fizzog_core.vision.face_follower import FaceFollower


class FrameAnalyzer(Protocol):
    """What finds the faces and hands of one frame: an ``Analyzer``, or what a test puts in its place."""

    def analyze(
        self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None
    ) -> FrameResult: ...


class Analyzer:
    """Finds and classifies the faces and hands of a frame, faces and hands at the same time.

    In a stream, faces are followed by their keypoints. The face detector runs in every fourth frame (or after 0.2 s),
    while no face is in view, and in a frame in which a followed face is lost. In live mode emotions are read in these
    frames only; in between a face keeps its last one.

    Networks may be shared; a detector in video or live mode serves one stream. Use as a context manager, or call
    ``close``; a closed analyzer raises RuntimeError.
    """

    def __init__(self, detector: Detector, networks: Networks) -> None:
        self._detector = detector
        self._networks = networks
        self._follower = FaceFollower() if detector.mode != "image" else None
        self._keeps_emotions = detector.mode == "live"
        self._emotions: tuple[Scores, ...] = ()
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
        ``stage_ms``: for a detector the time of its calls; for a network the time from the start of its preprocessing
        until its outputs are ready; 0 for one that did not run.
        Faces and hands overlap, so that the sum can exceed the frame's time.

        Raises ValueError if ``frame`` has another shape or dtype, and ForkError in a process that was forked after this
        analyzer was created.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
            raise ValueError(f"expected a frame (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
        check_process(self._pid)
        face_ms: dict[str, float] = {}
        hand_ms: dict[str, float] = {}
        height, width = frame.shape[:2]
        now_s = time.monotonic() if time_s is None else time_s
        hand_job = self._pool.submit(self._hands, frame, now_s, hand_ms) if hands else None
        try:
            face_results = self._faces(frame, now_s, face_ms) if faces else None
        finally:
            if hand_job:
                wait([hand_job])  # also after a failure: no thread may still use the frame and the detector
        return FrameResult(width, height, face_results, hand_job.result() if hand_job else None, face_ms | hand_ms)

    def _faces(self, frame: Frame, time_s: float, stage_ms: dict[str, float]) -> tuple[FaceResult, ...]:
        stage_ms |= {"find_faces": 0.0, "keypoints": 0.0, "emotion": 0.0}
        found, keypoints = self._followed(frame, time_s, stage_ms)
        if not found:
            self._emotions = ()  # of other faces, or of the same ones in another order
            with _timed(stage_ms, "find_faces"):
                found = self._detector.find_faces(frame)
            keypoints = self._keypoints(frame, found, stage_ms)
            if self._follower:
                self._follower.restart(found, keypoints, frame, time_s)
        if not self._keeps_emotions or not self._emotions:
            self._emotions = self._read_emotions(frame, found, stage_ms)
        results = map(FaceResult, found, keypoints, self._emotions)
        return tuple(sorted(results, key=lambda face: face.detection.box.center))

    def _read_emotions(
        self, frame: Frame, faces: tuple[Detection, ...], stage_ms: dict[str, float]
    ) -> tuple[Scores, ...]:
        network = self._networks.emotion
        with _timed(stage_ms, "emotion"):
            outputs = network.predict(preprocessing.to_batch(_cut(frame, faces, network), network.card))
            return loading.to_scores(outputs, network.card)

    def _followed(
        self, frame: Frame, time_s: float, stage_ms: dict[str, float]
    ) -> tuple[tuple[Detection, ...], tuple[Keypoints, ...]]:
        """The faces of the last frame and their keypoints in this one; none if the detector has to run."""
        expected = self._follower.expected(frame, time_s) if self._follower else ()
        if not self._follower or not expected:
            return (), ()
        keypoints = self._keypoints(frame, expected, stage_ms)
        return self._follower.follow(keypoints), keypoints

    def _keypoints(
        self, frame: Frame, faces: tuple[Detection, ...], stage_ms: dict[str, float]
    ) -> tuple[Keypoints, ...]:
        network = self._networks.keypoints
        with _timed(stage_ms, "keypoints"):
            squares = _cut(frame, faces, network)
            outputs = network.predict(preprocessing.to_batch(squares, network.card))
            return loading.to_keypoints(outputs, squares, network.card)

    def _hands(self, frame: Frame, time_s: float, stage_ms: dict[str, float]) -> tuple[HandResult, ...]:
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


@contextmanager
def _timed(stage_ms: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    stage_ms[stage] = stage_ms.get(stage, 0.0) + (time.perf_counter() - start) * 1000
