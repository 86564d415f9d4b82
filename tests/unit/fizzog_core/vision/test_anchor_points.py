from __future__ import annotations

import numpy as np
import pytest

from fizzog_core.vision.anchors import Grid, anchor_points


@pytest.mark.parametrize(
    ("size", "grids", "expected"),
    [
        (128, [], []),
        (8, [Grid(8, 1)], [(0.5, 0.5)]),
        (8, [Grid(4, 1)], [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]),
        (8, [Grid(8, 2)], [(0.5, 0.5), (0.5, 0.5)]),
        (4, [Grid(4, 1), Grid(2, 1)], [(0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]),
    ],
)
def test_anchors_go_grid_by_grid_row_by_row(size: int, grids: list[Grid], expected: list[tuple[float, float]]) -> None:
    points = anchor_points(size, grids)
    assert points.shape == (len(expected), 2)
    assert points.dtype == np.float32
    assert points.tolist() == [list(point) for point in expected]
