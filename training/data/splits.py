"""Who goes where: whole groups of rows, or stretches of numbered frames, to train, validation and test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.data.sets import SPLITS

SHARES = (0.7, 0.15, 0.15)
"""Of train, validation and test."""
FIRST_FRAMES = 2400
"""Frames of each letter that the source project trains on; the other 600 are its validation."""
GAP = 0.01
"""Share of the frames left out between two stretches, so that no frame's neighbour is on the other side."""


def by_group(groups: NDArray[np.str_], seed: int = 1) -> NDArray[np.str_]:
    """A split ``(N,)`` for each row by its group ``(N,)``: no group is in two, the order of the rows does not matter.

    Groups are drawn at random until each split has about its share of the rows.
    """
    names, sizes = np.unique(groups, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    chosen = np.empty(len(names), dtype=np.int64)
    chosen[order] = np.searchsorted(np.cumsum(SHARES)[:-1], middle / max(1, len(groups)), side="right")
    return np.array(SPLITS)[chosen[np.searchsorted(names, groups)]]


def first_frames(numbers: NDArray[np.int64]) -> NDArray[np.str_]:
    """Train for frame numbers ``(N,)`` up to 2,400, validation for the rest, as in the source project."""
    return np.where(numbers <= FIRST_FRAMES, SPLITS[0], SPLITS[1])


def blocks(numbers: NDArray[np.int64]) -> NDArray[np.str_]:
    """Three stretches of one film's frame numbers ``(N,)``; "" for the frames of the two gaps between them."""
    if not len(numbers):
        return np.empty(0, dtype="<U10")
    low, high = int(numbers.min()), int(numbers.max()) + 1
    borders = low + np.cumsum(SHARES)[:-1] * (high - low)
    split = np.array(SPLITS)[np.searchsorted(borders, numbers, side="right")]
    gap = max(2.0, GAP * (high - low))
    for border in borders:
        split[np.abs(numbers - border) < gap / 2] = ""
    return split


def straddling(groups: NDArray[np.str_], split: NDArray[np.str_]) -> list[str]:
    """The groups, subjects or signers, that have rows in more than one split."""
    homes: dict[str, set[str]] = {}
    for group, home in zip(groups.tolist(), split.tolist(), strict=True):
        homes.setdefault(group, set()).add(home)
    return sorted(group for group, where in homes.items() if len(where) > 1)
