"""Folders of hand pictures in the formats that `training prepare gestures` reads."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from training.data import prepare_gestures


def alphabet(root: Path, frames: int = 40) -> Path:
    """Writes Kaggle's 29 folders with numbered frames; pictures of "nothing" are black."""
    for index, label in enumerate(prepare_gestures.KAGGLE_LABELS):
        folder = root / "asl_alphabet_train" / label
        folder.mkdir(parents=True)
        for number in range(1, frames + 1):
            color = 0 if label == "nothing" else 100 + index
            Image.new("RGB", (6, 6), (color, number, 0) if color else (0, 0, 0)).save(folder / f"{label}{number}.png")
    return root / "asl_alphabet_train"


def manifest(root: Path, **changes: list[str]) -> Path:
    """Writes three pictures with landmarks; ``changes`` replaces whole columns of the manifest."""
    rows = {
        "path": ["pictures/1.png", "pictures/2.png", "pictures/3.png"], "source": ["s"] * 3, "signer": ["a", "b", "c"],
        "label": ["A", "V", "K"], "gesture": ["A", "V", "none"], "width": ["10"] * 3, "height": ["20"] * 3,
        "split": ["train", "validation", "test"],
    } | changes  # fmt: skip
    (root / "pictures").mkdir()
    for number in (1, 2, 3):
        Image.new("RGB", (10, 20), (number, 50, 0)).save(root / "pictures" / f"{number}.png")
    pd.DataFrame(rows).to_csv(root / "manifest.csv", index=False)
    unit, retry = np.full((3, 21, 3), np.nan, np.float32), np.full((3, 21, 3), np.nan, np.float32)
    unit[0], retry[1] = 0.5, 0.25
    np.savez(root / "landmarks.npz", path=np.array(rows["path"]), landmarks_unit=unit, landmarks_retry=retry,
             handedness=np.array(["Left", "", ""]), handedness_retry=np.array(["", "Right", ""]))  # fmt: skip
    return root / "manifest.csv"
