"""Measures the reading against a person's resting face on sources with neutral pictures of each person. Prints a table.

python -m benchmarks.accuracy.resting_face --expressions FOLDER [--network FILE.keras]

Five readings of each picture: plain; against another neutral picture of the same person in the same view ("relaxed", as
after a request); against the median of a sequence of the person's pictures, half of them neutral ("running"); the same
without neutral pictures ("never at rest"); and against the mean of all neutral pictures ("everybody's"). Rows are of
people with two neutral pictures or more. The published network was trained on most of these people; --network takes one
that was not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.evaluation.curves import calibration_error, reliability
from fizzog_core.labels import EMOTIONS
from fizzog_core.tracking.resting_face import SHARE, logits, read_against
from training.data.expressions import ExpressionData, load_expressions
from training.evaluation import metrics, two_heads
from training.evaluation.card_texts import EMOTION
from training.fit.targets import CLASSES

NEUTRAL = EMOTIONS.index("neutral")
READINGS = ("plain", "relaxed", "running", "never at rest", "everybody's")


def people(data: ExpressionData, source: str, views: NDArray[np.str_]) -> list[NDArray[np.int64]]:
    """Rows of each person of ``source`` in one view, of those with at least two neutral pictures there."""
    own = np.flatnonzero(data.source == source)
    keys = np.char.add(np.char.add(data.subject[own], "/"), views[own])
    groups = [own[keys == key] for key in np.unique(keys)]
    return [rows for rows in groups if (data.emotion[rows] == NEUTRAL).sum() >= 2]


def read(
    given: NDArray, neutral: NDArray[np.bool_], everybody: NDArray, share: float, rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Probabilities (N, 7) of one person's pictures in each of READINGS. The neutral picture that stands for the
    relaxed face is another one than the picture that is read. ``everybody``: (7,) mean neutral logits."""
    own = np.array([logits(p) for p in given])
    rest, moved = np.flatnonzero(neutral), np.flatnonzero(~neutral)
    running = own[moved] if not len(moved) else own[np.concatenate([moved, rng.choice(rest, len(moved))])]
    found: dict[str, list[NDArray]] = {name: [] for name in READINGS}
    for i in range(len(given)):
        references = {
            "relaxed": own[rest[rest != i][0]],
            "running": np.median(running, axis=0) if len(moved) else own[rest].mean(axis=0),
            "never at rest": np.median(own[moved if len(moved) else rest], axis=0),
            "everybody's": everybody,
        }
        found["plain"].append(given[i])
        for name, resting in references.items():
            found[name].append(read_against(given[i], resting, share))
    return {name: np.array(values, np.float64) for name, values in found.items()}


def show(source: str, readings: dict[str, NDArray], labels: NDArray, persons: NDArray) -> None:
    moved = labels != NEUTRAL

    def six(name: str, rows: NDArray) -> float:
        rows = rows[moved[rows]]
        return metrics.balanced_accuracy(labels[rows], readings[name].argmax(axis=1)[rows], CLASSES)

    for name, given in readings.items():
        gain = metrics.interval(lambda rows, n=name: six(n, rows) - six("plain", rows), persons, "")
        answers = given.argmax(axis=1)
        error = calibration_error(reliability(given, labels))
        print(
            f"| {source} | {len(labels)} | {name} | {100 * six(name, np.arange(len(labels))):.1f} | "
            f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f}) | "
            f"{100 * (answers[~moved] == NEUTRAL).mean():.1f} | "
            f"{100 * metrics.balanced_accuracy(labels, answers, CLASSES):.1f} | {100 * error:.1f} |"
        )


def main(
    expressions: Annotated[Path, typer.Option(help="Folder of the expression sources.")],
    network: Annotated[Path | None, typer.Option(help="A .keras file; the published network if left out.")] = None,
    share: Annotated[float, typer.Option(help="Share of the resting logits that is subtracted.")] = SHARE,
) -> None:
    data = load_expressions(expressions)
    views = np.load(expressions / "labels.npz")["view"].astype(str)
    model = keras.saving.load_model(network or settings.get().models / "emotion" / "model.keras", compile=False)
    rng = np.random.default_rng(0)
    print("| source | rows | reading | six expressions | gain | neutral | all seven | calibration error |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for source in ("kdef", "ckplus"):
        groups = people(data, source, views)
        rows = np.concatenate(groups)
        given = two_heads.on_rows(model, data, rows, EMOTION.crop)
        parts = np.split(given, np.cumsum([len(group) for group in groups])[:-1])
        still = data.emotion[rows] == NEUTRAL
        everybody = np.mean([logits(p) for p in given[still]], axis=0)
        neutral = np.split(still, np.cumsum([len(group) for group in groups])[:-1])
        each = [read(p, rest, everybody, share, rng) for p, rest in zip(parts, neutral, strict=True)]
        readings = {name: np.concatenate([one[name] for one in each]) for name in READINGS}
        show(source, readings, data.emotion[rows].astype(np.int64), data.subject[rows])


if __name__ == "__main__":
    typer.run(main)
