"""A visitor's own data set, in memory only: a csv like FER2013's or Kaggle's keypoints, or a zip of class folders."""

from __future__ import annotations

import csv
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.datasets import csv_format
from fizzog_core.errors import DataError, PictureError
from fizzog_core.labels import EMOTIONS
from fizzog_core.media import images
from fizzog_core.runtime.paths import short_text

MAX_FILE_BYTES = 20_000_000
MAX_ROWS = 5_000
MAX_PICTURES = 1_000
MAX_PICTURE_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_PICTURE_PIXELS = 12_000_000
MAX_ZIP_PIXELS = 200_000_000
"""Pixels of all pictures of a zip together."""
MAX_ZIP_S = 40.0
"""Seconds for the pictures of a zip."""
MAX_CLASSES = 50
MAX_LABEL = 60
"""Longest name of a class folder."""
ZIP_SIDE = 96
"""Pictures of a zip are compared as grey squares of this side."""
UNSPLIT = "all"
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What ``zipfile`` raises on damaged, encrypted or unusually packed members."""


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """``pictures`` ``(N, S, S)`` uint8 grey; ``label`` and ``split`` ``(N,)`` str; ``where`` each came from ("row 3" or
    a file's name); ``points_px`` ``(N, 15, 2)`` for keypoints, else None; ``refused``: columns where and reason."""

    kind: Literal["fer2013", "keypoints", "folders"]
    pictures: NDArray[np.uint8]
    label: NDArray[np.str_]
    split: NDArray[np.str_]
    where: NDArray[np.str_]
    refused: pd.DataFrame
    points_px: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    picture: NDArray[np.uint8]
    label: str
    split: str = UNSPLIT
    points: NDArray[np.float32] | None = None


def read(data: bytes) -> Upload:
    """The data set in an uploaded file. Its format is detected from its bytes, not its name. Raises DataError."""
    if not data:
        raise DataError("The file is empty (0 bytes). Expected a csv or a zip of class folders.")
    if len(data) > MAX_FILE_BYTES:
        raise DataError(
            f"The file has {len(data) / 1e6:.0f} MB. Expected at most {MAX_FILE_BYTES / 1e6:.0f} MB; cut it down."
        )
    return _from_zip(data) if data.startswith(b"PK") else _from_csv(data)


def _from_csv(data: bytes) -> Upload:
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        table.fieldnames = names = [name.strip() for name in table.fieldnames or []]
        if {"emotion", "pixels"} <= set(names):
            return _collect("fer2013", _csv_rows(table, _fer2013_row))
        if {"Image", *csv_format.KEYPOINT_COLUMNS} <= set(names):
            return _collect("keypoints", _csv_rows(table, _keypoint_row))
    except UnicodeDecodeError:
        raise DataError("The file is neither a zip nor a csv in UTF-8. Expected one of the two.") from None
    except csv.Error as error:
        raise DataError(f"The file is not a csv: {error}. Save it as csv with commas.") from None
    raise DataError(
        "The csv is of neither format: expected the columns emotion, pixels (and Usage) of FER2013, or the 30 point "
        f"columns and Image of Kaggle's keypoints; it has {', '.join(names[:6]) or 'none'}. Rename the columns."
    )


def _csv_rows(table: csv.DictReader, read_row: Callable[[dict[str, str]], _Row]) -> Iterator[tuple[str, _Row | str]]:
    for number, row in enumerate(table, start=1):
        if number > MAX_ROWS:
            yield f"row {number} and later", f"only the first {MAX_ROWS:,} rows are read"
            return
        try:
            if None in row or None in row.values():
                raise ValueError("it has more or fewer cells than the header")
            yield f"row {number}", read_row(row)
        except ValueError as error:
            yield f"row {number}", str(error)


def _fer2013_row(row: dict[str, str]) -> _Row:
    split = csv_format.USAGES[csv_format.usage(row["Usage"])] if "Usage" in row else UNSPLIT
    return _Row(
        csv_format.pixels(row["pixels"], csv_format.FACE_SIDE), EMOTIONS[csv_format.label(row["emotion"])], split
    )


def _keypoint_row(row: dict[str, str]) -> _Row:
    return _Row(csv_format.pixels(row["Image"], csv_format.KEYPOINT_SIDE), "face", points=csv_format.points(row))


def _from_zip(data: bytes) -> Upload:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not _is_folder(info) and not _is_hidden(info)]
            _check_size(members)
            return _collect("folders", _zip_rows(archive, members))
    except _ZIP_ERRORS as error:
        raise DataError(f"The zip is damaged ({error}). Pack it again without a password.") from None


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The member's path. Some programs on Windows write ``\\`` between folders, against the zip format."""
    return PurePosixPath(info.filename.replace("\\", "/"))


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _is_hidden(info: zipfile.ZipInfo) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in _path(info).parts)


