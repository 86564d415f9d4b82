"""Faces labelled with an emotion from fourteen sources outside FER2013: reading them and cutting them as in use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fizzog_core.errors import DataError
from fizzog_core.networks.model_card import CropGeometry
from training.data.sets import SPLITS, Stored

MOSAIC_COLUMNS = 32
LOOSE_PX = 96
"""Side of a stored crop, px: 1.5 sides of the detector's box, whose middle is the crop's."""
BOX_PX = LOOSE_PX / 1.5


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionData(Stored):
    """``crops`` (N, 96, 96) uint8 grey; ``emotion`` (N,) uint8, index into EMOTIONS; ``level_rad`` (N,) float32, angle
    of the line through the eyes, clockwise, 0 where the eyes are unknown; ``split``, ``source``, ``subject`` (N,) str,
    an unknown subject is empty."""

    crops: NDArray[np.uint8]
    emotion: NDArray[np.uint8]
    level_rad: NDArray[np.float32]
    split: NDArray[np.str_]
    source: NDArray[np.str_]
    subject: NDArray[np.str_]


def load_expressions(path: Path) -> ExpressionData:
    """The set from its folder (mosaics and labels.npz) or from an .npz of ``training prepare``. Raises DataError."""
    if path.is_file():
        return ExpressionData.load(path)
    mosaics = sorted(path.glob("faces_*.webp"))
    if not mosaics or not (path / "labels.npz").is_file():
        raise DataError(f"Expected faces_*.webp and labels.npz in {path}, or an .npz of `python -m training prepare`.")
    labels = np.load(path / "labels.npz")
    right, left = labels["landmarks"][:, 0].astype(np.float64), labels["landmarks"][:, 1].astype(np.float64)
    level = np.nan_to_num(np.arctan2(left[:, 1] - right[:, 1], left[:, 0] - right[:, 0]))
    return ExpressionData(
        crops=np.concatenate([_faces(mosaic) for mosaic in mosaics])[: len(level)],
        emotion=labels["emotion"].astype(np.uint8),
        level_rad=level.astype(np.float32),
        split=np.array(SPLITS)[labels["split"]],
        source=labels["source_names"][labels["source"]].astype(str),
        subject=labels["subject"].astype(str),
    )


def _faces(mosaic: Path) -> NDArray[np.uint8]:
    """(n, 96, 96) of a sheet with 32 faces in a row."""
    sheet = np.asarray(Image.open(mosaic).convert("L"))
    rows = len(sheet) // LOOSE_PX
    return sheet.reshape(rows, LOOSE_PX, MOSAIC_COLUMNS, LOOSE_PX).swapaxes(1, 2).reshape(-1, LOOSE_PX, LOOSE_PX)


def square(
    picture: NDArray[np.uint8], middle: tuple[float, float], side: float, angle_rad: float, out: int,
    mirrored: bool = False,
) -> NDArray[np.uint8]:  # fmt: skip
    """The square of ``side`` px around ``middle`` (x, y; 0 = middle of the first pixel), turned by ``angle_rad``, as
    (out, out) uint8. A square that shrinks is sampled finer and averaged; outside the picture its border repeats."""
    finer = max(1, int(np.ceil(side / out - 1e-6)))
    full = out * finer
    step = side / full
    c, s = np.cos(angle_rad) * step, np.sin(angle_rad) * step
    flip = -1.0 if mirrored else 1.0
    half = (full - 1) / 2
    linear = np.array([[c * flip, -s], [s * flip, c]])
    matrix = np.column_stack([linear, np.asarray(middle) - linear @ (half, half)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    face = cv2.warpAffine(picture, matrix, (full, full), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(face, (out, out), interpolation=cv2.INTER_AREA) if finer > 1 else face, np.uint8)


def cut_row(
    data: ExpressionData, row: int, geometry: CropGeometry, out: int, scale: float = 1.0, turn_rad: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0), mirrored: bool = False,
) -> NDArray[np.uint8]:  # fmt: skip
    """Row ``row`` as (out, out) uint8, cut with level eyes as ``fizzog_core.vision.crops`` cuts a face.

    For training, ``scale`` changes the square's side, ``turn_rad`` turns it and ``shift`` moves it by box sides.
    """
    level = float(data.level_rad[row])
    right = np.array([np.cos(level), np.sin(level)])
    down = np.array([-right[1], right[0]])
    middle = (LOOSE_PX - 1) / 2 + BOX_PX * (shift[0] * right + (shift[1] + geometry.shift_down) * down)
    side = BOX_PX * (1 + 2 * geometry.margin) * scale
    return square(data.crops[row], (float(middle[0]), float(middle[1])), side, level + turn_rad, out, mirrored)


def cut(data: ExpressionData, rows: NDArray[np.int64], geometry: CropGeometry, out: int) -> NDArray[np.uint8]:
    """``rows`` as (n, out, out) uint8 in the framing of the served network; no rows give an empty array."""
    faces = [cut_row(data, int(row), geometry, out) for row in rows]
    return np.stack(faces) if faces else np.empty((0, out, out), np.uint8)
