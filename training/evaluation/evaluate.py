"""Metrics of a network: on test rows, through the detector, and above the rejection threshold."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from fizzog_core.networks import model_card
from fizzog_core.networks.loading import Network
from training.data.sets import Data
from training.evaluation import assess, tasks, two_heads
from training.evaluation import metrics as measures
from training.evaluation.measured import Measured, ServedFile
from training.networks import two_headed


def threshold_metrics(
    labels: tuple[str, ...], result: assess.Assessment, threshold: float
) -> dict[str, model_card.Metric]:
    """Share of test predictions with a top probability of at least ``threshold`` and, if there are any, their accuracy.

    ``labels``: the columns with the probabilities.
    """
    table = result.rows[result.rows["split"].isin(["PrivateTest", "test"])]
    probabilities = table[list(labels)].to_numpy()
    right = probabilities.argmax(1) == table["label"].map(labels.index).to_numpy()
    sure = probabilities.max(1) >= threshold
    groups = table["signer"].to_numpy() if "signer" in table else np.arange(len(table))
    split = str(table["split"].iloc[0])
    metrics = {"coverage_when_sure": measures.interval(lambda rows: float(sure[rows].mean()), groups, split)}
    if sure.any():
        metrics["accuracy_when_sure"] = measures.interval(
            lambda rows: float(right[rows][sure[rows]].mean()) if sure[rows].any() else np.nan, groups, split
        )
    return metrics


def as_used(
    network: Measured, card: model_card.ModelCard, data: Data, pictures: Path | None, folder: Path | None = None
) -> dict[str, model_card.Metric]:
    """Metrics through the detector and the crop of the site.

    ``pictures``: a folder with a manifest.csv of labelled faces, or of hands that show none of the gestures; without it
    only keypoints are measured. ``folder``: the gesture data set with its pictures.
    """
    served = Network(network.predict_on_batch, card)
    return tasks.TASKS[card.task].as_used(served, data, pictures, folder)


def published(
    task: str,
    data: Data,
    models: Path,
    pictures: Path | None = None,
    folder: Path | None = None,
    expressions: Path | None = None,
) -> dict[str, model_card.Metric]:
    """The metrics of the published network of ``task``, measured again. Raises ModelError.

    ``expressions``: the expression sources, for an emotion network with two heads.
    """
    card = model_card.load(models / task)
    served = ServedFile(models / task, card)
    head = two_headed.load_head(models / task) if task == "emotion" else None
    if head is not None:
        network = keras.saving.load_model(model_card.network_path(models / task, card), compile=False)
        heads = two_heads.Heads(network, head)
        found = two_heads.figures(heads, served, card, data, expressions)  # type: ignore[arg-type]
        return found | as_used(served, card, data, pictures)
    return tasks.TASKS[task].assessed(served, data).metrics | as_used(served, card, data, pictures, folder)


def show(metrics: dict[str, model_card.Metric]) -> None:
    """Print a table of metrics."""
    table = Table("measure", "value", "95 % interval", "rows", "split")
    for name, m in metrics.items():
        table.add_row(name, f"{m.value:.4f} {m.unit}", f"{m.low:.4f} .. {m.high:.4f}", str(m.rows), m.split)
    Console(width=140).print(table)
