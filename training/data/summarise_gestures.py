"""Derived figures of the gestures: what the hand detector finds, the mean hand of each letter, and duplicates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from fizzog_core.datasets import image_stats
from fizzog_core.labels import GESTURES
from fizzog_core.media import images
from training.data.duplicates import near_pairs, thumbnail
from training.data.sets import GestureData, load_gestures

RELATIONS = ("same signer", "other signer of the source", "other source")
NEIGHBOURS = 8


def gestures(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables of our gestures and their single figures. Raises DataError."""
    data = load_gestures(folder)
    first = pd.read_csv(folder / "manifest.csv", dtype=str, keep_default_na=False)["hand_found"] == "1"
    paths = track(list(data.path), "reading pictures", console=Console(stderr=True))
    small = np.stack([thumbnail(images.read(folder / path)) for path in paths])
    pairs = duplicates(small, data)
    start = pd.DataFrame(
        {
            "row": np.arange(len(small)),
            "split": data.split,
            "source": data.source,
            "signer": data.signer,
            "label": data.label,
            "gesture": np.array(GESTURES)[data.gesture],
            "found_first": first.to_numpy(),
            "found": data.found,
            "handedness": data.handedness,
        }
    )
    rows = pd.concat([start, image_stats.table(small)], axis=1)
    split = random_split(pairs, data)
    return {"rows": rows, "shapes": shapes(data), "duplicates": pairs, "random_split": split}, {}


def duplicates(small: NDArray[np.uint8], data: GestureData) -> pd.DataFrame:
    """Near duplicates among thumbnails ``(N, 48, 48)``; searched once in all rows and once in other sources only.

    Columns: row, other, kind, split, other_split, relation (one of RELATIONS).
    """
    source = pd.factorize(data.source)[0].astype(np.int64)
    found = np.concatenate([near_pairs(small, keep=NEIGHBOURS), near_pairs(small, source, keep=NEIGHBOURS)])
    other, row = np.unique(found, axis=0).T
    same = (small[row] == small[other]).all(axis=(1, 2))
    signer = data.signer[row] == data.signer[other]
    relation = np.select([signer, data.source[row] == data.source[other]], RELATIONS[:2], RELATIONS[2])
    return pd.DataFrame(
        {
            "row": row,
            "other": other,
            "kind": np.where(same, "exact", "near"),
            "split": data.split[row],
            "other_split": data.split[other],
            "relation": relation,
        }
    )


def random_split(pairs: pd.DataFrame, data: GestureData, seed: int = 1) -> pd.DataFrame:
    """Number of test pictures with a duplicate in the training split: split by signer, or at random.

    The random split has the same sizes. Columns: split_by, pictures, with_duplicate, share.
    """
    drawn = np.random.default_rng(seed).permutation(data.split)
    lines = []
    for name, split in (("signer, as given", data.split), ("picture, at random", drawn)):
        one, other = split[pairs["row"]], split[pairs["other"]]
        leaked = set(pairs["row"][(one == "test") & (other == "train")])
        leaked |= set(pairs["other"][(other == "test") & (one == "train")])
        pictures = int((split == "test").sum())
        lines.append((name, pictures, len(leaked), len(leaked) / max(1, pictures)))
    return pd.DataFrame(lines, columns=["split_by", "pictures", "with_duplicate", "share"])


def shapes(data: GestureData) -> pd.DataFrame:
    """The mean hand of each letter: landmarks about their middle, in units of their spread, right hands mirrored.

    Columns: label, landmark 0..20, hands (number), x, y (down).
    """
    points = data.landmarks_px[:, :, :2] * np.where(data.handedness == "Right", [[-1.0], [1.0]], 1.0).T[:, None]
    points = points - points.mean(axis=1, keepdims=True)
    points = points / np.maximum(np.sqrt((points**2).sum(axis=(1, 2), keepdims=True) / 21), 1e-6)
    parts = []
    for label in np.unique(data.label[data.found]):
        own = points[data.found & (data.label == label)]
        mean = own.mean(axis=0).round(4)
        columns = {"label": label, "landmark": np.arange(21), "hands": len(own), "x": mean[:, 0], "y": mean[:, 1]}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
