"""Real pictures of the data sets by row number, read only where ``FIZZOG_DATA`` names their folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.errors import DataError, PictureError
from fizzog_core.media import images
from fizzog_core.types import Frame

FACE_SIDE, MOSAIC_SIDE = 48, 44
"""FER2013 lies in mosaics of 44 rows of 44 faces."""
RIM = 16
"""Pixels around Kaggle's 96x96 picture in a face with 15 points."""
EXPRESSION_SIDE, EXPRESSION_MOSAIC = 96, 32
"""The expression sources lie in mosaics of 32 faces in a row; the last mosaic has fewer rows."""
NEEDED = {
    "fer2013": ("fer2013/faces_00.webp",),
    "expressions": ("expressions/faces_00.webp",),
    "keypoints": ("keypoints/labels.npz", "keypoints/faces"),
    "gestures": ("gestures/manifest.csv", "gestures/landmarks.npz", "gestures/pictures"),
}


def available(data: Path | None, name: str) -> bool:
    """Whether the data set's pictures are in the folder ``data``."""
    return data is not None and all((data / part).exists() for part in NEEDED[name])


def fer2013(data: Path, rows: Sequence[int]) -> NDArray[np.uint8]:
    """The faces of ``rows``, ``(len(rows), 48, 48)`` uint8. Raises DataError."""
    per_sheet = MOSAIC_SIDE**2
    faces = [_mosaic(data / "fer2013" / f"faces_{row // per_sheet:02d}.webp")[row % per_sheet] for row in rows]
    return np.array(faces, dtype=np.uint8).reshape(-1, FACE_SIDE, FACE_SIDE)


def expressions(data: Path, rows: Sequence[int]) -> NDArray[np.uint8]:
    """The faces of ``rows`` with their surroundings, ``(len(rows), 96, 96)`` uint8. Raises DataError."""
    faces: dict[int, NDArray[np.uint8]] = {}
    for sheet in {row // EXPRESSION_MOSAIC**2 for row in rows}:  # a mosaic is large: each is read once, and not kept
        picture = _read(data / "expressions" / f"faces_{sheet:02d}.webp")[:, :, 0]
        for row in rows:
            at, cell = divmod(row, EXPRESSION_MOSAIC**2)
            if at == sheet:
                faces[row] = _expression_face(picture, cell)
                if faces[row].shape != (EXPRESSION_SIDE,) * 2:
                    raise DataError(f"faces_{sheet:02d}.webp has no face {cell}. Restore the data folder.")
    return np.array([faces[row] for row in rows], dtype=np.uint8).reshape(-1, EXPRESSION_SIDE, EXPRESSION_SIDE)


def _expression_face(mosaic: NDArray[np.uint8], cell: int) -> NDArray[np.uint8]:
    y, x = (EXPRESSION_SIDE * part for part in divmod(cell, EXPRESSION_MOSAIC))
    return mosaic[y : y + EXPRESSION_SIDE, x : x + EXPRESSION_SIDE].copy()


@lru_cache(maxsize=19)
def _mosaic(path: Path) -> NDArray[np.uint8]:
    """All faces of one mosaic, ``(1936, 48, 48)`` uint8."""
    sheet = _read(path)[:, :, 0]
    if sheet.shape != (MOSAIC_SIDE * FACE_SIDE,) * 2:
        raise DataError(f"{path} is {sheet.shape[1]} x {sheet.shape[0]} pixels. Expected 2112 x 2112; restore it.")
    cells = sheet.reshape(MOSAIC_SIDE, FACE_SIDE, MOSAIC_SIDE, FACE_SIDE)
    return cells.swapaxes(1, 2).reshape(-1, FACE_SIDE, FACE_SIDE)


def keypoints(data: Path, rows: Sequence[int]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Kaggle's 96x96 pictures ``(n, 96, 96)`` uint8 of ``rows`` and their points ``(n, 15, 2)``. Raises DataError."""
    paths, points = _keypoint_labels(data / "keypoints" / "labels.npz")
    faces = [_read(data / "keypoints" / paths[row])[RIM:-RIM, RIM:-RIM, 0] for row in rows]
    return np.array(faces, dtype=np.uint8).reshape(-1, 96, 96), points[list(rows)] - RIM


@lru_cache(maxsize=1)
def _keypoint_labels(path: Path) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["path"], stored["keypoints_px"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read: {error}. Restore the data folder.") from None


def gestures(data: Path, rows: Sequence[int]) -> list[tuple[Frame, NDArray[np.float32] | None]]:
    """Each picture of ``rows`` with its 21 landmarks ``(21, 2)`` in pixels, None where no hand was found.

    Raises DataError.
    """
    folder = data / "gestures"
    paths, landmarks = _hands(folder)
    pictures = [_read(folder / paths[row]) for row in rows]
    sizes = [(picture.shape[1], picture.shape[0]) for picture in pictures]
    found = [landmarks[row] if np.isfinite(landmarks[row]).all() else None for row in rows]
    return [
        (picture, None if unit is None else (unit * size).astype(np.float32))
        for picture, size, unit in zip(pictures, sizes, found, strict=True)
    ]


@lru_cache(maxsize=1)
def _hands(folder: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Paths and the landmarks ``(N, 21, 2)`` 0..1 of the first or the second try, NaN where neither found a hand."""
    try:
        paths = pd.read_csv(folder / "manifest.csv", dtype=str, keep_default_na=False)["path"].tolist()
        with np.load(folder / "landmarks.npz", allow_pickle=False) as stored:
            tries = [np.where(np.abs(stored[name]) > 0, stored[name], np.nan) for name in _TRIES]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{folder}: manifest.csv and landmarks.npz cannot be read: {error}. Restore them.") from None
    missed = ~np.isfinite(tries[0][:, :, :2]).all(axis=(1, 2), keepdims=True)
    return paths, np.where(missed, tries[1], tries[0])[:, :, :2]


_TRIES = ("landmarks_unit", "landmarks_retry")


def _read(path: Path) -> Frame:
    try:
        return images.read(path)
    except PictureError as error:
        raise DataError(f"{path.name}: {error}") from None
