"""A detector that runs MediaPipe's own graphs: the reference for the comparison with Fizzog's detector.

Needs a separate environment with ``requirements-teacher.txt``; Fizzog does not use this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from mediapipe.python.solutions import face_detection, hands  # pyright: ignore[reportMissingImports]

from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision.detector import HAND_SCORE, Detector, Mode
from fizzog_core.vision.face_detection import like_full_range
from fizzog_core.vision.hand_detection import MAX_HANDS
from fizzog_core.vision.hand_landmarks import HandLandmarks
from fizzog_core.vision.sampling import Square


class MediaPipeFaces:
    """Face detection by MediaPipe, with the interface of ``FaceDetector``."""

    def __init__(self) -> None:
        self._full_range: Any = face_detection.FaceDetection(model_selection=1)
        self._short_range: Any = face_detection.FaceDetection(model_selection=0)

    def find(self, frame: Frame) -> list[Detection]:
        return _faces(self._full_range, frame)

    def find_near(self, frame: Frame) -> list[Detection]:
        return [like_full_range(face) for face in _faces(self._short_range, frame)]


class MediaPipeHands:
    """Hand detection by MediaPipe, with the interface of ``HandDetector``.

    In videos MediaPipe tracks the hands itself: this class ignores the expected squares and returns none.
    """

    def __init__(self, mode: Mode) -> None:
        self._graph: Any = hands.Hands(
            static_image_mode=mode == "image",
            max_num_hands=MAX_HANDS,
            min_detection_confidence=HAND_SCORE[mode],
        )

    def find(
        self, frame: Frame, expected: Iterable[Square] = (), look: bool = True
    ) -> tuple[list[HandLandmarks], list[Square]]:
        height, width = frame.shape[:2]
        answer = self._graph.process(np.ascontiguousarray(frame))
        pairs = zip(answer.multi_hand_landmarks or (), answer.multi_handedness or (), strict=True)
        return [_hand(points.landmark, side.classification[0], width, height) for points, side in pairs], []


def mediapipe_detector(mode: Mode) -> Detector:
    """Returns a detector with the same passes and MediaPipe's graphs. It does not support ``live``."""
    return Detector(mode, MediaPipeFaces(), MediaPipeHands(mode))


def _faces(graph: Any, frame: Frame) -> list[Detection]:
    height, width = frame.shape[:2]
    found = []
    for answer in graph.process(np.ascontiguousarray(frame)).detections or []:
        area = answer.location_data.relative_bounding_box
        if area.width > 0 and area.height > 0:
            x, y = area.xmin * width, area.ymin * height
            points = [(p.x * width, p.y * height) for p in answer.location_data.relative_keypoints]
            box = Box(x, y, x + area.width * width, y + area.height * height)
            found.append(Detection("face", box, float(answer.score[0]), np.array(points, dtype=np.float32)))
    return found


def _hand(points: Iterable[Any], side: Any, width: int, height: int) -> HandLandmarks:
    landmarks = np.array([(p.x * width, p.y * height, p.z * width) for p in points], dtype=np.float32)
    return HandLandmarks(landmarks, "right" if side.label == "Left" else "left", float(side.score))
