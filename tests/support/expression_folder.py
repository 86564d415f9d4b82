"""A folder of expression faces in the given form, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def written(folder: Path, count: int = 40, subjects: list[str] | None = None) -> NDArray[np.uint8]:
    """A folder of the given form with ``count`` faces; gives their pixels."""
    faces = np.random.default_rng(0).integers(0, 256, (64, 96, 96), dtype=np.uint8)
    sheet = faces.reshape(2, 32, 96, 96).swapaxes(1, 2).reshape(192, 32 * 96)
    Image.fromarray(sheet).save(folder / "faces_00.webp", lossless=True)
    landmarks = np.zeros((count, 6, 2), np.float32)
    landmarks[:, 0], landmarks[:, 1] = (30, 40), (60, 50)
    landmarks[1] = np.nan
    np.savez(
        folder / "labels.npz",
        emotion=np.arange(count) % 7, split=np.arange(count) % 3, source=np.arange(count) % 2,
        source_names=np.array(["first", "second"]), subject=np.array(subjects or [""] * count), landmarks=landmarks,
    )  # fmt: skip
    return faces[:count]
