"""A model card and a data set's card as Markdown, for readers of the repository."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from numpy.typing import NDArray

from fizzog_core.datasets.summaries import DatasetCard
from fizzog_core.evaluation import headlines, metric_names
from fizzog_core.evaluation.metrics import wilson
from fizzog_core.evaluation.runs import SOURCE_PREDICTIONS
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric, ModelCard

README_FILE = "README.md"
INTENDED_USE = {
    "keypoints": "Locates 15 points on each face that a detector found, to draw them and to measure on the picture.",
    "emotion": "Names the expression that a face shows on a picture, as one of the labels below, to choose a reply.",
    "gesture": "Names a still hand shape, four letters of American Sign Language or another hand, to choose a reply.",
}
INPUTS = {
    "pixels": "square crop of {size} x {size} pixels, {channels} channel(s), 0..255",
    "landmarks": "{size} hand landmarks, {channels} coordinates each, in pixels",
}


FEWEST_ROWS = 10
"""Rows of a class in a source below which the model card gives no recall."""


def published_readme(folder: Path) -> str:
    """Text of ``README.md`` for the published network in ``folder``."""
    path = folder / SOURCE_PREDICTIONS
    return model_readme(model_card.load(folder), pd.read_parquet(path) if path.is_file() else None)


def model_readme(card: ModelCard, predictions: pd.DataFrame | None = None) -> str:
    """Text of ``models/<task>/README.md``: use, data, metrics with intervals, limits, licence, training.

    ``predictions``: rows of several sources as in predictions_expressions.parquet, for recalls by source and class.
    """
    facts = [
        ("input", INPUTS[card.input].format(size=card.input_size, channels=card.channels)),
        ("points" if card.task == "keypoints" else "labels", ", ".join(card.labels).replace("_", " ")),
        ("parameters", f"{card.parameters:,}"),
        ("multiply-adds of one input", f"{card.multiply_adds:,}"),
        ("published", card.published),
        ("SHA-256 of model.keras", f"`{card.sha256}`"),
    ]  # fmt: skip
    if card.not_sure_below:
        facts.append(("rejection threshold", f"{card.not_sure_below:.3g}; below it the answer is 'not sure'"))
    parts = [
        f"# Model card: {card.task}",
        "Generated from `card.json` by `make docs`.",
        "## Intended use",
        INTENDED_USE[card.task],
        _table(("property", "value"), facts),
        "## Limits",
        _list(card.limits),
        "## Data",
        card.dataset,
        *([_list(card.sources)] if card.sources else []),
        _table(("split", "rows"), [(split.replace("_", " "), f"{rows:,}") for split, rows in card.split_sizes.items()]),
        "## Metrics",
        "The intervals are 95 % bootstrap intervals. A share is given in percent.",
        *_metrics(card),
        *([] if predictions is None else _by_source(card.labels, predictions)),
        "## Training",
        _table(("setting", "value"), [(name, str(value)) for name, value in card.config.items()]),
        "Versions: " + ", ".join(f"{name} {version}" for name, version in card.versions.items()) + ".",
        "## Licence",
        card.licence,
    ]
    return "\n\n".join(parts) + "\n"


def dataset_readme(card: DatasetCard) -> str:
    """Text of ``datasets/<name>/README.md``: content, origin, licence, faults, rows, figures."""
    parts = [
        f"# Data set: {card.title}",
        "Generated from `card.json` by `make docs`. This folder holds figures that were computed from the data set, "
        "and none of its pictures.\n[docs/data.md](../../docs/data.md) says how to get the data.",
        card.about,
        f"Origin: {card.origin}",
        f"Licence: {card.licence}",
        "## Known faults",
        _list(card.faults),
        "## Rows",
        _table(("split", "rows"), [(split, f"{rows:,}") for split, rows in card.rows.items()]),
        "## Files that the figures were computed from",
        _table(("file", "SHA-256"), [(name, f"`{digest}`") for name, digest in card.checksums.items()]),
    ]
    if card.figures:
        figures = [(name.replace("_", " "), f"{value:,g}") for name, value in card.figures.items()]
        parts += ["## Figures", _table(("figure", "value"), figures)]
    return "\n\n".join(parts) + "\n"


def _metrics(card: ModelCard) -> Iterable[str]:
    splits: dict[str, list[tuple[str, Metric]]] = {}
    for name, metric in card.metrics.items():
        splits.setdefault(metric.split, []).append((name, metric))
    for split, found in splits.items():
        yield f"### {split}"
        rows = [(metric_names.in_words(name, metric), *_figures(metric), f"{metric.rows:,}") for name, metric in found]
        yield _table(("metric", "value", "95 % interval", "rows"), rows)


def _by_source(labels: tuple[str, ...], predictions: pd.DataFrame) -> Iterable[str]:
    answers = predictions[list(labels)].idxmax(axis=1)
    yield "## Recall by source and class"
    yield (
        "Test rows, with 95 % Wilson intervals, and the label that is given most "
        f"often in place of the right one. Classes with fewer than {FEWEST_ROWS} rows are left out."
    )
    rows = []
    for (source, label), own in answers.groupby([predictions["source"], predictions["label"]], sort=True):
        if len(own) >= FEWEST_ROWS:
            low, high = wilson(int((own == label).sum()), len(own))
            figures = _percent((own == label).mean()), f"{_percent(low)} to {_percent(high)}", f"{len(own):,}"
            rows.append((str(source), str(label), *figures, _mistake(own, str(label))))
    yield _table(("source", "label", "recall", "95 % interval", "rows", "most frequent mistake"), rows)


def _mistake(answers: pd.Series, label: str) -> str:
    wrong = answers[answers != label].value_counts()
    return f"{wrong.index[0]} {_percent(wrong.iloc[0] / len(answers))}" if len(wrong) else "none"


def _percent(share: float | NDArray) -> str:
    return f"{100 * float(share):.1f} %"


def _figures(metric: Metric) -> tuple[str, str]:
    value, low, high = (headlines.in_words(metric, one) for one in (metric.value, metric.low, metric.high))
    return f"{value} {metric.unit}".strip(), f"{low} to {high}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
