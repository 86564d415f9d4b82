"""Classification metrics from arrays: probabilities (N, K), y_true (N,) indices, N > 0. Intervals are 95 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MEASURES = ("precision", "recall", "F1")
AVERAGES = ("macro average", "weighted average")
ORDERS = ("as labelled", "best first", "most rows first", "look-alikes together")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """A classifier's predictions: ``rows`` as in predictions.parquet; ``labels`` K names; ``probabilities`` (N, K)
    float64; ``y_true`` and ``y_pred`` (N,) indices into ``labels``; ``groups`` (N,) signers, None for single rows."""

    rows: pd.DataFrame
    labels: tuple[str, ...]
    probabilities: NDArray[np.float64]
    y_true: NDArray[np.int64]
    groups: NDArray | None = None

    @property
    def y_pred(self) -> NDArray[np.int64]:
        return self.probabilities.argmax(axis=1)

    def where(self, column: str, value: str) -> Predictions:
        """The rows with ``value`` in ``column`` of ``rows``, such as one split or source."""
        return self._only(self.rows[column].to_numpy() == value)

    def restricted_to(self, labels: tuple[str, ...]) -> Predictions:
        """Rows whose label is one of ``labels``, their probabilities renormalised over these."""
        columns = [self.labels.index(label) for label in labels]
        kept = np.isin(self.y_true, columns)
        shares = self.probabilities[kept][:, columns]
        shares = np.where(shares.sum(1, keepdims=True) > 0, shares, 1.0)
        place = np.full(len(self.labels), -1)
        place[columns] = np.arange(len(columns))
        groups = None if self.groups is None else self.groups[kept]
        shares = shares / shares.sum(1, keepdims=True)
        return Predictions(self.rows[kept], labels, shares, place[self.y_true[kept]], groups)

    def _only(self, kept: NDArray[np.bool_]) -> Predictions:
        groups = None if self.groups is None else self.groups[kept]
        return Predictions(self.rows[kept], self.labels, self.probabilities[kept], self.y_true[kept], groups)


def confusion(y_true: NDArray, y_pred: NDArray, classes: int) -> NDArray[np.int64]:
    """(K, K) counts: row = true label, column = predicted label."""
    return np.bincount(y_true.astype(np.int64) * classes + y_pred, minlength=classes**2).reshape(classes, classes)


def class_order(counts: NDArray[np.int64], order: str) -> list[int]:
    """Class indices in one of ORDERS, from a (K, K) confusion matrix.

    "look-alikes together" sorts by the second eigenvector of the Laplacian of the symmetric confusion shares.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if order == "best first":
        return np.argsort(-np.diag(shares), kind="stable").tolist()
    if order == "most rows first":
        return np.argsort(-counts.sum(axis=1), kind="stable").tolist()
    if order == "look-alikes together" and len(counts) > 2:
        alike = (shares + shares.T) / 2 + 1e-6
        np.fill_diagonal(alike, 0)
        return np.argsort(np.linalg.eigh(np.diag(alike.sum(axis=1)) - alike)[1][:, 1]).tolist()
    return list(range(len(counts)))


def drawn_confusions(
    y_true: NDArray, y_pred: NDArray, classes: int, groups: NDArray | None = None, draws: int = 1000
) -> NDArray[np.int64]:
    """(draws, K, K) confusion matrices of the seeded bootstrap over rows, or over whole ``groups`` (N,).

    A resampled row counts only by its cell of the matrix, so the cells' counts are drawn directly (multinomial).
    """
    rng = np.random.default_rng(0)
    cells = confusion(y_true, y_pred, classes).ravel()
    if groups is None:
        drawn = rng.multinomial(len(y_true), cells / cells.sum(), size=draws)
    else:
        names, group_of = np.unique(groups, return_inverse=True)
        per_group = np.zeros((len(names), classes**2), dtype=np.int64)
        np.add.at(per_group, (group_of, y_true * classes + y_pred), 1)
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws) @ per_group
    return drawn.reshape(draws, classes, classes)


def _ratio(top: NDArray, bottom: NDArray) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)


