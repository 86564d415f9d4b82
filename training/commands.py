"""The commands that take any training config: train, evaluate, publish and keep."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from fizzog_core import settings
from fizzog_core.errors import DataError
from training import registry
from training.baselines import archive
from training.evaluation import evaluate as evaluation
from training.evaluation import results, tasks
from training.fit import train as fit
from training.release import publish as release

TaskName = Annotated[str, typer.Argument(help="emotion, keypoints or gesture")]
DataFolder = Annotated[Path, typer.Option(help="the data set's folder, or an .npz of training prepare")]
RunFolder = Annotated[Path, typer.Option(help="folder of a training run")]
Pictures = Annotated[Path | None, typer.Option(help="with manifest.csv: faces, or other gestures' hands")]


def train(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit or training/baselines")],
    data: DataFolder,
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/<task>/<config>")] = None,
    add: Annotated[Path | None, typer.Option(help="more training rows: an .npz of prepare or redetect-hands")] = None,
    epochs: Annotated[int | None, typer.Option(help="stop after this many; the same command continues")] = None,
    backbone_weights: Annotated[
        str, typer.Option(help="of baseline_gesture_vgg16: imagenet, none, or a weights file")
    ] = "",
    smoke: Annotated[bool, typer.Option(help="one epoch of a tiny network")] = False,
) -> None:
    """Train a network, or continue a stopped run."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    task, chosen = registry.find(config, smoke)
    if backbone_weights:
        if not getattr(chosen, "backbone_weights", ""):
            raise DataError("Only baseline_gesture_vgg16 takes --backbone-weights.")
        chosen = replace(chosen, backbone_weights=backbone_weights)
    folder = run or settings.get().runs / chosen.task / config
    loaded = task.load(chosen, data, folder)
    if add is not None:
        loaded = task.extended(loaded, add)
    fit.train(task, chosen, loaded, folder, epochs)


def evaluate(
    task: TaskName,
    data: DataFolder,
    run: Annotated[Path | None, typer.Option(help="a training run in place of the published network")] = None,
    pictures: Pictures = None,
    expressions: Annotated[Path | None, typer.Option(help="of emotion: the other sources")] = None,
) -> None:
    """Print the metrics of a network on the test rows."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if run is None:
        chosen = tasks.find(task)
        models = settings.get().models
        evaluation.show(evaluation.published(task, chosen.read(data), models, pictures, data, expressions))
        return
    runs_task, config = registry.stored(run)
    network = results.best_network(runs_task, config, run)
    evaluation.show(runs_task.assess(config, network, runs_task.load(config, data, run)).metrics)


def publish(task: TaskName, data: DataFolder, run: RunFolder, pictures: Pictures = None) -> None:
    """Measure a run's network and replace models/<task>/ by it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    loaded = tasks.find(task).read(data)
    evaluation.show(release.publish(run, loaded, settings.get().models, pictures, data).metrics)


def keep(data: DataFolder, run: RunFolder) -> None:
    """Measure a baseline's run and keep its figures in models/<task>/runs/."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    task, config = registry.stored(run)
    evaluation.show(archive.keep(run, task.load(config, data, run), settings.get().models).metrics)
