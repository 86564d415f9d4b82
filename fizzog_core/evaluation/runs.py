"""Finds training runs and reads their files. A new run appears on the page without a change of code.

A run is a folder ``models/<task>/`` (published), ``models/<task>/runs/<name>/`` (kept for comparison) or
``runs/<task>/<config>/`` (still on the machine that trained it). Every file is optional: a reader gives None for a
missing one and raises DataError, with a sentence, for one that cannot be read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from fizzog_core.errors import DataError
from fizzog_core.evaluation.metrics import Predictions
from fizzog_core.labels import LABELS, TASKS
from fizzog_core.networks import model_card

HISTORY, PREDICTIONS = "history.csv", "predictions.parquet"
SOURCE_PREDICTIONS = "predictions_expressions.parquet"
"""Predictions of an emotion network on the test rows of the expression sources; it has the column source too."""
HELD_OUT = "held_out_sources.csv"
"""Figures of networks that were each trained without the source of the row."""
LAYERS, LATENCY, CONFIG = "layers.csv", "latency.json", "config.json"
MARKS = (model_card.CARD_FILE, HISTORY, PREDICTIONS, CONFIG)
"""A folder with one of these is a run."""

Kind = Literal["published", "kept", "training"]


@dataclass(frozen=True, slots=True)
class Run:
    """One folder. ``key`` is its name in links: unique, and the same on every machine."""

    task: str
    name: str
    kind: Kind
    folder: Path

    @property
    def key(self) -> str:
        return f"{self.task}.{self.kind}.{self.name}"

    @property
    def title(self) -> str:
        kind = {"published": "published", "kept": "for comparison", "training": "training folder"}[self.kind]
        return f"{self.name} ({kind})"


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """``epochs``: one line an epoch with epoch (from 1), loss, val_loss, metric, val_metric, learning_rate and
    seconds (NaN where not recorded). ``metric``: its name in the file; ``best_epoch``: of val_metric."""

    epochs: pd.DataFrame
    metric: str
    higher_is_better: bool
    best_epoch: int

    @property
    def best(self) -> float:
        """The best epoch's val_metric."""
        return float(self.epochs.loc[self.epochs["epoch"] == self.best_epoch, "val_metric"].iloc[0])


def discover(models: Path, training: Path) -> tuple[Run, ...]:
    """All runs: published ones first, then those kept for comparison, then training folders, each by task and name."""
    served = [task for task in TASKS if (models / task / model_card.CARD_FILE).is_file()]
    found = [Run(task, task, "published", models / task) for task in served]
    places: tuple[tuple[Kind, Path, str], ...] = (("kept", models, "{}/runs/*"), ("training", training, "{}/*"))
    for kind, root, pattern in places:
        for task in TASKS:
            folders = sorted(root.glob(pattern.format(task)))
            found += [
                Run(task, folder.name, kind, folder)
                for folder in folders
                if any((folder / mark).is_file() for mark in MARKS)
            ]
    return tuple(found)


def card(run: Run) -> model_card.ModelCard | None:
    """The run's card. Raises ModelError if it is damaged."""
    return model_card.load(run.folder) if (run.folder / model_card.CARD_FILE).is_file() else None


def config(run: Run) -> dict[str, Any]:
    """The run's training config: its config.json, else its card's config, else empty."""
    path = run.folder / CONFIG
    if path.is_file():
        return _json(path)
    known = card(run)
    return dict(known.config) if known else {}


