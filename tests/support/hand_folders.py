"""A folder in the format of the set of whole pictures, with one hand or one false hand in a picture."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from training.data.people import FALSE, REAL, UNCHECKED

SHAPE = np.array(
    [
        (0.5, 0.9), (0.62, 0.82), (0.7, 0.72), (0.76, 0.64), (0.8, 0.56),
        (0.6, 0.55), (0.62, 0.42), (0.63, 0.33), (0.64, 0.25), (0.52, 0.53), (0.52, 0.38), (0.52, 0.28), (0.52, 0.2),
        (0.44, 0.55), (0.43, 0.42), (0.42, 0.32), (0.41, 0.25), (0.37, 0.6), (0.35, 0.5), (0.33, 0.43), (0.32, 0.36),
    ],
    np.float32,
)  # fmt: skip
"""x and y of an upright open hand in 0..1 of a square."""
PICTURES = (
    ("hand", "hands", "train", UNCHECKED, 0), ("once", "hands", "train", UNCHECKED, -1),
    ("false", "negative", "train", FALSE, 1), ("empty", "negative", "validation", None, -1),
    ("tested", "hands", "test", REAL, 2),
)  # fmt: skip
"""Name, kind, split, flag of the hand in it (None: no hand), and its number in the second look (-1: not there)."""
SIZE = 120


def landmarks(low: tuple[float, float] = (30, 40), side: float = 60.0) -> np.ndarray:
    """``(21, 3)`` float32: the hand in the square of that corner and side, z a tenth of x."""
    points = SHAPE * side + np.array(low, np.float32)
    return np.concatenate([points, points[:, :1] / 10], axis=1).astype(np.float32)


def people(root: Path) -> Path:
    """Writes PICTURES of random colours to ``root``; one face, found twice, is in the picture without a hand."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(root / "pictures_00.zip", "w") as archive:
        for name, *_ in PICTURES:
            data = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)).save(data, "JPEG")
            archive.writestr(f"{name}.jpg", data.getvalue())
    with (root / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "shard", "kind", "source", "split"))
        rows.writerows((name, "pictures_00.zip", kind, "tiny", split) for name, kind, split, *_ in PICTURES)
    shown = [(i, flag, other) for i, (_, _, _, flag, other) in enumerate(PICTURES) if flag is not None]
    count = len(shown)
    looks = {
        "hand_picture": np.array([picture for picture, *_ in shown]),
        "hand_box": np.tile(np.array([45, 45, 80, 95], np.float32), (count, 1)),
        "hand_landmarks": np.tile(landmarks(), (count, 1, 1)),
        "hand_flag": np.array([flag for _, flag, _ in shown]),
        "hand_other": np.array([other for *_, other in shown]),
        "hand_side": np.array(["right"] * count),
        "face_picture": np.array([3]),
        "face_box": np.array([[20, 20, 60, 60]], np.float32),
        "face_landmarks": np.zeros((1, 6, 2), np.float32),
        "face_flag": np.array([UNCHECKED]),
        "face_other": np.array([0]),
    }
    for name in ("teacher.npz", "second.npz"):
        np.savez(root / name, **looks)
    return root