def _scores(counts: NDArray) -> NDArray[np.float64]:
    """(..., K, K) counts to (..., 3, K + 2): MEASURES by class, then the macro and the weighted average; 0 for 0/0."""
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    support, answered = counts.sum(axis=-1), counts.sum(axis=-2)
    by_class = np.stack([_ratio(right, answered), _ratio(right, support), _ratio(2 * right, support + answered)], -2)
    weights = support[..., None, :] / np.maximum(support.sum(-1), 1)[..., None, None]
    averages = [by_class.mean(-1), (by_class * weights).sum(-1)]
    return np.concatenate([by_class, np.stack(averages, -1)], -1)


def class_scores(
    y_true: NDArray, y_pred: NDArray, labels: tuple[str, ...], groups: NDArray | None = None, draws: int = 1000
) -> pd.DataFrame:
    """Precision, recall and F1 of each label and their averages: label, measure, value, low, high, support."""
    counts = confusion(y_true, y_pred, len(labels))
    values = _scores(counts)
    low, high = np.percentile(
        _scores(drawn_confusions(y_true, y_pred, len(labels), groups, draws)), [2.5, 97.5], axis=0
    )
    support = [*counts.sum(axis=1).tolist(), len(y_true), len(y_true)]
    rows = [
        (label, measure, values[m, k], low[m, k], high[m, k], support[k])
        for k, label in enumerate((*labels, *AVERAGES))
        for m, measure in enumerate(MEASURES)
    ]
    return pd.DataFrame(rows, columns=["label", "measure", "value", "low", "high", "support"])


def accuracy(y_true: NDArray, y_pred: NDArray, groups: NDArray | None = None) -> tuple[float, float, float]:
    """Accuracy with its interval: value, low, high."""
    classes = int(max(y_true.max(), y_pred.max())) + 1
    drawn = drawn_confusions(y_true, y_pred, classes, groups)
    shares = np.trace(drawn, axis1=1, axis2=2) / np.maximum(drawn.sum(axis=(1, 2)), 1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(np.mean(y_true == y_pred)), float(low), float(high)


def wilson(right: NDArray | int, total: NDArray | int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The interval of a share of independent rows (Wilson 1927): low, high; 0..1 for no rows."""
    n = np.maximum(np.asarray(total, np.float64), 1e-9)
    share, z = np.asarray(right) / n, 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(np.maximum(share * (1 - share) / n + z**2 / (4 * n**2), 0))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def most_confident_errors(
    rows: NDArray, probabilities: NDArray, y_true: NDArray, labels: tuple[str, ...], count: int
) -> pd.DataFrame:
    """The wrong answers with the highest probability: row, label, answer, confidence, probability_of_label."""
    y_pred = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(y_pred != y_true)
    worst = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count]
    names = np.array(labels)
    return pd.DataFrame(
        {
            "row": rows[worst], "label": names[y_true[worst]], "answer": names[y_pred[worst]],
            "confidence": probabilities[worst].max(axis=1), "probability_of_label": probabilities[worst, y_true[worst]],
        }
    )  # fmt: skip


def point_errors(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Errors of each keypoint from rows of predictions.parquet (distances in px of 96, NaN where not annotated).

    Columns: name, faces, mean_px, rmse_px (of a coordinate, as Kaggle measured), normalised_mean (mean distance as a
    share of the distance between the eyes).
    """
    errors = rows[list(names)].to_numpy(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        eyes = np.nanmean(errors, axis=1) / rows["normalised_error"].to_numpy(np.float64)
    eyes = np.where(np.isfinite(eyes), eyes, np.nan)
    known = np.isfinite(errors).any(axis=0)
    errors, kept = errors[:, known], [name for name, here in zip(names, known, strict=True) if here]
    return pd.DataFrame(
        {
            "name": kept,
            "faces": np.isfinite(errors).sum(axis=0),
            "mean_px": np.nanmean(errors, axis=0),
            "rmse_px": np.sqrt(np.nanmean(errors**2, axis=0) / 2),
            "normalised_mean": np.nanmean(errors / eyes[:, None], axis=0),
        }
    )


def group_scores(groups: NDArray, right: NDArray[np.bool_]) -> pd.DataFrame:
    """Accuracy of each group with its interval: group, rows, wrong, accuracy, low, high; the worst first."""
    names, place = np.unique(groups, return_inverse=True)
    rows, hits = np.bincount(place), np.bincount(place, right)
    low, high = wilson(hits, rows)
    table = {"group": names, "rows": rows, "wrong": (rows - hits).astype(int), "accuracy": hits / rows}
    return pd.DataFrame(table | {"low": low, "high": high}).sort_values(["accuracy", "rows"], ignore_index=True)
