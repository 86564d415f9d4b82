"""Squares around hands, and squares without a hand, with the landmarks of the teacher network."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.sets import Stored

UNKNOWN = -1
"""The gesture of a hand that has no label."""
SIDE_PX, CONTEXT = 256, 1.5
"""Side of a stored square in pixels, and its side in sides of the square that the landmarks give."""


@dataclass(frozen=True, slots=True, eq=False)
class HandCrops(Stored):
    """``pixels`` (N, S, S, 3) uint8 RGB, each row a square of a picture.

    Of a hand it has the center and the rotation of ``next_square`` and CONTEXT times its side. ``points_unit``
    (N, 21, 3) float32: x, y, z in sides of the stored square, zeros where ``hand`` (N,) bool is false. ``right`` (N,)
    bool: the person's right hand. ``proposed`` (N,) bool: a square without a hand where the palm detector proposes one.
    ``gesture`` (N,) int64: index into GESTURES, or UNKNOWN. ``source``, ``split``,
    ``path`` (N,) str.
    """

    pixels: NDArray[np.uint8]
    points_unit: NDArray[np.float32]
    hand: NDArray[np.bool_]
    right: NDArray[np.bool_]
    proposed: NDArray[np.bool_]
    gesture: NDArray[np.int64]
    source: NDArray[np.str_]
    split: NDArray[np.str_]
    path: NDArray[np.str_]

    def save(self, path: Path) -> None:
        """Write an .npz without compression: the pictures are about a gigabyte."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})
