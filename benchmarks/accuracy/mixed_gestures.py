"""Measures whether pixels improve the gesture network of landmarks. Prints a JSON line for each weight of the pixels.

python -m benchmarks.accuracy.mixed_gestures --data ../shared/data/gestures

Combines stored predictions for the test split: those of the landmark network and those of ``baseline_gesture_vgg16``,
whose input is the hand's pixels. Rows are detected hands of the four letters; the combination is a weighted mean.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from benchmarks.peers.workers import ROOT
from fizzog_core.labels import GESTURE_LETTERS, GESTURES
from training.data.sets import load_gestures

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def main(data: Annotated[Path, typer.Option(help="The gestures' folder.")]) -> None:
    letters = np.flatnonzero(np.isin(np.char.upper(load_gestures(data).label), list(GESTURE_LETTERS)))
    landmarks = pd.read_parquet(ROOT / "models" / "gesture" / "predictions.parquet").query("split == 'test' and found")
    pixels = pd.read_parquet(ROOT / "models" / "gesture" / "runs" / "baseline_gesture_vgg16" / "predictions.parquet")
    pixels = pixels.query("split == 'test'").assign(row=lambda table: letters[table["row"]], none=0.0)
    both = landmarks.merge(pixels, on="row", suffixes=("", "_of_pixels"), validate="one_to_one")
    truth = both["label"].map(GESTURES.index)
    answers = [both[[name + ending for name in GESTURES]].to_numpy() for ending in ("", "_of_pixels")]
    for share in SHARES:
        wrong = ((1 - share) * answers[0] + share * answers[1]).argmax(axis=1) != truth
        print(json.dumps({"share_of_pixels": share, "hands": len(both), "wrong": int(wrong.sum())}))


if __name__ == "__main__":
    typer.run(main)
