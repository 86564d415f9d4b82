"""Metrics on arrays, with bootstrap intervals. Probabilities are (N, K), labels (N,) indices, points (N, 15, 2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from fizzog_core.evaluation.curves import calibration_error, reliability, tempered
from fizzog_core.networks.model_card import Metric

Measure = Callable[[NDArray[np.int64]], float]
DRAWS = 500
"""Resamples of each bootstrap."""


def interval(measure: Measure, groups: NDArray, split: str, unit: str = "") -> Metric:
    """``measure(rows)`` on all rows, with a 95 % percentile interval of the bootstrap that draws whole groups.

    ``groups`` (N,): rows of one person (or, for independent rows, ``arange(N)``) are drawn or left out together.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    order = np.argsort(group_of, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group_of))[:-1])
    rng = np.random.default_rng(0)
    values = []
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(members), len(members))
        values.append(measure(np.concatenate([members[i] for i in drawn])))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Metric(measure(np.arange(len(groups))), float(low), float(high), len(groups), split, unit)


def balanced_accuracy(labels: NDArray, predicted: NDArray, classes: int) -> float:
    """Mean recall over the classes that have rows."""
    counts = np.bincount(labels, minlength=classes)
    right = np.bincount(labels[labels == predicted], minlength=classes)
    return float((right[counts > 0] / counts[counts > 0]).mean()) if len(labels) else float("nan")


def missed_as_errors(labels: NDArray, y_pred: NDArray, missed: NDArray[np.bool_], classes: int) -> NDArray[np.int64]:
    """(N,) class indices: ``y_pred``, with a wrong class in every row whose hand or face was ``missed``."""
    return np.where(missed, (labels + 1) % classes, y_pred)


def macro_f1(labels: NDArray, predicted: NDArray, classes: int) -> float:
    """Mean over the classes of the harmonic mean of precision and recall; 0 for a class without a right prediction."""
    seen = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    right = np.bincount(labels[labels == predicted], minlength=classes)
    return float((2 * right / np.maximum(seen, 1)).mean())


def expected_calibration_error(probabilities: NDArray, labels: NDArray) -> float:
    """Mean gap between confidence and accuracy over 15 equal bins of confidence (Guo et al. 2017)."""
    return calibration_error(reliability(probabilities, labels))


def fit_temperature(probabilities: NDArray, labels: NDArray) -> float:
    """The temperature 0.2..5 with the smallest negative log-likelihood (Guo et al. 2017)."""

    def loss(log_temperature: float) -> float:
        chosen = tempered(probabilities, float(np.exp(log_temperature)))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded").x))


def rejection_threshold(probabilities: NDArray, labels: NDArray, wanted: float) -> float:
    """The lowest threshold on the top probability above which at least the share ``wanted`` of predictions is right.

    0 if that share of all predictions is right; the threshold that keeps 50 predictions if none reaches the share.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    order = np.argsort(-confidence)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= wanted)
    kept = len(order) if share[-1] >= wanted else max(min(50, len(order)), int(good[-1]) + 1 if len(good) else 0)
    return 0.0 if kept == len(order) else float(np.round(confidence[order][kept - 1], 3))


def point_errors(target: NDArray, points: NDArray) -> NDArray[np.float64]:
    """(N, 15) Euclidean distances, NaN where the target is not annotated."""
    return np.linalg.norm(target - points, axis=-1)


def root_mean_square(target: NDArray, points: NDArray) -> float:
    """Over all annotated coordinates, as Kaggle's competition measured it."""
    return float(np.sqrt(np.nanmean((target - points) ** 2)))


def normalised_errors(target: NDArray, points: NDArray) -> NDArray[np.float64]:
    """(N,) mean distance over the annotated points as a share of the distance of the annotated eye centres."""
    eyes = np.linalg.norm(target[:, 0] - target[:, 1], axis=-1)
    return np.nanmean(point_errors(target, points), axis=1) / eyes
