"""Compares women and men in KDEF, the largest source whose people are labelled so. Prints a table.

python -m benchmarks.accuracy.groups --expressions FOLDER

It reads the published network's predictions on KDEF's test rows, which are of people that were not trained on. The
intervals draw whole people. No source labels skin tone or age.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from fizzog_core import settings
from fizzog_core.evaluation.runs import SOURCE_PREDICTIONS
from fizzog_core.labels import EMOTIONS
from training.data.expressions import load_expressions
from training.evaluation import metrics

SOURCE = "kdef"
GROUPS = {"women": "kdef_F", "men": "kdef_M"}
"""Groups and the beginning of their people's names."""


def main(expressions: Annotated[Path, typer.Option(help="Folder of the expression sources.")]) -> None:
    rows = pd.read_parquet(settings.get().models / "emotion" / SOURCE_PREDICTIONS)
    rows = rows[rows["source"] == SOURCE]
    people = load_expressions(expressions).subject[rows["row"]]
    labels = rows["label"].map(EMOTIONS.index).to_numpy(np.int64)
    answers = rows[list(EMOTIONS)].to_numpy().argmax(axis=1)
    print("| group | people | rows | mean recall | 95 % interval | " + " | ".join(EMOTIONS) + " |")
    print("| --- " * (5 + len(EMOTIONS)) + "|")
    for group, start in GROUPS.items():
        here = np.char.startswith(people, start)
        own, given = labels[here], answers[here]
        mean = metrics.interval(
            lambda drawn, y=own, p=given: metrics.balanced_accuracy(y[drawn], p[drawn], len(EMOTIONS)), people[here], ""
        )
        recalls = [f"{100 * (given[own == i] == i).mean():.0f}" for i in range(len(EMOTIONS))]
        print(
            f"| {group} | {len(np.unique(people[here]))} | {here.sum()} | {100 * mean.value:.1f} % | "
            f"{100 * mean.low:.1f} % to {100 * mean.high:.1f} % | {' | '.join(recalls)} |"
        )


if __name__ == "__main__":
    typer.run(main)
