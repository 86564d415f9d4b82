"""Non-maximum suppression: of detections of the same face or hand one remains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Box, Detection

SAME_IOU = 0.3
"""Two boxes with IoU above this value are the same."""
SAME_INSIDE = 0.6
"""Two boxes are also the same if they share more than this part of the smaller box's area."""


def suppressed(found: Sequence[Detection]) -> list[Detection]:
    """Of detections with the same box, see ``same_box``, the one with the best score; best score first."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: d.score, reverse=True):
        if not any(same_box(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def same_box(a: Box, b: Box) -> bool:
    """Whether the boxes' IoU is above SAME_IOU, or their shared part of the smaller box is above SAME_INSIDE."""
    iou = a.iou(b)
    shared = iou * (a.area + b.area) / (1 + iou)
    return iou > SAME_IOU or shared > SAME_INSIDE * min(a.area, b.area)


def weighted(
    boxes: NDArray[np.float64], points: NDArray[np.float64], scores: NDArray[np.float64], least_iou: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """One weighted mean box for each group of overlapping boxes, best score first.

    ``boxes`` ``(N, 4)`` x1 y1 x2 y2, ``points`` ``(N, K, 2)``, ``scores`` ``(N,)``. A group is the box with the best
    score and all others whose intersection over union with it is above ``least_iou``; the result has the mean of the
    group's boxes and points weighted by their scores, and the best score. Returns boxes, points and scores in the
    shapes given, with N the number of groups.
    """
    rest = np.argsort(-scores, kind="stable")
    best: list[int] = []
    rows = np.concatenate([boxes, points.reshape(len(points), 2 * points.shape[1])], axis=1)
    merged = [rows[:0]]
    while rest.size:
        in_group = _iou(boxes[rest[0]], boxes[rest]) > least_iou
        in_group[0] = True
        group = rest[in_group]
        best.append(int(group[0]))
        merged.append(np.average(rows[group], axis=0, weights=scores[group])[None])
        rest = rest[~in_group]
    found = np.concatenate(merged)
    return found[:, :4], found[:, 4:].reshape(len(found), *points.shape[1:]), scores[best]


def _iou(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of ``box`` ``(4,)`` with each of ``others`` ``(N, 4)``; 0 where both are empty."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = (high - low).clip(min=0).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
