"""Reads the public csv files row by row and lists each bad row with its number and the reason."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import open as open_with_progress

from fizzog_core.datasets import csv_format
from fizzog_core.datasets.csv_format import FACE_SIDE, KEYPOINT_COLUMNS, KEYPOINT_SIDE
from fizzog_core.errors import DataError
from training.data.reports import Refusal
from training.data.sets import USAGES, VOTE_NAMES, EmotionData, KeypointData

PUBLISHED_COUNTS = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
"""Rows of FER2013 (Goodfellow et al. 2013)."""

Row = TypeVar("Row")


def fer2013(path: Path) -> tuple[EmotionData, NDArray[np.int64], list[Refusal]]:
    """FER2013 as Kaggle distributes it: columns emotion, pixels, Usage in any order.

    Returns the data, the 0-based row ``(N,)`` of each kept row in the file, and the rows that were refused.
    Raises DataError if the file is no such csv.
    """

    def read(row: dict[str, str]) -> tuple[NDArray[np.uint8], int, int]:
        pixels = csv_format.pixels(row["pixels"], FACE_SIDE)
        return pixels, csv_format.label(row["emotion"]), csv_format.usage(row["Usage"])

    rows, numbers, refused = _read(path, ("emotion", "pixels", "Usage"), read)
    data = EmotionData(
        pixels=np.stack([pixels for pixels, _, _ in rows]),
        emotion=np.array([emotion for _, emotion, _ in rows], dtype=np.uint8),
        usage=np.array([usage for _, _, usage in rows], dtype=np.uint8),
    )
    return data, numbers, refused


def check_published(data: EmotionData) -> None:
    """Raise DataError unless each usage has its published number of rows."""
    found = {name: int((data.usage == index).sum()) for index, name in enumerate(USAGES)}
    if found != PUBLISHED_COUNTS:
        said = ", ".join(f"{name} {count:,} (expected {PUBLISHED_COUNTS[name]:,})" for name, count in found.items())
        raise DataError(f"This is not the whole of FER2013: {said}. Get the full file, or pass --partial to use it.")


def ferplus(path: Path, data: EmotionData, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The ten votes ``(N, 10)`` uint8 of FER+ (Barsoum et al. 2016) for the rows ``numbers`` of FER2013's file.

    The csv has FER2013's rows in the same order. Raises DataError if a row is bad or of another usage.
    """

    def read(row: dict[str, str]) -> tuple[str, list[int]]:
        votes = [int(row[name]) for name in VOTE_NAMES]
        if not all(0 <= vote <= 255 for vote in votes):
            raise ValueError(f"expected votes from 0 to 255, got {votes}")
        return row["Usage"].strip(), votes

    rows, _, refused = _read(path, ("Usage", *VOTE_NAMES), read)
    if refused:
        raise DataError(f"{path}, {refused[0].where}: {refused[0].reason}. Get fer2013new.csv again.")
    last = int(numbers.max()) + 1
    if len(rows) < last or any(rows[n][0] != USAGES[u] for n, u in zip(numbers, data.usage, strict=True)):
        raise DataError(
            f"{path} does not belong to this FER2013: expected at least {last:,} rows with the same usages in the "
            f"same order, got {len(rows):,}. Use fer2013new.csv of FER+ with the original fer2013.csv."
        )
    return np.array([votes for _, votes in rows], dtype=np.uint8)[numbers]


def keypoints(path: Path) -> tuple[KeypointData, list[Refusal]]:
    """Kaggle's training.csv, or a csv of the same format: ``<name>_x``, ``<name>_y`` and Image, in any order.

    Empty cells become NaN. ``subject`` is "row <number>" and ``split`` is empty, because the file has neither.
    Raises DataError if the file is no such csv.
    """

    def read(row: dict[str, str]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        return csv_format.pixels(row["Image"], KEYPOINT_SIDE), csv_format.points(row)

    rows, numbers, refused = _read(path, (*KEYPOINT_COLUMNS, "Image"), read)
    data = KeypointData(
        pixels=np.stack([pixels for pixels, _ in rows]),
        keypoints_px=np.stack([points for _, points in rows]),
        rim=0,
        subject=np.array([f"row {number + 1}" for number in numbers]),
        source=np.full(len(rows), path.name),
        split=np.full(len(rows), "", dtype="<U10"),
    )
    return data, refused


def _read(
    path: Path, columns: tuple[str, ...], read: Callable[[dict[str, str]], Row]
) -> tuple[list[Row], NDArray[np.int64], list[Refusal]]:
    """The result of ``read`` for each row, the 0-based numbers of those rows, and a Refusal for each ValueError."""
    kept, numbers, refused = [], [], []
    for number, row in enumerate(_rows(path, columns)):
        try:
            if None in row.values() or None in row:
                raise ValueError("it has more or fewer cells than the header")
            kept.append(read(row))
            numbers.append(number)
        except ValueError as error:
            refused.append(Refusal(f"row {number + 1}", str(error)))
    if not kept:
        why = f"; row 1: {refused[0].reason}" if refused else ""
        raise DataError(f"{path} has no usable row: {len(refused):,} were refused{why}.")
    return kept, np.array(numbers, dtype=np.int64), refused


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with open_with_progress(
            path, "rt", encoding="utf-8-sig", newline="", description=f"reading {path.name}",
            console=Console(stderr=True),
        ) as file:  # fmt: skip
            table = csv.DictReader(file)
            table.fieldnames = [name.strip() for name in table.fieldnames or []]
            missing = [name for name in columns if name not in table.fieldnames]
            if missing:
                named = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
                raise DataError(f"{path} lacks {len(missing)} of {len(columns)} columns: {named}. Check the file.")
            yield from table
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}. Check the name.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a csv file: {error}. Unpack it first if it is an archive.") from None
