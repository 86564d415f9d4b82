"""Ten people's votes on each face of FER2013 (FER+, Barsoum et al. 2016), and how far they agree with its labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS

VOTES = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt", "unknown", "not a face")
"""The columns of the votes in FER+'s order, under the names of EMOTIONS where they have one."""
TIE = "tie"


def table(votes: NDArray[np.uint8], labels: NDArray[np.str_]) -> pd.DataFrame:
    """One line for each face's ``votes`` ``(N, 10)`` and published label ``(N,)``.

    Columns: ``majority``, one of VOTES, or TIE if no one of them has most; ``entropy`` of the votes in bits, 0 when all
    agree; ``credit``, what a perfect majority vote over the seven emotions earns on the published label: 1, 0, or
    one k-th if k emotions tie at the top and the label is among them.
    """
    counts = votes.astype(np.float64)
    top = counts.max(axis=1, keepdims=True)
    single = (counts == top).sum(axis=1) == 1
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    entropy = -(share * np.log2(np.where(share > 0, share, 1))).sum(axis=1)
    emotions = counts[:, [VOTES.index(name) for name in EMOTIONS]]
    best = (emotions == emotions.max(axis=1, keepdims=True)) & (emotions > 0)
    own = np.array([EMOTIONS.index(label) for label in labels], dtype=np.int64)
    hit = best[np.arange(len(best)), own]
    return pd.DataFrame(
        {
            "majority": np.where(single, np.array(VOTES)[counts.argmax(axis=1)], TIE),
            "entropy": np.abs(entropy).round(4),
            "credit": np.where(hit, 1 / np.maximum(best.sum(axis=1), 1), 0).round(4),
        }
    )


def ceiling(rows: pd.DataFrame) -> dict[str, float]:
    """What a perfect majority vote scores on the published labels of ``rows`` (``label`` and the columns of ``table``).

    ``all_rows``: over every row, ties share; ``clear_rows``: over the rows whose single majority is one of EMOTIONS;
    ``clear_share``: how many those are. Shares 0..1, NaN without rows.
    """
    clear = rows[rows["majority"].isin(EMOTIONS)]
    return {
        "all_rows": float(rows["credit"].mean()),
        "clear_rows": float((clear["majority"] == clear["label"]).mean()),
        "clear_share": len(clear) / len(rows) if len(rows) else float("nan"),
    }


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """Where the published label and a clear majority differ: with whom the network's ``prediction`` sides.

    ``rows``: ``label``, ``majority``, ``prediction``. Columns: ``label``, ``majority``, ``rows``, and the shares 0..1
    ``with_label``, ``with_majority`` and ``with_neither``; the commonest disagreement first.
    """
    apart = rows[rows["majority"].isin(EMOTIONS) & (rows["majority"] != rows["label"])]
    sides = apart.assign(
        with_label=apart["prediction"] == apart["label"], with_majority=apart["prediction"] == apart["majority"]
    )
    found = sides.groupby(["label", "majority"], observed=True).agg(
        rows=("prediction", "size"), with_label=("with_label", "mean"), with_majority=("with_majority", "mean")
    )
    found["with_neither"] = 1 - found["with_label"] - found["with_majority"]
    return found.sort_values("rows", ascending=False, kind="stable").reset_index()
