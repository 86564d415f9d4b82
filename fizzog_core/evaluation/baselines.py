"""One table of our runs, published figures and the source projects' figures, with what makes them comparable."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from fizzog_core.evaluation import metrics, runs
from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.networks.model_card import Metric, ModelCard

FILE = Path(__file__).with_name("baselines.csv")
ROWS_OF_SPLIT = {"PublicTest": 3589, "PrivateTest": 3589}
"""Rows behind a published FER2013 figure: its sampling error follows from them."""

HEADLINES = {
    "emotion": (
        ("{split}_accuracy", "accuracy", len(EMOTIONS), "no"),
        ("{split}_accuracy_mirror_averaged", "accuracy", len(EMOTIONS), "yes"),
        ("{split}_accuracy_6_classes", "accuracy", 6, "no"),
        ("{split}_accuracy_5_classes", "accuracy", 5, "no"),
    ),
    "keypoints": (("{split}_rmse_px", "RMSE", None, "no"),),
    "gesture": (
        ("{split}_balanced_accuracy", "balanced accuracy", None, "no"),
        ("{split}_balanced_accuracy_missed_hand_is_error", "balanced accuracy, missed hand is an error", None, "no"),
    ),
}
"""For each task the metrics of a card that the comparison shows: name, measure, classes (None: a gesture network's own
number), test-time augmentation."""

AUTHOR_SPLIT = ("author_split_accuracy", "author_split_rmse_px")
"""Of a re-run, on the rows that the source project's author held out."""

SPLITS = {
    "emotion": ("PrivateTest", "PublicTest"),
    "keypoints": ("test", "validation"),
    "gesture": ("test", "validation"),
}
COLUMNS = [
    "name", "kind", "value", "low", "high", "unit", "measure", "split", "classes", "extra_data",
    "test_time_augmentation", "rerun", "source", "note", "run",
]  # fmt: skip


def published(task: str) -> pd.DataFrame:
    """The rows of baselines.csv for one task, in COLUMNS; the interval follows from the test rows where known."""
    table = pd.read_csv(FILE, dtype={"classes": "Int64"}, keep_default_na=False, na_values={"value": "", "classes": ""})
    table = table[table["task"] == task].copy()
    rows = table["split"].map(ROWS_OF_SPLIT).where(table["unit"] == "share")
    low, high = metrics.wilson((table["value"] * rows).to_numpy(), rows.to_numpy())
    return table.assign(low=low, high=high, run="")[COLUMNS]


def of_run(run: runs.Run) -> pd.DataFrame:
    """A run's headline figures in COLUMNS: from its card, else the best epoch of its history. Raises FizzogError."""
    card = runs.card(run)
    lines = _of_card(run, card) if card and card.metrics else _of_history(run)
    unit = "px of 96" if run.task == "keypoints" else "share"
    kind = "our network" if run.kind == "published" else "our run"
    fields = {
        "name": run.title,
        "kind": kind,
        "unit": unit,
        "extra_data": "no",
        "source": "this project",
        "run": run.key,
    }
    table = pd.DataFrame([{**fields, "rerun": "", **line} for line in lines], columns=COLUMNS)
    return table.astype({"classes": "Int64"})


def _of_card(run: runs.Run, card: ModelCard) -> list[dict[str, object]]:
    own = len(card.labels) if run.task == "gesture" else None
    extra = card.config.get("extra_data") or card.config.get("backbone_weights") or "no"
    extra = "no" if str(extra).endswith(".h5") else extra
    lines = []
    for split in SPLITS[run.task]:
        for pattern, measure, classes, augmentation in HEADLINES[run.task]:
            metric = card.metrics.get(pattern.format(split=split.lower()))
            if metric is not None:
                values = {
                    "measure": measure,
                    "split": metric.split,
                    "classes": classes or own,
                    "extra_data": str(extra),
                }
                interval = {"value": metric.value, "low": metric.low, "high": metric.high}
                lines.append({**values, **interval, "test_time_augmentation": augmentation, "note": _note(metric)})
    return lines


def _note(metric: Metric) -> str:
    chosen = metric.split in ("PublicTest", "validation")
    return f"{metric.rows:,} rows" + ("; epoch, temperature and threshold were chosen on them" if chosen else "")


def _of_history(run: runs.Run) -> list[dict[str, object]]:
    history = runs.history(run)
    if history is None or not np.isfinite(history.best):
        return []
    return [
        {
            "value": history.best, "low": np.nan, "high": np.nan,
            "measure": {"rmse_px": "RMSE"}.get(history.metric, history.metric.replace("_", " ")),
            "split": "PublicTest" if run.task == "emotion" else "validation",
            "classes": {"emotion": len(EMOTIONS), "gesture": len(GESTURES)}.get(run.task),
            "test_time_augmentation": "no",
            "note": f"best of {len(history.epochs)} epochs, chosen on these rows; not measured on test rows",
        }
    ]  # fmt: skip


def comparison(task: str, found: Iterable[runs.Run]) -> pd.DataFrame:
    """Our runs of a task, then the baselines, in COLUMNS. Raises FizzogError for a damaged run."""
    parts = [of_run(run) for run in found if run.task == task]
    filled = [part for part in [*parts, published(task)] if not part.empty]
    return pd.concat(filled, ignore_index=True)


def reruns(task: str, found: Iterable[runs.Run]) -> pd.DataFrame:
    """Each network of the source projects: what they reported, and our faithful re-run of it (NaN: none yet).

    Columns: name, source, measure, split, classes, reported, ours_as_the_author_split (on rows held out as the author
    did), ours, low, high (on rows new to the network), our_split, note.
    """
    by_name = {run.name: run for run in found if run.task == task}
    lines = []
    for line in published(task).query("rerun != ''").to_dict("records"):
        kept = ["name", "source", "measure", "split", "classes", "note"]
        row = {name: line[name] for name in kept} | {"reported": line["value"]}
        run = by_name.get(line["rerun"])
        ours = of_run(run) if run else pd.DataFrame()
        same = ours[ours["classes"] == line["classes"]] if len(ours) and pd.notna(line["classes"]) else ours
        best = (same if len(same) else ours).head(1).to_dict("records")
        found_here = best[0] if best else {"value": np.nan, "low": np.nan, "high": np.nan, "split": ""}
        row |= {"ours_as_the_author_split": _as_the_author_split(run)}
        row |= {"ours": found_here["value"], "low": found_here["low"], "high": found_here["high"]}
        lines.append(row | {"our_split": found_here["split"]})
    return pd.DataFrame(lines)


def _as_the_author_split(run: runs.Run | None) -> float:
    card = runs.card(run) if run else None
    values = [card.metrics[name].value for name in AUTHOR_SPLIT if card and name in card.metrics]
    return values[0] if values else np.nan
