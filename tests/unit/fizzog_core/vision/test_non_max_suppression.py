from __future__ import annotations

import numpy as np
import pytest

from fizzog_core.vision import non_max_suppression
from tests.support.fakes import make_face


@pytest.mark.parametrize(
    ("boxes", "scores", "expected", "best"),
    [
        ([], [], [], []),
        ([(0, 0, 10, 10)], [0.9], [(0, 0, 10, 10)], [0.9]),
        ([(0, 0, 10, 10), (20, 0, 30, 10)], [0.6, 0.9], [(20, 0, 30, 10), (0, 0, 10, 10)], [0.9, 0.6]),
        ([(0, 0, 10, 10), (0, 2, 10, 12)], [0.9, 0.3], [(0, 0.5, 10, 10.5)], [0.9]),  # mean with weights 3 and 1
        ([(0, 0, 10, 10), (0, 6, 10, 16)], [0.9, 0.3], [(0, 0, 10, 10), (0, 6, 10, 16)], [0.9, 0.3]),  # IoU 0.25
        ([(5, 5, 5, 5), (5, 5, 5, 5)], [0.9, 0.9], [(5, 5, 5, 5), (5, 5, 5, 5)], [0.9, 0.9]),  # without area
    ],
)
def test_overlapping_boxes_become_their_weighted_mean(
    boxes: list[tuple[float, ...]], scores: list[float], expected: list[tuple[float, ...]], best: list[float]
) -> None:
    given = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    points = given.reshape(-1, 2, 2)  # the corners as points have to move with the box
    found, moved, kept = non_max_suppression.weighted(given, points, np.array(scores, dtype=np.float64), 0.3)
    assert found == pytest.approx(np.array(expected).reshape(-1, 4))
    assert moved == pytest.approx(found.reshape(-1, 2, 2))
    assert kept.tolist() == best


def test_boxes_are_compared_with_the_best_of_a_group_only() -> None:
    """The third box overlaps the second but not the first, so that it forms a separate group."""
    boxes = np.array([(0.0, 0, 10, 10), (4, 0, 14, 10), (8, 0, 18, 10)])
    found, _, _ = non_max_suppression.weighted(boxes, np.empty((3, 0, 2)), np.array([0.9, 0.8, 0.7]), 0.3)
    assert len(found) == 2
    assert found[1].tolist() == [8, 0, 18, 10]


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        ([], []),
        ([(0, 0, 100, 0.9)], [0]),
        ([(0, 0, 100, 0.7), (5, 5, 100, 0.9)], [1]),  # nearly the same place: the better score stays
        ([(0, 0, 100, 0.9), (200, 0, 100, 0.8)], [0, 1]),
        ([(0, 0, 100, 0.9), (30, 30, 30, 0.8)], [0]),  # a small one inside a large one
        ([(0, 0, 100, 0.9), (70, 70, 100, 0.8)], [0, 1]),  # neighbours that overlap a little
    ],
)
def test_of_several_detections_of_one_thing_the_best_remains(boxes: list[tuple[float, ...]], kept: list[int]) -> None:
    found = [make_face(*box) for box in boxes]
    assert non_max_suppression.suppressed(found) == [found[i] for i in kept]
