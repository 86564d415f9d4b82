"""The squares that cover a picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fizzog_core.vision import slicing as module


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_cover_the_picture_or_are_none(height: int, width: int) -> None:
    tiles = module.tiles(height, width)
    if not tiles:
        assert min(height, width) < 64
        return
    assert len(tiles) <= 64
    columns, rows = np.zeros(width, dtype=int), np.zeros(height, dtype=int)
    for tile in tiles:
        assert tile.x2 <= width
        assert tile.y2 <= height
        columns[tile.x1 : tile.x2] += 1
        rows[tile.y1 : tile.y2] += 1
    assert columns.min() > 0
    assert rows.min() > 0
