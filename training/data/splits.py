"""Assigns whole groups of rows, or ranges of numbered frames, to train, validation and test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.data.sets import SPLITS

SHARES = (0.7, 0.15, 0.15)
"""Of train, validation and test."""
FIRST_FRAMES = 2400
"""Frames of each letter in the source project's training split; the other 600 are its validation split."""
GAP = 0.01
"""Share of the frames left out between two ranges, so that no two neighbouring frames are in different splits."""


def by_group(groups: NDArray[np.str_], seed: int = 1) -> NDArray[np.str_]:
    """The split ``(N,)`` of each row from its group ``(N,)``: each group is in one split, whatever the rows' order.

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
    """Splits of one video's frame numbers ``(N,)`` in three ranges; "" for frames in the two gaps between them."""
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
    """The groups (subjects or signers) with rows in more than one split."""
    splits_of: dict[str, set[str]] = {}
    for group, name in zip(groups.tolist(), split.tolist(), strict=True):
        splits_of.setdefault(group, set()).add(name)
    return sorted(group for group, names in splits_of.items() if len(names) > 1)
