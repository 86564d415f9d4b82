"""Figures of the emotion network with two heads: FER2013 of each head, and each expression source of the served one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks.model_card import CropGeometry, Metric, ModelCard
from training.data.expressions import ExpressionData, cut, load_expressions
from training.data.sets import USAGES, VOTES_AS_EMOTIONS, EmotionData, Usage, as_input
from training.evaluation import assess, metrics
from training.evaluation.card_texts import EMOTION
from training.evaluation.measured import Measured
from training.fit.mixture import TwoHeadConfig
from training.fit.targets import CLASSES
from training.fit.two_head_run import CONFIG, MEAN_WEIGHTS, START_WEIGHTS, build
from training.networks import two_headed

FEWEST_ROWS = 30
"""Test rows of a source below which it gets no figure of its own."""
WITH_RECALLS = "rafdb"
"""The source whose recalls are given class by class: the only one with an official test split."""


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """The network of the served head and FER2013's head, as published."""

    served: keras.Model
    head: keras.Model

    @property
    def fer2013(self) -> keras.Model:
        """Pixels to the probabilities of the FER2013 head."""
        return keras.Model(self.served.input, two_headed.both(self.served, self.head).outputs[1])


def load_run(run: Path, blend: float = 1.0) -> tuple[TwoHeadConfig, keras.Model]:
    """The run's config and its network in float32: ``blend`` times its averaged weights, and the rest of the weights
    that it started from (Wortsman et al. 2022). Raises DataError if it is no such run."""
    try:
        values = json.loads((run / CONFIG).read_text(encoding="utf-8"))
        config = TwoHeadConfig(**values | {"left_out": tuple(values["left_out"])})
        keras.config.set_dtype_policy("float32")
        network = build(config)
        network.load_weights(run / START_WEIGHTS)
        start = network.get_weights()
        network.load_weights(run / MEAN_WEIGHTS)
        mean = network.get_weights()
        network.set_weights([blend * new + (1 - blend) * old for new, old in zip(mean, start, strict=True)])
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise DataError(f"{run} is not the folder of a run of `python -m training train-two-heads`: {error}") from None
    return config, network


def validation(
    network: Measured, fer: EmotionData, expressions: ExpressionData
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The served head's probabilities on PublicTest and on the sources' validation rows, and what people see there."""
    rows = np.flatnonzero(fer.usage == Usage.PUBLIC_TEST)
    clear, majority = ferplus_majority(fer, rows)
    others = np.flatnonzero(expressions.split == "validation")
    side = network.input_shape[1]
    faces = cut(expressions, others, EMOTION.crop, side)
    pixels = np.concatenate([as_input(fer.pixels[rows[clear]], side), as_input(faces, side)])
    labels = np.concatenate([majority[clear], expressions.emotion[others]])
    return assess.predict(network, pixels), labels.astype(np.int64)


def served_fer2013(served: Measured, data: EmotionData) -> dict[str, Metric]:
    """The served head on PublicTest and PrivateTest: against the FER+ majority, and against FER2013's labels."""
    found = {}
    for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST):
        split, rows = USAGES[usage], np.flatnonzero(data.usage == usage)
        y_pred = assess.predict(served, as_input(data.pixels[rows], served.input_shape[1])).argmax(1)
        named = {"served_head_accuracy": assess.share(y_pred == data.emotion[rows], split)}
        clear, majority = ferplus_majority(data, rows)
        named["accuracy_ferplus_majority"] = assess.share(y_pred[clear] == majority[clear], split)
        named["served_head_balanced_accuracy_ferplus_majority"] = metrics.interval(
            lambda drawn, y=majority[clear], p=y_pred[clear]: metrics.balanced_accuracy(y[drawn], p[drawn], CLASSES),
            np.arange(int(clear.sum())), split,
        )  # fmt: skip
        found |= {f"{split.lower()}_{name}": metric for name, metric in named.items()}
    return found