def _check_size(members: list[zipfile.ZipInfo]) -> None:
    """Refuse a zip by the sizes in its directory; ``_unpacked`` enforces them for each member."""
    total = sum(info.file_size for info in members)
    if len(members) > MAX_PICTURES or total > MAX_UNPACKED_BYTES:
        raise DataError(
            f"The zip holds {len(members):,} files of {total / 1e6:,.0f} MB. Expected at most {MAX_PICTURES:,} of "
            f"{MAX_UNPACKED_BYTES / 1e6:.0f} MB unpacked; take fewer or smaller pictures."
        )
    classes = {_path(info).parent.name for info in members}
    if len(classes) > MAX_CLASSES:
        raise DataError(f"The zip holds {len(classes):,} folders. Expected at most {MAX_CLASSES} classes.")


def _zip_rows(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[tuple[str, _Row | str]]:
    start_s, pixels = time.monotonic(), 0
    for number, info in enumerate(members):
        where, label = short_text(info.filename), _path(info).parent.name
        if pixels > MAX_ZIP_PIXELS or time.monotonic() - start_s > MAX_ZIP_S:
            limits = f"{MAX_ZIP_PIXELS / 1e6:.0f} megapixels or {MAX_ZIP_S:.0f} s, which are the limits"
            yield f"{where} and later", f"the first {number:,} files take more than {limits}; use smaller pictures"
            return
        try:
            if not label:
                raise ValueError("it lies in no folder; the folder's name is the class")
            if len(label) > MAX_LABEL:
                raise ValueError(f"its folder's name, the class, has more than {MAX_LABEL} characters")
            frame = images.decode(_unpacked(archive, info), max_pixels=MAX_PICTURE_PIXELS)
        except (ValueError, PictureError, *_ZIP_ERRORS) as error:
            yield where, str(error)
            continue
        pixels += frame.shape[0] * frame.shape[1]
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        small = np.asarray(cv2.resize(grey, (ZIP_SIDE, ZIP_SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        yield where, _Row(small, label)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The member's bytes, at most MAX_PICTURE_BYTES, whatever size its header states."""
    with archive.open(info) as member:
        data = member.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise ValueError(f"it has more than {MAX_PICTURE_BYTES / 1e6:.0f} MB unpacked")
    return data


def _collect(kind: Literal["fer2013", "keypoints", "folders"], rows: Iterator[tuple[str, _Row | str]]) -> Upload:
    kept: list[tuple[str, _Row]] = []
    refused: list[tuple[str, str]] = []
    for where, row in rows:
        if isinstance(row, _Row):
            kept.append((where, row))
        else:
            refused.append((where, row))
    if not kept:
        first = f" The first: {refused[0][0]}: {refused[0][1]}." if refused else ""
        raise DataError(f"The file has no usable row; {len(refused):,} were refused.{first} Mend them and retry.")
    points = [row.points for _, row in kept if row.points is not None]
    return Upload(
        kind=kind,
        pictures=np.stack([row.picture for _, row in kept]),
        label=np.array([row.label for _, row in kept]),
        split=np.array([row.split for _, row in kept]),
        where=np.array([where for where, _ in kept]),
        refused=pd.DataFrame(refused, columns=["where", "reason"]),
        points_px=np.stack(points) if points else None,
    )
