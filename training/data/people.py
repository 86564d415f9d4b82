"""Whole pictures of people, hands and neither, with the faces and hands that a teacher found in them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.media import images
from fizzog_core.types import Box, Frame

UNCHECKED, FALSE, DRAWN, REAL = range(4)
"""A person's judgement of what the teacher found."""
FILES = ("manifest.csv", "teacher.npz", "second.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """A face or hand that the teacher found, in the stored picture's pixels.

    ``landmarks_px``: ``(6, 2)`` of a face, ``(21, 3)`` of a hand. ``twice``: the teacher also found it in a second
    version of the picture, enlarged or mirrored. ``flag``: one of UNCHECKED, FALSE, DRAWN, REAL. ``handedness``: the
    person's own left or right; empty for a face.
    """

    box: Box
    landmarks_px: NDArray[np.float32]
    twice: bool
    flag: int
    handedness: str = ""

    @property
    def certain(self) -> bool:
        """Whether it may be trained on as a real face or hand."""
        return self.twice and self.flag in (UNCHECKED, REAL)


@dataclass(frozen=True, slots=True, eq=False)
class PeoplePicture:
    """A picture ``(H, W, 3)`` uint8 RGB and what the teacher found. ``kind``: people, webcam, hands or negative."""

    name: str
    frame: Frame
    kind: str
    source: str
    split: str
    faces: tuple[Find, ...]
    hands: tuple[Find, ...]


class People:
    """The set in ``folder``: manifest.csv, teacher.npz, second.npz and the zip files of pictures."""

    def __init__(self, folder: Path) -> None:
        """Raises DataError if a file is missing."""
        for name in FILES:
            if not (folder / name).is_file():
                raise DataError(f"Expected {', '.join(FILES)} in {folder}; {name} is missing.")
        self._folder = folder
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            self._rows = list(csv.DictReader(file))
        self._first, self._second = (dict(np.load(folder / name)) for name in FILES[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def pictures(self, *splits: str) -> Iterator[PeoplePicture]:
        """The pictures of ``splits`` in the order of the manifest. Raises PictureError for an unreadable picture."""
        shards = {row["shard"] for row in self._rows}
        archives = {shard: zipfile.ZipFile(self._folder / shard) for shard in shards}
        try:
            for index, row in enumerate(self._rows):
                if row["split"] in splits:
                    frame = images.decode(archives[row["shard"]].read(f"{row['id']}.jpg"))
                    found = (self._found("face", index), self._found("hand", index))
                    yield PeoplePicture(row["id"], frame, row["kind"], row["source"], row["split"], *found)
        finally:
            for archive in archives.values():
                archive.close()

    def _found(self, kind: str, index: int) -> tuple[Find, ...]:
        rows: NDArray[np.intp] = np.flatnonzero(self._first[f"{kind}_picture"] == index)
        return tuple(
            Find(
                box=Box(*self._first[f"{kind}_box"][row].tolist()),
                landmarks_px=self._first[f"{kind}_landmarks"][row],
                twice=bool(self._first[f"{kind}_other"][row] >= 0),
                flag=int(self._first[f"{kind}_flag"][row]),
                handedness=str(self._first["hand_side"][row]) if kind == "hand" else "",
            )
            for row in rows
        )
