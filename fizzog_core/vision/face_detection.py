"""MediaPipe's two face detectors, run with LiteRT."""

from __future__ import annotations

import numpy as np

from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision.anchor_detector import AnchorDetector, Found, Specification
from fizzog_core.vision.anchors import Grid

FULL_RANGE = Specification("face_detection_full_range_sparse.tflite", 192, (Grid(4, 1),), points=6, low=-1, high=1)
SHORT_RANGE = Specification(
    "face_detection_short_range.tflite", 128, (Grid(8, 2), Grid(16, 6)), points=6, low=-1, high=1
)
FULL_RANGE_SCORE = 0.6
SHORT_RANGE_SCORE = 0.5
"""Least scores of the two detectors, those of MediaPipe's graphs."""
NEAR_SCALE, NEAR_RISE = 1.02, 0.043
"""The full-range detector's boxes in sides of the short-range one's: larger by the factor, higher by the share."""


class FaceDetector:
    """Finds faces in single frames; any thread may call it."""

    def __init__(self) -> None:
        self._full_range = AnchorDetector(FULL_RANGE, FULL_RANGE_SCORE)
        self._short_range = AnchorDetector(SHORT_RANGE, SHORT_RANGE_SCORE)

    def find(self, frame: Frame) -> list[Detection]:
        """Faces by the full-range detector, best score first, each with six landmarks."""
        return [_face(found) for found in self._full_range.find(frame)]

    def find_near(self, frame: Frame) -> list[Detection]:
        """Faces that fill much of the frame, by the short-range detector, with boxes like the full-range one's."""
        return [like_full_range(_face(found)) for found in self._short_range.find(frame)]


def _face(found: Found) -> Detection:
    return Detection("face", Box(*found.box_px.tolist()), found.score, found.points_px.astype(np.float32))


def like_full_range(face: Detection) -> Detection:
    """A face of the short-range detector with the box that the full-range detector would give it."""
    (x, y), half = face.box.center, face.box.width * NEAR_SCALE / 2
    y -= face.box.width * NEAR_RISE
    return Detection("face", Box(x - half, y - half, x + half, y + half), face.score, face.landmarks_px)
