"""Landmarks of hands: from Kaggle's folders of ASL letters, and from our set with its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.labels import GESTURE_LETTERS, GESTURES
from fizzog_core.types import Detection
from training.data import splits
from training.data.duplicates import thumbnail
from training.data.image_folders import Finder, Seen, frame_number, label_folders, largest, list_checksum, read_all
from training.data.reports import Refusal, Report
from training.data.sets import SPLITS, GestureData, load_gestures

SplitName = Literal["first-2400", "blocks"]
KAGGLE_LABELS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "del", "nothing", "space")
SIGNER = "asl_alphabet"
"""Signer of every row of Kaggle's set. It shows one person, so no split of it measures accuracy on other hands."""
_MANIFEST = ("path", "source", "signer", "label", "gesture", "width", "height", "split")
_NO_LANDMARKS = np.zeros((21, 3), dtype=np.float32)
_MIRRORED = {"left": "Right", "right": "Left", None: ""}
"""The detector's handedness -> MediaPipe's name, that of the mirrored picture, which GestureData keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class HandRow:
    """One picture and its largest detected hand, None if there is none."""

    hand: Detection | None
    gesture: str
    label: str
    path: str
    split: str
    thumbnail: NDArray[np.uint8]
    digest: bytes


def stack(rows: Sequence[HandRow], source: str) -> tuple[GestureData, Seen]:
    """The rows of one source and signer as arrays. Raises DataError if there are none."""
    if not rows:
        raise DataError("No picture could be used. Check the folder and the report of what was refused.")
    landmarks = [None if row.hand is None else row.hand.landmarks_px for row in rows]
    data = GestureData(
        landmarks_px=np.stack([_NO_LANDMARKS if points is None else points for points in landmarks]),
        found=np.array([points is not None for points in landmarks]),
        gesture=np.array([GESTURES.index(row.gesture) for row in rows], dtype=np.int64),
        label=np.array([row.label for row in rows]),
        signer=np.full(len(rows), source),
        source=np.full(len(rows), source),
        split=np.array([row.split for row in rows]),
        path=np.array([row.path for row in rows]),
        handedness=np.array([_MIRRORED[row.hand.handedness if row.hand else None] for row in rows]),
    )
    return data, Seen.of([row.thumbnail for row in rows], [row.digest for row in rows])


def from_letters(
    folder: Path, split: SplitName, limit: int | None, finder: Finder, report: Report
) -> tuple[GestureData, Seen]:
    """Kaggle's asl_alphabet_train: 29 folders of numbered frames; A, F, L, V are the gestures, the others "none".

    ``limit``: largest number of frames of each letter, evenly spaced. Rows without a hand stay, with ``found`` False.
    Raises DataError if a letter's folder is missing.
    """
    letters = label_folders(folder)
    missing = [label for label in KAGGLE_LABELS if label not in letters]
    if missing:
        raise DataError(f"{folder} lacks {len(missing)} of Kaggle's 29 folders: {', '.join(missing)}.")
    homes: dict[Path, str] = {}
    for label in KAGGLE_LABELS:
        homes |= _numbered(letters[label], split, limit, report)
    report.notes.append(f"frames left out in the gaps between the splits: {list(homes.values()).count(''):,}")
    homes = {path: home for path, home in homes.items() if home}
    rows = []
    for path, frame, key in read_all(homes, folder, report.refused):
        name, label, hand = path.relative_to(folder).as_posix(), path.parent.name, largest(finder.find_hands(frame))
        gesture = GESTURE_LETTERS.get(label, "none")
        rows.append(HandRow(hand, gesture, label, name, homes[path], thumbnail(frame), key))
    report.inputs[folder.name] = list_checksum([row.path for row in rows], [row.digest for row in rows])
    data, seen = stack(rows, SIGNER)
    report.notes.append("one signer: the split parts frames, not people; measure on other hands")
    report.notes.append(_missed(data))
    return data, seen


def _numbered(files: Sequence[Path], split: SplitName, limit: int | None, report: Report) -> dict[Path, str]:
    """The split of each used file of one letter, from its frame number; "" in a gap between two splits."""
    numbered = [(path, number) for path in files if (number := frame_number(path)) is not None]
    for path in sorted(set(files) - {path for path, _ in numbered}):
        report.refused.append(Refusal(f"{path.parent.name}/{path.name}", "its name has no frame number"))
    numbers = np.array([number for _, number in numbered], dtype=np.int64)
    homes = splits.first_frames(numbers) if split == "first-2400" else splits.blocks(numbers)
    count = len(numbered)
    chosen = np.linspace(0, count - 1, min(count, limit or count)).round().astype(int).tolist()
    return {numbered[index][0]: str(homes[index]) for index in chosen}


def from_manifest(manifest: Path, report: Report) -> tuple[GestureData, Seen]:
    """Our set: ``manifest.csv`` beside ``landmarks.npz`` and the pictures that it lists.

    Raises DataError if a row of the manifest is wrong or a signer is in two splits; unreadable pictures are refused.
    """
    _check_manifest(manifest)
    root = manifest.parent
    data = load_gestures(root)
    shared = splits.straddling(data.signer, data.split)
    if shared:
        raise DataError(f"{manifest}: signers in more than one split: {', '.join(shared)}. Give each one split only.")
    thumbnails, digests, names = [], [], []
    for path, frame, key in read_all([root / name for name in data.path.tolist()], root, report.refused):
        thumbnails.append(thumbnail(frame))
        digests.append(key)
        names.append(path.relative_to(root).as_posix())
    report.inputs["pictures"] = list_checksum(names, digests)
    readable = set(names)
    data = taken(data, np.array([name in readable for name in data.path.tolist()]))
    report.notes.append(_missed(data))
    return data, Seen.of(thumbnails, digests)


def taken(data: GestureData, keep: NDArray[np.bool_]) -> GestureData:
    """The rows of ``data`` where ``keep`` ``(N,)`` is true."""
    return GestureData(**{field.name: getattr(data, field.name)[keep] for field in fields(data)})


def _check_manifest(manifest: Path) -> None:
    try:
        table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{manifest} is not a manifest: {error}. Expected a csv with {', '.join(_MANIFEST)}.") from None
    missing = [name for name in _MANIFEST if name not in table]
    if missing or not len(table):
        raise DataError(
            f"{manifest}: expected rows with {', '.join(_MANIFEST)}; missing: {', '.join(missing) or 'all rows'}."
        )
    good = {
        "gesture": table["gesture"].isin([*GESTURE_LETTERS, "none"]),
        "split": table["split"].isin(SPLITS),
        "width": table["width"].str.fullmatch(r"[1-9]\d*"),
        "height": table["height"].str.fullmatch(r"[1-9]\d*"),
        "signer": table["signer"] != "",
        "path": ~table["path"].duplicated() & ~table["path"].str.contains(r"^/|\.\.", regex=True),
    }
    for column, right in good.items():
        if not right.all():
            row = int(np.argmin(right.to_numpy(bool)))
            raise DataError(
                f"{manifest}, row {row + 1}: {table[column][row]!r} is not a valid {column}. Correct the row."
            )


def _missed(data: GestureData) -> str:
    shares = []
    for index, name in enumerate(GESTURES):
        chosen = data.gesture == index
        if chosen.any():
            shares.append(f"{name} {int((~data.found[chosen]).sum()):,} of {int(chosen.sum()):,}")
    return "no hand found: " + ", ".join(shares)
