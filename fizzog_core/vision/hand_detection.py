"""Detects palms and tracks hands from frame to frame, with MediaPipe's networks run by LiteRT."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from fizzog_core.types import Frame
from fizzog_core.vision.anchor_detector import AnchorDetector, Found, Specification
from fizzog_core.vision.anchors import Grid
from fizzog_core.vision.hand_landmarks import HandLandmarker, HandLandmarks, next_square, upright_rotation
from fizzog_core.vision.sampling import Square

PALM = Specification("palm_detection_full.tflite", 192, (Grid(8, 2), Grid(16, 6)), points=7, low=0, high=1)
WRIST, MIDDLE_KNUCKLE = 0, 2
"""The two of a palm's seven points that give its rotation."""
HAND_SCALE, HAND_RISE = 2.6, 0.5
"""A hand's square in units of its palm's box: its side, and its shift towards the fingers."""
SAME_HAND_IOU = 0.5
"""Of squares with an intersection over union above this value only the last is used."""
MAX_HANDS = 4


class Landmarker(Protocol):
    """Locates the hand in a square, as ``HandLandmarker`` does."""

    def locate(self, frame: Frame, square: Square) -> HandLandmarks | None: ...


class HandDetector:
    """Finds up to ``MAX_HANDS`` new hands a frame. Holds no state: any thread may call it."""

    def __init__(self, least_score: float, landmarker: Landmarker | None = None) -> None:
        """``least_score``: of a palm, 0..1. ``landmarker``: by default MediaPipe's network."""
        self._palms = AnchorDetector(PALM, least_score)
        self._landmarker = landmarker or HandLandmarker()

    def find(
        self, frame: Frame, expected: Iterable[Square] = (), look: bool = True
    ) -> tuple[list[HandLandmarks], list[Square]]:
        """Hands in ``frame`` ``(H, W, 3)`` uint8 RGB, and the squares where they are expected in the next frame.

        ``expected``: those of the frame before. ``look``: also look for palms.
        """
        palms = self._palms.find(frame)[:MAX_HANDS] if look else []
        squares = distinct([*map(hand_square, palms), *expected])
        found = [hand for square in squares if (hand := self._landmarker.locate(frame, square))]
        return found, [next_square(hand.points_px) for hand in found]


def hand_square(palm: Found) -> Square:
    """The square around the whole hand of a palm, turned so that its fingers point up."""
    rotation = upright_rotation(palm.points_px[WRIST], palm.points_px[MIDDLE_KNUCKLE])
    low, high = palm.box_px[:2], palm.box_px[2:]
    width, height = (high - low).tolist()
    x, y = ((low + high) / 2).tolist()
    x += HAND_RISE * height * math.sin(rotation)
    y -= HAND_RISE * height * math.cos(rotation)
    return Square(x, y, HAND_SCALE * max(width, height), rotation)


def distinct(squares: Iterable[Square]) -> list[Square]:
    """The squares without those that a later one overlaps; their rotation does not count."""
    kept: list[Square] = []
    for square in squares:
        kept = [other for other in kept if _iou(square, other) <= SAME_HAND_IOU]
        kept.append(square)
    return kept


def _iou(a: Square, b: Square) -> float:
    reach = (a.side + b.side) / 2
    offset = np.abs((a.center_x - b.center_x, a.center_y - b.center_y))
    width, height = np.minimum(reach - offset, min(a.side, b.side)).clip(min=0).tolist()
    shared = width * height
    return shared / (a.side**2 + b.side**2 - shared)
