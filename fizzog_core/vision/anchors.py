"""Anchor points of single-shot detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Grid:
    """A square output grid of a detector: a cell every ``stride`` input pixels, ``anchors`` anchors a cell."""

    stride: int
    anchors: int


def anchor_points(input_size: int, grids: Sequence[Grid]) -> NDArray[np.float32]:
    """The anchors' centres ``(N, 2)`` x, y in 0..1 of the input, in the order of the network's output rows.

    Rows go through the grids one after another, each row by row from the top left; the anchors of a cell share its
    centre.
    """
    parts = [_cell_centers(input_size // grid.stride).repeat(grid.anchors, axis=0) for grid in grids]
    return np.concatenate(parts).astype(np.float32) if parts else np.empty((0, 2), dtype=np.float32)


def _cell_centers(cells: int) -> NDArray[np.float64]:
    y, x = np.mgrid[0:cells, 0:cells]
    return (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) / cells
