"""Augmentations of a grey face and its points: turn, scale, shift, mirror, light, erasing. None is random.

``training.fit.augment`` draws the amounts; the data page shows them one at a time.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.labels import KEYPOINT_NAMES

MIRROR_ORDER = tuple(
    KEYPOINT_NAMES.index(name.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right"))
    for name in KEYPOINT_NAMES
)
"""In a mirrored face the subject's left eye is seen where the right one was: point i comes from MIRROR_ORDER[i]."""


def affine(
    side: int, out: int, *, angle_deg: float = 0.0, zoom: float = 1.0, shift: tuple[float, float] = (0.0, 0.0),
    mirrored: bool = False,
) -> NDArray[np.float64]:  # fmt: skip
    """A (2, 3) matrix from pixels of a ``side`` square to pixels of an ``out`` square cut from its middle.

    ``shift``: x and y as a share of ``out``. The middle of the first pixel is 0.
    """
    angle = np.deg2rad(angle_deg)
    flip = -1.0 if mirrored else 1.0
    c, s = zoom * np.cos(angle), zoom * np.sin(angle)
    linear = np.array([[c * flip, -s], [s * flip, c]])
    target = (out - 1) / 2 + np.asarray(shift) * out
    return np.column_stack([linear, target - linear @ np.full(2, (side - 1) / 2)])


def warp(picture: NDArray[np.uint8], matrix: NDArray[np.float64], out: int) -> NDArray[np.uint8]:
    """The picture under ``matrix``, (out, out) uint8; the border's pixels are repeated outside."""
    return cv2.warpAffine(picture, matrix, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def warp_points(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """(15, 2) points under ``matrix``; if it mirrors, left and right points are exchanged. NaN stays NaN."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return (moved[list(MIRROR_ORDER)] if np.linalg.det(matrix[:, :2]) < 0 else moved).astype(np.float32)


def light(picture: NDArray[np.uint8], contrast: float, brightness: float) -> NDArray[np.uint8]:
    """``contrast`` times the distance from the mean, and ``brightness`` grey values more; cut off at 0 and 255."""
    mean = float(picture.mean())
    changed = (picture.astype(np.float32) - mean) * contrast + mean + brightness
    return changed.clip(0, 255).astype(np.uint8)


def erase(picture: NDArray[np.uint8], x: int, y: int, noise: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with the rectangle ``noise`` (h, w) pasted at column ``x`` and row ``y``."""
    erased = picture.copy()
    erased[y : y + noise.shape[0], x : x + noise.shape[1]] = noise
    return erased
