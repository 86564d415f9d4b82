"""One row of the public csv files, FER2013's and Kaggle's keypoints. A ValueError says what is wrong with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES

FACE_SIDE = 48
KEYPOINT_SIDE = 96
USAGES = ("Training", "PublicTest", "PrivateTest")
KEYPOINT_COLUMNS = tuple(f"{name}_{axis}" for name in KEYPOINT_NAMES for axis in "xy")
MISSING = frozenset({"", "nan", "na", "n/a", "<na>", "null", "none"})
"""Cells without a value, in lower case: empty, or as pandas, R and databases write them."""
FAR_OUT = 0.5
"""A point farther outside its picture than this share of the side is a mistake."""


def pixels(text: str, side: int) -> NDArray[np.uint8]:
    """``side`` * ``side`` whole numbers 0..255 between spaces, as ``(side, side)`` uint8."""
    cells = text.split()
    if len(cells) != side * side:
        raise ValueError(f"expected {side * side:,} pixels, got {len(cells):,}")
    try:
        return np.frombuffer(bytes(map(int, cells)), dtype=np.uint8).reshape(side, side)
    except ValueError:
        raise ValueError("expected pixels that are whole numbers from 0 to 255") from None


def label(text: str) -> int:
    """The index into EMOTIONS that the text names."""
    if text.strip() not in {str(index) for index in range(len(EMOTIONS))}:
        raise ValueError(f"expected an emotion from 0 to {len(EMOTIONS) - 1}, got {text!r}")
    return int(text)


def usage(text: str) -> int:
    """The index into USAGES that the text names."""
    name = text.strip()
    if name not in USAGES:
        raise ValueError(f"expected a Usage out of {', '.join(USAGES)}, got {text!r}")
    return USAGES.index(name)


def points(row: dict[str, str]) -> NDArray[np.float32]:
    """The row's 15 points ``(15, 2)`` in pixels of its 96x96 picture; NaN for points with a ``MISSING`` cell."""
    found = np.full((len(KEYPOINT_NAMES), 2), np.nan, dtype=np.float32)
    for index, column in enumerate(KEYPOINT_COLUMNS):
        text = row[column].strip()
        if text.lower() in MISSING:
            continue
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{column}: expected a number or nothing, got {text!r}") from None
        if not -FAR_OUT * KEYPOINT_SIDE <= value <= (1 + FAR_OUT) * KEYPOINT_SIDE:
            raise ValueError(f"{column}: {text} lies far outside the {KEYPOINT_SIDE} px picture")
        found[index // 2, index % 2] = value
    found[np.isnan(found).any(axis=1)] = np.nan
    return found
