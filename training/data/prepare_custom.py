"""Converts a user's pictures, one folder per label, to rows that a training run can add."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, GESTURE_LETTERS, GESTURES
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.vision import crops
from training.data.csv_readers import FACE_SIDE
from training.data.duplicates import thumbnail
from training.data.image_folders import Finder, Seen, label_folders, largest, list_checksum, read_all
from training.data.prepare_gestures import KAGGLE_LABELS, HandRow, stack
from training.data.reports import Refusal, Report
from training.data.sets import EmotionData, GestureData

SOURCE = "custom"


def gesture_of(label: str) -> str | None:
    """The gesture of a folder named after a gesture or a letter of the ASL alphabet; None for other names."""
    if label.lower() in GESTURES:
        return label.lower()
    letters = {name.upper() for name in KAGGLE_LABELS}
    return GESTURE_LETTERS.get(label.upper(), "none") if label.upper() in letters else None


def emotion_of(label: str) -> str | None:
    """The emotion of a folder named after one; None for other names."""
    return label.lower() if label.lower() in EMOTIONS else None


def task_of(labels: list[str]) -> str:
    """``emotion`` or ``gesture``: the task that every folder's name belongs to. Raises DataError if there is none."""
    for task, meaning in (("emotion", emotion_of), ("gesture", gesture_of)):
        if all(meaning(label) for label in labels):
            return task
    raise DataError(
        f"The folders are called {', '.join(labels)}. Expected emotions only ({', '.join(EMOTIONS)}) or hands only "
        f"({', '.join(GESTURES)}, or letters of the ASL alphabet). Rename or move the others."
    )


def faces(folder: Path, finder: Finder, geometry: CropGeometry, report: Report) -> tuple[EmotionData, Seen]:
    """The largest face of each picture, cut with the emotion network's crop geometry, grey, 48x48; training rows.

    Unreadable pictures and pictures without a face are refused. Raises DataError if none is left.
    """
    folders = label_folders(folder)
    pixels, labels, names, thumbnails, keys = [], [], [], [], []
    for path, frame, key in read_all([f for files in folders.values() for f in files], folder, report.refused):
        face = largest(finder.find_faces(frame))
        if face is None:
            report.refused.append(Refusal(path.relative_to(folder).as_posix(), "no face was found"))
            continue
        crop = crops.cut(frame, face, geometry, FACE_SIDE)
        pixels.append(cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY))
        labels.append(EMOTIONS.index(path.parent.name.lower()))
        names.append(path.relative_to(folder).as_posix())
        thumbnails.append(thumbnail(frame))
        keys.append(key)
    if not pixels:
        raise DataError(f"No face was found in any picture of {folder}. Check the pictures.")
    report.inputs[folder.name] = list_checksum(names, keys)
    data = EmotionData(np.stack(pixels), np.array(labels, dtype=np.uint8), np.zeros(len(labels), dtype=np.uint8))
    return data, Seen.of(thumbnails, keys)


def hands(folder: Path, finder: Finder, report: Report) -> tuple[GestureData, Seen]:
    """Landmarks of the largest hand of each picture; training rows.

    Unreadable pictures and pictures without a hand are refused. Raises DataError if none is left.
    """
    folders = label_folders(folder)
    rows = []
    for path, frame, key in read_all([f for files in folders.values() for f in files], folder, report.refused):
        name, label = path.relative_to(folder).as_posix(), path.parent.name
        hand = largest(finder.find_hands(frame))
        if hand is None:
            report.refused.append(Refusal(name, "no hand was found"))
            continue
        gesture = gesture_of(label)
        assert gesture is not None, "task_of has checked every folder"
        rows.append(HandRow(hand, gesture, label, name, "train", thumbnail(frame), key))
    report.inputs[folder.name] = list_checksum([row.path for row in rows], [row.digest for row in rows])
    return stack(rows, SOURCE)
