"""Curves over a threshold and over the probability, from arrays as in ``metrics``. Intervals are 95 %."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.evaluation.metrics import wilson


def tempered(probabilities: NDArray, temperature: float) -> NDArray[np.float64]:
    """The distribution (N, K) after its logits are divided by ``temperature``; 1 / temperature undoes it."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _steps(positive: NDArray[np.bool_], score: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """True positives, false positives and threshold after each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    hits = np.cumsum(positive[order])[ends]
    return hits, ends + 1 - hits, score[order][ends]


def _area(height: NDArray, along: NDArray) -> float:
    """Area under a curve by the trapezoidal rule."""
    return float(np.sum(np.diff(along) * (height[1:] + height[:-1]) / 2))


def roc(positive: NDArray[np.bool_], score: NDArray) -> tuple[pd.DataFrame, float]:
    """Curve (false_positive_rate, true_positive_rate, threshold) and the area under it; NaN if a side has no rows."""
    hits, alarms, threshold = _steps(positive, score)
    with np.errstate(invalid="ignore"):
        true_rate = np.append(0.0, hits / np.float64(positive.sum()))
        false_rate = np.append(0.0, alarms / np.float64((~positive).sum()))
    curve = {"false_positive_rate": false_rate, "true_positive_rate": true_rate, "threshold": np.append(1, threshold)}
    return pd.DataFrame(curve), _area(true_rate, false_rate)


def precision_recall(positive: NDArray[np.bool_], score: NDArray) -> tuple[pd.DataFrame, float]:
    """Curve (recall, precision, threshold) and average precision; NaN without a positive row."""
    hits, alarms, threshold = _steps(positive, score)
    with np.errstate(invalid="ignore"):
        recall = hits / np.float64(positive.sum())
    precision = hits / (hits + alarms)
    area = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    return pd.DataFrame({"recall": recall, "precision": precision, "threshold": threshold}), area


def reliability(probabilities: NDArray, y_true: NDArray, bins: int = 15) -> pd.DataFrame:
    """Equal bins of the top probability that have rows: start, end, confidence, accuracy, low, high, rows."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == y_true
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = np.bincount(which, minlength=bins)
    total, hits = np.bincount(which, confidence, bins), np.bincount(which, right, bins)
    kept = rows > 0
    low, high = wilson(hits[kept], rows[kept])
    edges = np.arange(bins + 1) / bins
    return pd.DataFrame(
        {
            "start": edges[:-1][kept], "end": edges[1:][kept], "confidence": total[kept] / rows[kept],
            "accuracy": hits[kept] / rows[kept], "low": low, "high": high, "rows": rows[kept],
        }
    )  # fmt: skip


def calibration_error(table: pd.DataFrame) -> float:
    """Expected calibration error (Guo et al. 2017) of a table of ``reliability``."""
    gaps = (table["confidence"] - table["accuracy"]).abs()
    return float((gaps * table["rows"]).sum() / table["rows"].sum())


def coverage(probabilities: NDArray, y_true: NDArray) -> pd.DataFrame:
    """What is kept when answers below a threshold become "not sure": threshold, coverage, accuracy, low, high."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == y_true
    hits, misses, threshold = _steps(right, confidence)
    kept = hits + misses
    low, high = wilson(hits, kept)
    columns = {
        "threshold": threshold,
        "coverage": kept / len(y_true),
        "accuracy": hits / kept,
        "low": low,
        "high": high,
    }
    return pd.DataFrame(columns)


def thinned(curve: pd.DataFrame, points: int = 200) -> pd.DataFrame:
    """At most ``points`` lines of a curve, its ends among them: what a chart can show."""
    if len(curve) <= points:
        return curve
    return curve.iloc[np.unique(np.linspace(0, len(curve) - 1, points).round().astype(int))]


def confidence_histogram(probabilities: NDArray, y_true: NDArray, bins: int = 20) -> pd.DataFrame:
    """Rows by top probability, right and wrong answers apart: start, end, answer, rows."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == y_true
    edges = np.linspace(0, 1, bins + 1)
    parts = []
    for name, chosen in (("right", right), ("wrong", ~right)):
        rows = np.histogram(confidence[chosen], edges)[0]
        parts.append(pd.DataFrame({"start": edges[:-1], "end": edges[1:], "answer": name, "rows": rows}))
    return pd.concat(parts, ignore_index=True)
