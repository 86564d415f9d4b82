"""Reads folders of pictures: one folder per label, files sorted by number, checksums, unreadable files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from fizzog_core.errors import DataError, PictureError
from fizzog_core.media import images
from fizzog_core.types import Detection, Frame
from training.data.duplicates import SIDE, digest
from training.data.reports import Refusal


class Finder(Protocol):
    """The methods of ``fizzog_core.vision.detector.Detector`` that data preparation uses."""

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]: ...

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """``thumbnails`` ``(N, 48, 48)`` uint8 and ``digests`` of the N files that were read."""

    thumbnails: NDArray[np.uint8]
    digests: list[bytes]

    @staticmethod
    def of(thumbnails: Sequence[NDArray[np.uint8]], digests: list[bytes]) -> Seen:
        stacked = np.array(thumbnails, dtype=np.uint8).reshape(-1, SIDE, SIDE)
        return Seen(stacked, digests)


def label_folders(folder: Path) -> dict[str, list[Path]]:
    """The files of each subfolder of ``folder``, sorted by number, without hidden files.

    If ``folder`` contains a folder of the same name, as an unpacked archive does, that one is read.
    Raises DataError if there are no folders.
    """
    if (folder / folder.name).is_dir():
        folder = folder / folder.name
    if not folder.is_dir():
        raise DataError(f"No folder at {folder}. Expected a folder with one folder of pictures per label.")
    found = {
        inner.name: sorted((f for f in inner.iterdir() if f.is_file() and not f.name.startswith(".")), key=_natural)
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and not inner.name.startswith(".")
    }
    if not found:
        raise DataError(f"{folder} holds no folders. Expected one folder of pictures per label.")
    return found


def frame_number(path: Path) -> int | None:
    """The last number in a file's name, 17 for A17.jpg; None if it has none."""
    numbers = re.findall(r"\d+", path.stem)
    return int(numbers[-1]) if numbers else None


def read_all(paths: Iterable[Path], root: Path, refused: list[Refusal]) -> Iterator[tuple[Path, Frame, bytes]]:
    """Each readable picture its frame and its file's digest; appends the others to ``refused``. Shows progress."""
    for path in track(list(paths), "reading pictures", console=Console(stderr=True)):
        try:
            data = path.read_bytes()
            yield path, images.decode(data), digest(data)
        except OSError as error:
            refused.append(Refusal(path.relative_to(root).as_posix(), error.strerror or str(error)))
        except PictureError as error:
            refused.append(Refusal(path.relative_to(root).as_posix(), str(error)))


def list_checksum(names: Sequence[str], digests: Sequence[bytes]) -> str:
    """SHA-256 (hexadecimal) of a list of files: of the lines "name digest", sorted by name."""
    lines = sorted(f"{name} {key.hex()}\n" for name, key in zip(names, digests, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def largest(found: Sequence[Detection]) -> Detection | None:
    """The detection with the largest box, None if there is none."""
    return max(found, key=lambda detection: detection.box.width * detection.box.height, default=None)


def _natural(path: Path) -> tuple[int, str]:
    number = frame_number(path)
    return (-1 if number is None else number, path.name)
