"""Small annotated images, and sheets that show many of them."""

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
"""Colour by the side of the subject's face."""


def side_of(point: str) -> str:
    """The side of the subject's face on which the keypoint ``point`` lies: left, right or middle."""
    return next((side for side in ("left", "right") if side in point), "middle")


def with_points(picture: NDArray[np.uint8], points_px: NDArray[np.float32], scale: int = 2) -> Frame:
    """The grey image ``(S, S)`` uint8 enlarged ``scale`` times, with its keypoints ``(15, 2)``.

    Coordinate 0 is the centre of the first pixel. Points that are NaN are not drawn.
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
    """The image fitted into a black ``(side, side, 3)``, with its landmarks ``(21, 2)`` unless they are None."""
    height, width = picture.shape[:2]
    zoom = side / max(height, width)
    w, h = max(1, round(width * zoom)), max(1, round(height * zoom))
    drawn = np.zeros((side, side, 3), dtype=np.uint8)
    x, y = (side - w) // 2, (side - h) // 2
    drawn[y : y + h, x : x + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    if landmarks_px is not None:
        points = np.round(landmarks_px * zoom + (x, y)).astype(np.int32)
        lines = [points[list(finger)] for finger in FINGERS]
        cv2.polylines(drawn, lines, False, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.polylines(drawn, lines, False, palette.rgb(SIDE_COLORS["middle"]), 2, cv2.LINE_AA)
    return drawn


def with_bones(points: NDArray[np.floating], side: int = 192, reach: float = 2.2) -> NDArray[np.uint8]:
    """Hand landmarks ``(21, 2)`` in -``reach``..``reach``, drawn as lines on a transparent ``(side, side, 4)`` RGBA."""
    drawn = np.zeros((side, side, 4), dtype=np.uint8)
    joints = np.round((points / reach + 1) * side / 2).astype(np.int32)
    lines = [joints[list(finger)] for finger in FINGERS]
    cv2.polylines(drawn, lines, False, (*palette.rgb(SIDE_COLORS["right"]), 255), 5, cv2.LINE_AA)
    return drawn


def sheet(pictures: Sequence[Frame], columns: int) -> Frame:
    """One or more images ``(S, S, 3)`` of one size in rows of ``columns``; empty cells are black."""
    side = pictures[0].shape[0]
    rows = -(-len(pictures) // columns)
    canvas = np.zeros((rows * side, columns * side, 3), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        y, x = divmod(number, columns)
        canvas[y * side : (y + 1) * side, x * side : (x + 1) * side] = picture
    return canvas
