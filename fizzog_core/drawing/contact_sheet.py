"""Many small pictures in one: faces with their points, hands with their landmarks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.drawing import palette
from fizzog_core.drawing.overlay import FINGERS
from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.types import Frame

SIDE_COLORS = {
    "left": palette.EMOTION_COLORS["angry"],
    "right": palette.EMOTION_COLORS["surprise"],
    "middle": palette.EMOTION_COLORS["happy"],
}
"""By the side of the subject that a facial point belongs to."""


def side_of(point: str) -> str:
    """left, right or middle: on which side of its subject a facial point lies."""
    return next((side for side in ("left", "right") if side in point), "middle")


def with_points(picture: NDArray[np.uint8], points_px: NDArray[np.float32], scale: int = 2) -> Frame:
    """The grey picture ``(S, S)`` uint8 enlarged, with its points ``(15, 2)`` in the colours of their sides.

    0 is the middle of the first pixel; points that are NaN are left out.
    """
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    drawn = cv2.cvtColor(large, cv2.COLOR_GRAY2RGB)
    for name, (x, y) in zip(KEYPOINT_NAMES, points_px, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            middle = round((float(x) + 0.5) * scale), round((float(y) + 0.5) * scale)
            cv2.circle(drawn, middle, scale + 1, (0, 0, 0), -1, cv2.LINE_AA)
            cv2.circle(drawn, middle, scale, palette.rgb(SIDE_COLORS[side_of(name)]), -1, cv2.LINE_AA)
    return np.asarray(drawn, dtype=np.uint8)


def with_hand(picture: Frame, landmarks_px: NDArray[np.float32] | None, side: int = 192) -> Frame:
    """The picture fitted into a black ``(side, side, 3)``, with its 21 landmarks ``(21, 2)`` if there are any."""
    height, width = picture.shape[:2]
    zoom = side / max(height, width)
    w, h = max(1, round(width * zoom)), max(1, round(height * zoom))
    drawn = np.zeros((side, side, 3), dtype=np.uint8)
    x, y = (side - w) // 2, (side - h) // 2
    drawn[y : y + h, x : x + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    if landmarks_px is not None:
        places = np.round(landmarks_px * zoom + (x, y)).astype(np.int32)
        lines = [places[list(finger)] for finger in FINGERS]
        cv2.polylines(drawn, lines, False, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.polylines(drawn, lines, False, palette.rgb(SIDE_COLORS["middle"]), 2, cv2.LINE_AA)
    return drawn


def with_bones(points: NDArray[np.floating], side: int = 192, reach: float = 2.2) -> NDArray[np.uint8]:
    """A hand's landmarks ``(21, 2)`` in -``reach``..``reach``, y down, as lines on a clear ``(side, side, 4)`` RGBA."""
    drawn = np.zeros((side, side, 4), dtype=np.uint8)
    places = np.round((points / reach + 1) * side / 2).astype(np.int32)
    lines = [places[list(finger)] for finger in FINGERS]
    cv2.polylines(drawn, lines, False, (*palette.rgb(SIDE_COLORS["right"]), 255), 5, cv2.LINE_AA)
    return drawn


def sheet(pictures: Sequence[Frame], columns: int) -> Frame:
    """Pictures ``(S, S, 3)`` of one size side by side in rows of ``columns``, at least one; empty places are black."""
    side = pictures[0].shape[0]
    rows = -(-len(pictures) // columns)
    laid = np.zeros((rows * side, columns * side, 3), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        y, x = divmod(number, columns)
        laid[y * side : (y + 1) * side, x * side : (x + 1) * side] = picture
    return laid
