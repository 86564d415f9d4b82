"""Statistics of a picture's grey values: brightness, contrast, sharpness, and whether it looks like a
face at all; and the mean picture of each class."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

KINDS = ("blank", "text", "icon or plain", "drawing", "")
"""Kinds of pictures in ``table``: the first whose rule holds; empty for an ordinary picture."""

BLANK_CONTRAST = 2.0
INK_DISTANCE = 48
"""Least difference of a grey value from the most frequent one (the paper) to count as ink."""
TEXT_CHANGES = 5.0
"""Least mean number of changes between ink and paper in a row with ink, for text."""
PLAIN_CONTRAST = 12.0
PLAIN_SHARE = 0.78
"""Least share of the two most frequent of sixteen grey bands, for a plain picture."""
DRAWING_SHARPNESS = 12000.0
"""The thresholds were chosen by viewing FER2013's 48 px pictures above and below each."""


def table(pictures: NDArray[np.uint8]) -> pd.DataFrame:
    """One line for each of the grey pictures ``(N, S, S)`` uint8.

    Columns: ``brightness``, the mean grey 0..255; ``contrast``, its standard deviation; ``sharpness``, the variance of
    the Laplacian (comparable between pictures of one size only); ``kind``, one of KINDS.
    """
    flat = pictures.reshape(len(pictures), pictures.shape[1] * pictures.shape[2])
    sharpness = np.array([cv2.Laplacian(picture, cv2.CV_32F).var() for picture in pictures], dtype=np.float32)
    contrast = flat.std(axis=1).astype(np.float32)
    blank, drawing = contrast < BLANK_CONTRAST, sharpness > DRAWING_SHARPNESS
    text, plain = np.array([_text_and_plain(picture) for picture in pictures], dtype=bool).reshape(-1, 2).T
    tests = [blank, text & ~drawing, plain | (contrast < PLAIN_CONTRAST), drawing]
    return pd.DataFrame(
        {
            "brightness": flat.mean(axis=1).astype(np.float32).round(1),
            "contrast": contrast.round(1),
            "sharpness": sharpness.round(0),
            "kind": np.select(tests, KINDS[:-1], default=KINDS[-1]),
        }
    )


def _text_and_plain(picture: NDArray[np.uint8]) -> tuple[bool, bool]:
    """Whether a grey picture ``(S, S)`` looks like dark text on bright paper, and whether two greys make it up."""
    counts = np.bincount(picture.ravel(), minlength=256)
    bands = np.sort(counts.reshape(16, 16).sum(axis=1))
    paper = int(counts.argmax())
    distance = np.abs(picture.astype(np.int16) - paper)
    ink = distance > INK_DISTANCE
    inked = ink.any(axis=1)
    changes = float((ink[inked, 1:] != ink[inked, :-1]).sum(axis=1).mean()) if inked.any() else 0.0
    on_paper = paper > 200 and float((distance <= 8).mean()) > 0.5 and float(ink.mean()) < 0.35
    return on_paper and changes >= TEXT_CHANGES, float(bands[-2:].sum()) / picture.size >= PLAIN_SHARE


def class_means(pictures: NDArray[np.uint8], labels: NDArray[np.str_]) -> pd.DataFrame:
    """The mean picture and the deviation of each pixel, per label of ``labels`` ``(N,)`` and for "all" of them.

    Columns: ``label``, ``count``, ``mean`` and ``deviation``: lists of S*S grey values, row by row.
    """
    chosen = [("all", np.ones(len(labels), dtype=bool))] + [(name, labels == name) for name in np.unique(labels)]
    lines = []
    for name, rows in chosen:
        if rows.any():
            own = pictures[rows].reshape(int(rows.sum()), -1)
            mean, deviation = own.mean(axis=0), own.std(axis=0)
            lines.append((str(name), len(own), mean.round(1).tolist(), deviation.round(1).tolist()))
    return pd.DataFrame(lines, columns=["label", "count", "mean", "deviation"])


def as_picture(values: list[float]) -> NDArray[np.uint8]:
    """A ``mean`` or ``deviation`` of ``class_means`` as a grey ``(S, S)`` uint8, stretched from black to white."""
    grey = np.asarray(values, dtype=np.float32)
    side = round(len(grey) ** 0.5)
    low, high = float(grey.min()), float(grey.max())
    return np.round((grey - low) * (255 / max(high - low, 1e-6))).astype(np.uint8).reshape(side, side)


def exact_duplicates(pictures: NDArray[np.uint8]) -> pd.DataFrame:
    """Pairs of the same pixels in ``pictures`` ``(N, S, S)``: ``row`` and the first ``other`` row that it repeats.

    Pictures of one grey are left out: they are all alike.
    """
    first: dict[bytes, int] = {}
    pairs = []
    for row, picture in enumerate(pictures):
        other = first.setdefault(hashlib.sha256(picture.tobytes()).digest(), row)
        if other != row and picture.min() != picture.max():
            pairs.append((row, other))
    return pd.DataFrame(pairs, columns=["row", "other"], dtype=np.int64)


def histogram(
    values: pd.Series, groups: pd.Series, bins: int = 24, span: tuple[float, float] | None = None
) -> pd.DataFrame:
    """Shares of each group's ``values`` in ``bins`` steps over ``span`` (default: 0.5th to 99.5th percentile).

    Columns: ``group``, ``value`` (the middle of a step), ``share`` of that group 0..1. Values outside count at
    the ends.
    """
    if values.empty:
        return pd.DataFrame(columns=["group", "value", "share"])
    low, high = span or tuple(np.percentile(values, [0.5, 99.5]))
    edges = np.linspace(low, max(high, low + 1e-6), bins + 1)
    parts = []
    for name, own in values.groupby(groups, observed=True):
        counts, _ = np.histogram(own.clip(edges[0], edges[-1]), bins=edges)
        middle = (edges[1:] + edges[:-1]) / 2
        parts.append(pd.DataFrame({"group": name, "value": middle, "share": counts / len(own)}))
    return pd.concat(parts, ignore_index=True)
