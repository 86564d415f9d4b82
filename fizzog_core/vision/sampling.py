"""Squares of a frame as network input, within the sizes that OpenCV can process."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Frame

LARGEST_SIDE_PX = 12_000
"""Longest side of a frame that is processed as it is. OpenCV's ``warpAffine`` and ``remap`` fail from 32,767 px on,
and the widest border of a second look makes a side 2.2 times as long."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square region of a frame, in frame pixels; ``rotation`` in radians, clockwise."""

    center_x: float
    center_y: float
    side: float
    rotation: float = 0.0

    def to_frame(self, points_unit: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points ``(..., 2)`` in 0..1 of the square to frame pixels."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        turn = np.array([[cos, sin], [-sin, cos]])
        return (np.asarray(points_unit, np.float64) - 0.5) * self.side @ turn + (self.center_x, self.center_y)

    def from_frame(self, points_px: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points ``(..., 2)`` in frame pixels to 0..1 of the square."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        turn = np.array([[cos, -sin], [sin, cos]])
        return (np.asarray(points_px, np.float64) - (self.center_x, self.center_y)) @ turn / self.side + 0.5


def enclosing_square(height: int, width: int) -> Square:
    """The smallest upright square around a whole frame, both with the same centre."""
    return Square(width / 2, height / 2, max(height, width))


def sample(frame: Frame, square: Square, size: int, border: int = cv2.BORDER_REPLICATE) -> Frame:
    """The pixels of ``square`` as ``(size, size, 3)`` uint8, bilinear.

    Where the square reaches over the frame's edge, ``border`` says what is there: cv2.BORDER_REPLICATE the edge's
    pixels, cv2.BORDER_CONSTANT black. As in MediaPipe, whose weights read the result, output pixel (0, 0) is the
    square's corner and not half a pixel inside it, and ``warpPerspective`` does the sampling: ``warpAffine`` rounds
    coordinates differently, which moves landmarks by up to 3 % of a face and 30 % of a small hand.
    """
    corners = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    in_frame = square.to_frame(corners).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(in_frame, (corners * size).astype(np.float32))
    pixels = cv2.warpPerspective(frame, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(pixels, dtype=np.uint8)


def within_limits(frame: Frame) -> tuple[Frame, float, float]:
    """``frame`` with no side longer than ``LARGEST_SIDE_PX``, and how many frame pixels one of its pixels is, x and y.

    A frame within the limit comes back as it is, with 1 and 1.
    """
    height, width = frame.shape[:2]
    shrink = min(1.0, LARGEST_SIDE_PX / max(height, width))
    if shrink == 1.0:
        return frame, 1.0, 1.0
    size = max(1, round(shrink * width)), max(1, round(shrink * height))
    smaller = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return smaller, width / size[0], height / size[1]
