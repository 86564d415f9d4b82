"""Divides a large picture into overlapping square tiles, on which a detector finds smaller faces."""

from __future__ import annotations

import math
from typing import NamedTuple

from fizzog_core.types import Box

TILE_SHARE = 0.6
"""Side of a tile, as a share of the picture's short side; neighbours overlap by a fifth of a tile or more."""
TILE_MIN_PX = 32
MAX_TILES_ALONG = 8
"""Approximate limit of the tiles along the long side, for narrow pictures."""
CUT_SHARE = 0.02
"""Smallest distance from a box to an inner edge of its tile, as a share of the tile. Closer boxes are dropped, because
the edge may cut their face."""


class Tile(NamedTuple):
    x1: int
    y1: int
    x2: int
    y2: int

    def cuts(self, box: Box, height: int, width: int) -> bool:
        """Whether an inner edge of this tile cuts the box. Edges of the picture are not inner edges."""
        near_x, near_y = CUT_SHARE * (self.x2 - self.x1), CUT_SHARE * (self.y2 - self.y1)
        return (
            (self.x1 > 0 and box.x1 < self.x1 + near_x)
            or (self.y1 > 0 and box.y1 < self.y1 + near_y)
            or (self.x2 < width and box.x2 > self.x2 - near_x)
            or (self.y2 < height and box.y2 > self.y2 - near_y)
        )


def tiles(height: int, width: int) -> list[Tile]:
    """Returns overlapping squares that cover the picture; none if their side would be below ``TILE_MIN_PX``."""
    side = round(max(TILE_SHARE * min(height, width), max(height, width) / MAX_TILES_ALONG))
    across, down = min(side, width), min(side, height)
    if min(across, down) < TILE_MIN_PX:
        return []
    return [Tile(x, y, x + across, y + down) for y in _starts(height, down) for x in _starts(width, across)]


def _starts(length: int, tile: int) -> list[int]:
    if tile >= length:
        return [0]
    count = math.ceil((length - 0.2 * tile) / (0.8 * tile) - 1e-6)
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]