def history(run: Run) -> History | None:
    """The run's epochs; None before the first is finished."""
    path = run.folder / HISTORY
    if not path.is_file() or path.stat().st_size == 0:
        return None
    table = _table(path)
    names = [name.removeprefix("val_") for name in table.columns if name.startswith("val_")]
    metric = next((name for name in names if name != "loss" and name in table), None)
    needed = {"epoch", "loss", "val_loss"}
    if metric is None or not needed <= set(table.columns):
        raise DataError(
            f"{path} is not the history of a training run: expected the columns epoch, loss, val_loss, a metric and "
            f"the same name with val_, found {', '.join(map(str, table.columns)) or 'none'}. "
            "Train or publish the run again."
        )
    table = table.rename(columns={metric: "metric", f"val_{metric}": "val_metric"})
    columns = ["epoch", "loss", "val_loss", "metric", "val_metric", "learning_rate", "seconds"]
    table = table.reindex(columns=columns).apply(pd.to_numeric, errors="coerce").dropna(subset=["epoch"])
    table = table.drop_duplicates("epoch", keep="last").sort_values("epoch", ignore_index=True)
    table["epoch"] = table["epoch"].astype(int) + 1
    higher = not any(word in metric for word in ("rmse", "error", "loss"))
    values = table["val_metric"].fillna(-np.inf if higher else np.inf)
    if table.empty:
        return None
    best = values.idxmax() if higher else values.idxmin()
    return History(table, metric, higher, int(table["epoch"].loc[best]))


def predictions(run: Run, file: str = PREDICTIONS) -> pd.DataFrame | None:
    """The run's predictions.parquet, or another ``file`` of its format: one line for each measured row."""
    path = run.folder / file
    if not path.is_file():
        return None
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({_first_line(error)}). Publish the run again.") from None
    if not {"row", "split"} <= set(table.columns) or table.empty:
        raise DataError(f"{path} is not a table of predictions: expected the columns row and split, and rows in it.")
    return table


def source_predictions(run: Run) -> Predictions | None:
    """An emotion network's predictions on the expression sources; None if it was not measured on them."""
    return class_predictions(run, SOURCE_PREDICTIONS)


def held_out_sources(run: Run) -> pd.DataFrame | None:
    """The table of the sources that were left out of a training; None without it."""
    path = run.folder / HELD_OUT
    return _table(path) if path.is_file() else None


def class_predictions(run: Run, file: str = PREDICTIONS) -> Predictions | None:
    """A classifier's predictions with its labels; None for keypoints or without the file."""
    table = predictions(run, file)
    if table is None or run.task == "keypoints":
        return None
    known = card(run)
    labels = known.labels if known else tuple(name for name in LABELS[run.task] if name in table)
    path = run.folder / file
    missing = [name for name in ("label", *labels) if name not in table]
    if missing or not labels:
        raise DataError(f"{path} lacks the columns {', '.join(missing) or 'of the labels'}. Publish the run again.")
    probabilities = table[list(labels)].to_numpy(np.float64)
    y_true = table["label"].map({name: i for i, name in enumerate(labels)})
    if y_true.isna().any() or not np.isfinite(probabilities).all() or (probabilities < 0).any():
        raise DataError(f"{path} has labels or probabilities that its card does not know. Publish the run again.")
    groups = table["signer"].to_numpy(str) if "signer" in table else None
    return Predictions(table, labels, probabilities, y_true.to_numpy(np.int64), groups)


def layers(run: Run) -> pd.DataFrame | None:
    """The table of `python -m training profile`: name, type, inputs, output_shape, parameters, multiply_adds."""
    path = run.folder / LAYERS
    if not path.is_file():
        return None
    table = _table(path).fillna({"inputs": ""})
    if not {"name", "type", "inputs", "output_shape", "parameters", "multiply_adds"} <= set(table.columns):
        raise DataError(f"{path} is not a table of layers; write it with `python -m training profile {run.task}`.")
    return table


def latency(run: Run) -> dict[str, Any] | None:
    """The measurement of `python -m training profile`: machine, and milliseconds by batch and threads."""
    path = run.folder / LATENCY
    return _json(path) if path.is_file() else None


def tensorboard_folder(run: Run) -> Path | None:
    """Folder of the run's TensorBoard logs; None if they are not on this machine."""
    path = run.folder / "tensorboard"
    return path if path.is_dir() and any(path.rglob("events.out.tfevents.*")) else None


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a table ({_first_line(error)}). Publish the run again.") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON ({_first_line(error)}). Write it again.") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds {type(found).__name__}, expected a JSON object. Write it again.")
    return found


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
