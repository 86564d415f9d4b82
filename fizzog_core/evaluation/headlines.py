"""The published networks' main figures, read from their cards, for the About page and the README.

``python -m fizzog_core.evaluation.headlines`` writes them into README.md, between the two marks.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric

HEADLINES = {
    "keypoints": {
        "test_rmse_px": "root mean square error",
        "test_normalised_mean_error": "mean error",
    },
    "emotion": {
        "privatetest_accuracy": "accuracy against FER2013's labels, FER2013 head",
        "privatetest_accuracy_ferplus_majority": "accuracy against what most of ten people see",
        "rafdb_test_accuracy": "accuracy on RAF-DB's test split",
        "rafdb_test_balanced_accuracy": "mean recall on RAF-DB's test split",
        "as_used_accuracy": "accuracy on whole pictures of sources that were not trained on",
        "as_used_balanced_accuracy": "mean recall on whole pictures of sources that were not trained on",
    },
    "gesture": {
        "test_own_detector_as_is_balanced_accuracy": "balanced accuracy, a missed hand counts as an error",
        "test_own_detector_as_is_false_alarms_on_none": "other hands taken for a sign",
    },
}
"""Task to the metrics of its card that are shown, with their names in words."""

COLUMNS = ("network", "measure", "value", "95 % interval", "measured on", "parameters")
BEGIN, END = "<!-- figures: make figures -->", "<!-- /figures -->"


def table(models: Path) -> pd.DataFrame:
    """A row of text for each headline figure of the networks published in ``models``. Raises ModelError."""
    rows = []
    for task, names in HEADLINES.items():
        if not (models / task / model_card.CARD_FILE).is_file():
            continue
        card = model_card.load(models / task)
        for metric, words in names.items():
            if found := card.metrics.get(metric):
                value = f"{in_words(found, found.value)} {found.unit}".strip()
                interval = f"{in_words(found, found.low)} to {in_words(found, found.high)}"
                measured_on = f"{found.rows:,} rows of {found.split}"
                rows.append((task, words, value, interval, measured_on, f"{card.parameters:,}"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def in_words(metric: Metric, value: float) -> str:
    """``value``, of the kind of ``metric``: a share as percent, else three digits."""
    return f"{value:.3g}" if metric.unit else f"{value:.1%}".replace("%", " %")


def to_markdown(rows: pd.DataFrame) -> str:
    """The table as a Markdown table."""
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_figures(readme: str, rows: pd.DataFrame) -> str:
    """``readme`` with the table between its two marks. Raises DataError if a mark is missing."""
    block = f"{BEGIN}\n{to_markdown(rows)}\n{END}"
    text, count = re.subn(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, readme, flags=re.DOTALL)
    if count != 1:
        raise DataError(f"Expected {BEGIN} and {END} once each in README.md, found {count} pairs. Put them back.")
    return text


def main() -> None:
    path = settings.ROOT / "README.md"
    readme = path.read_text(encoding="utf-8")
    path.write_text(with_figures(readme, table(settings.get().models)), encoding="utf-8")


if __name__ == "__main__":
    main()
