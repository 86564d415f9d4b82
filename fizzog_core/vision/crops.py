"""Cuts a square out of a frame with the geometry of a network's card."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.networks.preprocessing import Crop
from fizzog_core.types import Box, Detection, Frame

LARGEST_SQUARE_PX = 4096
"""Side of the largest square that is sampled as it is. OpenCV's ``warpAffine`` fails from 32,767 px on, and what is
sampled takes 3 bytes for each pixel of the square's area."""
EDGE_PX = 2
"""Pixels around the square that bilinear sampling may read."""


def cut(frame: Frame, detection: Detection, geometry: CropGeometry, size: int) -> Crop:
    """The square around ``detection.box`` as ``(size, size, 3)`` uint8 RGB, with the way back to frame pixels.

    Its side is the box's longer side and the margins. Where it reaches over the frame's border, the border's pixels
    are repeated. ``geometry.aligned`` turns it so that the face's eyes are level, if the detector gave their places.
    """
    to_frame = _to_frame_matrix(detection, geometry)
    part, to_part = _region(frame, to_frame)
    side = min(float(np.hypot(*to_frame[:, 0])), LARGEST_SQUARE_PX)
    finer = max(1, math.ceil(side / size))
    pixels = _warp(part, to_part, size * finer)
    if finer > 1:
        pixels = np.asarray(cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return Crop(pixels=pixels, box=_box_around(to_frame), to_frame_matrix=to_frame)


def _to_frame_matrix(detection: Detection, geometry: CropGeometry) -> NDArray[np.float64]:
    """``(2, 3)``: (x_unit, y_unit, 1) of the crop to frame pixels."""
    box = detection.box
    length = max(box.width, box.height)
    side = length * (1 + 2 * geometry.margin)
    turn = _eye_angle(detection) if geometry.aligned else 0.0
    right = np.array([math.cos(turn), math.sin(turn)])
    down = np.array([-right[1], right[0]])
    middle = np.array(box.center) + geometry.shift_down * length * down
    corner = middle - side / 2 * (right + down)
    return np.column_stack([side * right, side * down, corner])


def _eye_angle(detection: Detection) -> float:
    """Angle of the line from the eye on the left of the picture to the other, radians, clockwise; 0 if unknown."""
    if detection.kind != "face" or detection.landmarks_px is None:
        return 0.0
    right_eye, left_eye = detection.landmarks_px[:2].astype(np.float64)
    return math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])


def _warp(frame: Frame, to_frame: NDArray[np.float64], size: int) -> Frame:
    """The square sampled at ``size`` x ``size`` points, each in the middle of its pixel."""
    scale = to_frame[:, :2] / size
    offset = to_frame[:, 2] + scale.sum(axis=1) / 2 - 0.5  # OpenCV puts the middle of the first pixel at 0, not at 0.5
    matrix = np.column_stack([scale, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(frame, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(pixels, dtype=np.uint8)


def _region(frame: Frame, to_frame: NDArray[np.float64]) -> tuple[Frame, NDArray[np.float64]]:
    """The part of the frame that the square needs, shrunk if the square is larger than ``LARGEST_SQUARE_PX``.

    The matrix ``(2, 3)`` takes (x_unit, y_unit, 1) of the square to the part's pixels.
    """
    height, width = frame.shape[:2]
    box, last = _box_around(to_frame), (width - 1, height - 1)
    x1, y1 = np.clip(np.floor((box.x1, box.y1)) - EDGE_PX, 0, last).astype(int).tolist()
    x2, y2 = np.clip(np.ceil((box.x2, box.y2)) + EDGE_PX, (x1 + 1, y1 + 1), (width, height)).astype(int).tolist()
    part, scale = frame[y1:y2, x1:x2], np.array([1.0, 1.0])
    shrink = LARGEST_SQUARE_PX / float(np.hypot(*to_frame[:, 0]))
    if shrink < 1:
        wide, high = max(1, round(shrink * (x2 - x1))), max(1, round(shrink * (y2 - y1)))
        part = np.asarray(cv2.resize(part, (wide, high), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        scale = np.array([wide / (x2 - x1), high / (y2 - y1)])
    to_part = (to_frame - np.array([(0.0, 0.0, x1), (0.0, 0.0, y1)])) * scale[:, None]
    return part, np.asarray(to_part, dtype=np.float64)


def _box_around(to_frame: NDArray[np.float64]) -> Box:
    corners = np.array([(0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1)]) @ to_frame.T
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Box(x1, y1, x2, y2)
