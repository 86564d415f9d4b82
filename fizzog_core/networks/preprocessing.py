"""Converts crops and landmarks to network inputs. Training and serving share this preprocessing.

Scaling and normalisation are layers of the saved networks and are not part of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.model_card import ModelCard
from fizzog_core.types import Box, Detection, Frame


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A square cut out of a frame, turned upright, and resized.

    ``pixels``: ``(S, S, 3)`` uint8 RGB. ``to_frame_matrix``: ``(2, 3)`` float64, takes (x_unit, y_unit, 1) of the crop
    to frame pixels. ``box``: the axis-aligned frame rectangle around what was cut.
    """

    pixels: Frame
    box: Box
    to_frame_matrix: NDArray[np.float64]

    def to_frame(self, points_unit: NDArray[np.floating]) -> NDArray[np.float32]:
        """Points ``(..., 2)`` in 0..1 of the crop to frame pixels, float32: the only way back."""
        points = np.asarray(points_unit, dtype=np.float64)
        return (points @ self.to_frame_matrix[:, :2].T + self.to_frame_matrix[:, 2]).astype(np.float32)


def to_batch(crops: Sequence[Crop], card: ModelCard) -> NDArray[np.float32]:
    """Converts crops of side S to ``(N, S, S, C)`` float32 in 0..255; N may be 0.

    S and C are ``card.input_size`` and ``card.channels``; with one channel the crops become grey. Raises ValueError if
    a crop has another size.
    """
    size = card.input_size
    batch = np.empty((len(crops), size, size, card.channels), dtype=np.float32)
    for row, crop in zip(batch, crops, strict=True):
        if crop.pixels.shape != (size, size, 3):
            raise ValueError(f"the {card.task} network takes crops ({size}, {size}, 3), got {crop.pixels.shape}")
        row[:] = cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY)[:, :, None] if card.channels == 1 else crop.pixels
    return batch


def to_landmark_batch(hands: Sequence[Detection], card: ModelCard) -> NDArray[np.float32]:
    """Converts hands to landmarks ``(N, 21, 3)`` float32 in frame pixels; N may be 0.

    Raises ValueError if a hand has no landmarks or landmarks of another shape.
    """
    batch = np.empty((len(hands), card.input_size, 3), dtype=np.float32)
    for row, hand in zip(batch, hands, strict=True):
        if hand.landmarks_px is None or hand.landmarks_px.shape != row.shape:
            came = None if hand.landmarks_px is None else hand.landmarks_px.shape
            raise ValueError(f"the {card.task} network takes landmarks {row.shape}, got {came}")
        row[:] = hand.landmarks_px
    return batch
