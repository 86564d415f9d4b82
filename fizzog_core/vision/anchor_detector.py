"""Runs a single-shot detector: a network whose output rows are boxes and points relative to anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.litert import Program
from fizzog_core.settings import ROOT
from fizzog_core.types import Frame
from fizzog_core.vision import non_max_suppression
from fizzog_core.vision.anchors import Grid, anchor_points
from fizzog_core.vision.sampling import enclosing_square, sample

WEIGHTS = ROOT / "models" / "detectors"
"""MediaPipe's weights, as they are in its wheel; their README says from where and under which licence."""
MERGE_IOU = 0.3
"""Boxes with an intersection over union above this value are merged, as MediaPipe's graphs do."""


@dataclass(frozen=True, slots=True)
class Specification:
    """A detector's file and what its input and output mean.

    ``low``, ``high``: the network's values for black and white. ``points``: how many points come with a box.
    """

    file: str
    input_size: int
    grids: Sequence[Grid]
    points: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One box x1 y1 x2 y2 ``(4,)``, its points ``(K, 2)``, both in frame pixels, and its score 0..1."""

    box_px: NDArray[np.float64]
    points_px: NDArray[np.float64]
    score: float


class AnchorDetector:
    """A single-shot detector with its weights; any thread may call it."""

    def __init__(self, specification: Specification, least_score: float, folder: Path = WEIGHTS) -> None:
        """Raises ModelError if the weights' file is missing or damaged."""
        self._specification = specification
        self._run = Program(folder / specification.file)
        self._anchors = anchor_points(specification.input_size, specification.grids).astype(np.float64)
        self._least_logit = float(np.log(least_score / (1 - least_score)))

    def find(self, frame: Frame) -> list[Found]:
        """What is in ``frame`` ``(H, W, 3)`` uint8 RGB, best score first, overlapping boxes merged."""
        spec = self._specification
        square = enclosing_square(*frame.shape[:2])
        pixels = sample(frame, square, spec.input_size, cv2.BORDER_CONSTANT).astype(np.float32)
        rows, logits = self._run(pixels[None] * np.float32((spec.high - spec.low) / 255) + np.float32(spec.low))
        over = np.flatnonzero(logits.ravel() >= self._least_logit)
        boxes, points = self._decode(rows[0, over].astype(np.float64), over)
        valid = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        scores = 1 / (1 + np.exp(-logits.ravel()[over].astype(np.float64).clip(-100, 100)))
        merged = non_max_suppression.weighted(boxes[valid], points[valid], scores[valid], MERGE_IOU)
        return [
            Found(square.to_frame(box.reshape(2, 2)).ravel(), square.to_frame(of_box), float(score))
            for box, of_box, score in zip(*merged, strict=True)
        ]

    def _decode(
        self, rows: NDArray[np.float64], indices: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Output rows to boxes ``(N, 4)`` and points ``(N, K, 2)`` in 0..1 of the input."""
        pairs = rows.reshape(len(rows), 2 + self._specification.points, 2) / self._specification.input_size
        anchors = self._anchors[indices]
        centers, half = pairs[:, 0] + anchors, pairs[:, 1] / 2
        return np.concatenate([centers - half, centers + half], axis=1), pairs[:, 2:] + anchors[:, None]
