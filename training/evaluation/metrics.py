"""Measures on arrays: no files, no networks. Probabilities are (N, K), labels (N,) indices, points (N, 15, 2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from fizzog_core.networks.model_card import Metric

Measure = Callable[[NDArray[np.int64]], float]


def interval(measure: Measure, groups: NDArray, split: str, unit: str = "", draws: int = 500) -> Metric:
    """``measure(rows)`` on all rows, with a 95 % percentile interval of the bootstrap that draws whole groups.

    ``groups`` (N,): rows of one person (or, for independent rows, ``arange(N)``) are drawn or left out together.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    order = np.argsort(group_of, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group_of))[:-1])
    rng = np.random.default_rng(0)
    values = []
    for _ in range(draws):
        drawn = rng.integers(0, len(members), len(members))
        values.append(measure(np.concatenate([members[i] for i in drawn])))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Metric(measure(np.arange(len(groups))), float(low), float(high), len(groups), split, unit)


def confusion(labels: NDArray, predicted: NDArray, classes: int) -> NDArray[np.int64]:
    """(K, K) counts: row = true label, column = answer."""
    return np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes * classes).reshape(classes, -1)


def recalls(labels: NDArray, predicted: NDArray, classes: int) -> NDArray[np.float64]:
    """(K,) share of each class that was named rightly; NaN for a class without rows."""
    counts = confusion(labels, predicted, classes)
    total = counts.sum(axis=1)
    return np.where(total > 0, np.diag(counts) / np.maximum(total, 1), np.nan)


def balanced_accuracy(labels: NDArray, predicted: NDArray, classes: int) -> float:
    """Mean recall over the classes that have rows."""
    return float(np.nanmean(recalls(labels, predicted, classes)))


def missed_as_errors(labels: NDArray, answers: NDArray, missed: NDArray[np.bool_], classes: int) -> NDArray[np.int64]:
    """(N,) ``answers``, with a wrong one wherever the hand or face was ``missed``."""
    return np.where(missed, (labels + 1) % classes, answers)


def macro_f1(labels: NDArray, predicted: NDArray, classes: int) -> float:
    """Mean over the classes of the harmonic mean of precision and recall; 0 for a class never answered rightly."""
    counts = confusion(labels, predicted, classes)
    return float(np.mean(2 * np.diag(counts) / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)))


def expected_calibration_error(probabilities: NDArray, labels: NDArray, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal bins of confidence (Guo et al. 2017)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(which, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def tempered(probabilities: NDArray, temperature: float) -> NDArray[np.float64]:
    """The distribution of the logits divided by ``temperature``."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(probabilities: NDArray, labels: NDArray) -> float:
    """The temperature 0.2..5 with the smallest negative log-likelihood (Guo et al. 2017)."""

    def loss(log_temperature: float) -> float:
        chosen = tempered(probabilities, float(np.exp(log_temperature)))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded").x))


def rejection_threshold(probabilities: NDArray, labels: NDArray, wanted: float) -> float:
    """The lowest top probability from which on the answers kept are right with at least the share ``wanted``.

    0 if all answers together already are; the last threshold that keeps 50 answers if no threshold reaches it.
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
