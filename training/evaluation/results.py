"""The best network of a run, and the files of a measured network."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras

from fizzog_core.errors import DataError
from fizzog_core.evaluation.runs import HISTORY, PREDICTIONS
from training.evaluation.assess import Assessment
from training.fit.task import Task


def best_network(task: Task, config: Any, run: Path) -> keras.Model:
    """The network of a run with its best weights, in float32. Raises DataError if the run has no finished epoch."""
    try:
        keras.config.set_dtype_policy("float32")
        network = task.build(config)
        network.load_weights(run / "best.weights.h5")
    except (OSError, TypeError, ValueError) as error:
        raise DataError(f"{run} is not the folder of a training run with a finished epoch: {error}") from None
    return network


def write(folder: Path, result: Assessment, run: Path) -> None:
    """Write history.csv and predictions.parquet. Raises DataError if the run has no history."""
    try:
        shutil.copy(run / HISTORY, folder / HISTORY)
    except FileNotFoundError:
        raise DataError(f"{run} has no {HISTORY}. Train the run again.") from None
    result.rows.to_parquet(folder / PREDICTIONS, index=False)