def ferplus_majority(data: EmotionData, rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(N,) Whether one of EMOTIONS has more votes than any other answer, and (N,) its index."""
    assert data.votes is not None
    votes = data.votes[rows].astype(int)
    clear = votes[:, : len(EMOTIONS)].max(1) > votes[:, len(EMOTIONS) :].max(1)
    return clear, votes[:, list(VOTES_AS_EMOTIONS)].argmax(1)


def of_source(probabilities: NDArray, labels: NDArray, name: str) -> dict[str, Metric]:
    """Accuracy, mean recall and calibration error of one source's rows."""
    y_pred, split, each = probabilities.argmax(1), f"{name}_test", np.arange(len(labels))
    found = {
        "accuracy": assess.share(y_pred == labels, split),
        "balanced_accuracy": metrics.interval(
            lambda rows: metrics.balanced_accuracy(labels[rows], y_pred[rows], CLASSES), each, split
        ),
        "calibration_error": metrics.interval(
            lambda rows: metrics.expected_calibration_error(probabilities[rows], labels[rows]), each, split
        ),
    }
    for i, emotion in enumerate(EMOTIONS if name == WITH_RECALLS else ()):
        found[f"recall_{emotion}"] = assess.share(y_pred[labels == i] == i, split)
    return {f"{split}_{measure}": metric for measure, metric in found.items()}


def on_rows(
    network: Measured, data: ExpressionData, rows: NDArray[np.int64], geometry: CropGeometry
) -> NDArray[np.float32]:
    """The network's outputs for ``rows``, N > 0, cut at its side."""
    side = network.input_shape[1]
    return assess.predict(network, as_input(cut(data, rows, geometry, side), side))


def expressions(
    served: Measured, data: ExpressionData, geometry: CropGeometry
) -> tuple[dict[str, Metric], pd.DataFrame]:
    """The served head on the test split: figures of each source, and a line for each row."""
    rows = np.flatnonzero(data.split == "test")
    probabilities = on_rows(served, data, rows, geometry)
    labels, source = data.emotion[rows].astype(np.int64), data.source[rows]
    found: dict[str, Metric] = {}
    names = [name for name in np.unique(source).tolist() if (source == name).sum() >= FEWEST_ROWS]
    for name in names:
        found |= of_source(probabilities[source == name], labels[source == name], name)
    y_pred = probabilities.argmax(1)

    def mean_of_sources(drawn: NDArray[np.int64]) -> float:
        own = [drawn[source[drawn] == name] for name in names]
        return float(np.mean([metrics.balanced_accuracy(labels[o], y_pred[o], CLASSES) for o in own if len(o)]))

    if names:
        found["expressions_test_balanced_accuracy_mean_of_sources"] = metrics.interval(
            mean_of_sources, np.arange(len(rows)), "expressions_test"
        )
    table = assess.class_table(rows, "test", labels, probabilities, EMOTIONS)
    return found, table.assign(source=source)


def measure(
    heads: Heads, served: Measured, fer: EmotionData, data: ExpressionData, geometry: CropGeometry
) -> tuple[assess.Assessment, pd.DataFrame]:
    """FER2013 against its own labels from its own head, against FER+ from ``served``, the served head's file; and the
    expression sources, whose rows are the second value."""
    result = assess.emotion(heads.fer2013, fer)
    more, rows = expressions(served, data, geometry)
    return replace(result, metrics=result.metrics | served_fer2013(served, fer) | more), rows


def sure_metrics(rows: pd.DataFrame, threshold: float) -> dict[str, Metric]:
    """Share of the served head's answers at or above the threshold, and how many of those are right."""
    probabilities = rows[list(EMOTIONS)].to_numpy()
    right = probabilities.argmax(1) == rows["label"].map(EMOTIONS.index).to_numpy()
    sure = probabilities.max(1) >= threshold
    found = {"coverage_when_sure": assess.share(sure, "expressions_test")}
    return found | ({"accuracy_when_sure": assess.share(right[sure], "expressions_test")} if sure.any() else {})


def figures(
    heads: Heads, served: Measured, card: ModelCard, fer: EmotionData, folder: Path | None
) -> dict[str, Metric]:
    """The card's figures again. Raises DataError without the expression sources."""
    if folder is None:
        raise DataError("Expected the expression sources of the emotion network: give --expressions FOLDER.")
    result, rows = measure(heads, served, fer, load_expressions(folder), card.crop_geometry)
    return result.metrics | sure_metrics(rows, card.not_sure_below)
