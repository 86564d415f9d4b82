"""Metrics of a source project's network on two sets of rows: those that its author held out, and the test split with
people who are new to the network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES
from fizzog_core.networks.model_card import Metric
from training.baselines import data as sources
from training.baselines.configs import BaselineConfig
from training.data.sets import KeypointData
from training.evaluation import assess
from training.evaluation import metrics as measures
from training.fit import batches

AUTHOR = "author's validation"


def measured(config: BaselineConfig, network: keras.Model, data: sources.SourceData) -> assess.Assessment:
    """Figures on the author's held-out rows, with what they share with the training rows, and on the test split."""
    found = sources.material(config, data)
    metrics = {f"author_split_{name}": metric for name, metric in _shared(config, found, data).items()}
    if config.task == "keypoints":
        return _keypoints(network, found, data, metrics)  # type: ignore[arg-type]
    return _classes(config, network, found, data, metrics)


def _shared(config: BaselineConfig, found: sources.Material, data: Any) -> dict[str, Metric]:
    """The share of held-out rows whose picture, or a changed copy of it, was trained on; and whose person was."""
    groups: dict[str, NDArray] = {}
    if config.task != "emotion":
        groups["person"] = (data.subject if config.task == "keypoints" else data.signer)[found.origin]
    if config.task != "gesture":
        groups["picture"] = np.array([hash(data.pixels[i].tobytes()) for i in found.origin])
    held = found.held_out
    return {
        f"rows_whose_{name}_was_trained_on": assess.share(np.isin(key[held], key[~held]), AUTHOR)
        for name, key in groups.items()
    }


def _classes(
    config: BaselineConfig, network: keras.Model, found: sources.Material, data: Any, metrics: dict
) -> assess.Assessment:
    suffix = f"_{len(config.labels)}_classes" if config.task == "emotion" and len(config.labels) < len(EMOTIONS) else ""
    split = "PrivateTest" if config.task == "emotion" else "test"
    held = found.held_out
    parts = [(AUTHOR, "author_split", "", found.inputs[held], found.targets[held], found.origin[held])]
    if len(found.new):
        parts.append((split, split.lower(), suffix, found.new_inputs, found.new_targets, found.new))
    tables = []
    for name, prefix, ending, inputs, targets, rows in parts:
        probabilities, y_true = assess.predict(network, inputs.astype(np.float32)), targets.argmax(1)
        groups = np.arange(len(rows)) if config.task == "emotion" else data.signer[rows]
        y_pred = probabilities.argmax(1)
        metrics[f"{prefix}_accuracy{ending}"] = assess.share(y_pred == y_true, name, groups)
        metrics[f"{prefix}_balanced_accuracy{ending}"] = measures.interval(
            lambda some, t=y_true, a=y_pred: measures.balanced_accuracy(t[some], a[some], len(config.labels)),
            groups, name,
        )  # fmt: skip
        if config.task == "emotion" and name == split:
            kept = ~assess.copies(data, rows)
            metrics[f"{prefix}_accuracy_without_copies_of_training_rows{ending}"] = assess.share(
                (y_pred == y_true)[kept], name
            )
        table = assess.class_table(rows, name, y_true, probabilities, config.labels)
        tables.append(table if config.task == "emotion" else table.assign(signer=groups))
    return assess.Assessment(metrics, pd.concat(tables, ignore_index=True))


def _keypoints(
    network: keras.Model, found: sources.Material, data: KeypointData, metrics: dict
) -> assess.Assessment:  # fmt: skip
    held, tables = found.held_out, []
    parts = [
        (AUTHOR, "author_split", found.inputs[held], found.targets[held], found.origin[held]),
        ("test", "test", found.new_inputs, found.new_targets, found.new),
    ]
    for split, prefix, inputs, targets, rows in parts:
        y_true, subject = assess.to_pixels(targets), data.subject[rows]
        points = assess.to_pixels(assess.predict(network, inputs.astype(np.float32)))
        named = assess.keypoint_metrics(y_true, points, subject, split)
        metrics |= {f"{prefix}_{name}": metric for name, metric in named.items()}
        errors = measures.point_errors(y_true, points).round(3)
        columns = {"row": rows, "split": split, "source": data.source[rows]}
        columns["normalised_error"] = measures.normalised_errors(y_true, points).round(4)
        tables.append(pd.DataFrame(columns | {name: errors[:, i] for i, name in enumerate(KEYPOINT_NAMES)}))
    mirrored = sources.mirrored_points(found.new_targets, exchange=True)
    points = assess.predict(network, found.new_inputs[:, :, ::-1].astype(np.float32))
    mean = np.tile(
        np.nanmean(batches.to_unit(data.keypoints_px[data.split == "train"] - int(data.rim)), axis=0), (len(points), 1)
    )
    for name, wanted, given in (("mirrored", mirrored, points), ("of_the_mean_shape", found.new_targets, mean)):
        metrics[f"test_rmse_px_{name}"] = assess.rmse(
            assess.to_pixels(wanted), assess.to_pixels(given), data.subject[found.new], "test"
        )
    return assess.Assessment(metrics, pd.concat(tables, ignore_index=True))
