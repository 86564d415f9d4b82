"""Trains a gesture config once per source, without that source, and measures it on that source.

python -m training leave-one-source-out gesture_landmarks --data FOLDER [--own runs/gesture/own_hands.npz]

Hands of one source share a camera, a room and mostly a person, so this estimates the accuracy for a new camera. Each
source's row is added to a file in runs/gesture/ when its training ends: the same command continues where it was
stopped. The whole file is added to models/gesture/ at the end.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.evaluation.runs import HELD_OUT
from fizzog_core.labels import GESTURES
from fizzog_core.runtime.atomic_files import whole
from training.data.prepare_gestures import taken
from training.data.sets import NONE, NOTHING, GestureData, load_gestures
from training.evaluation import assess, metrics, results
from training.evaluation.tasks import TASKS
from training.fit import configs, train
from training.release import folders


def without(data: GestureData, own: GestureData | None, sources: list[str]) -> GestureData:
    """``data`` with ``sources`` as its test split, extended by the rows of ``own`` from the other sources.

    Test rows of the other sources become training rows. All validation rows are of ``data``."""
    split = np.where(data.split == "validation", "validation", "train")
    parted = replace(data, split=np.where(np.isin(data.source, sources), "test", split))
    if own is None:
        return parted
    validates = own.split == "validation"
    return parted.extended(replace(own, split=np.where(np.isin(own.source, sources) | validates, "test", "train")))


def line(source: str, data: GestureData, given: NDArray[np.float32]) -> dict[str, object]:
    """The metrics of a source from its rows ``data`` and probabilities ``given`` (N, 5); a missed hand is an error."""
    missed, other = ~data.found & (data.label != NOTHING), data.gesture == NONE
    answers = given.argmax(axis=1)
    named = metrics.missed_as_errors(data.gesture, answers, missed, len(GESTURES))
    return {
        "source": source,
        "rows": len(answers),
        "signers": len(np.unique(data.signer)),
        "hands_missed": int(missed.sum()),
        "balanced_accuracy": round(metrics.balanced_accuracy(data.gesture, named, len(GESTURES)), 4),
        "false_alarms_on_none": round(float((answers[other] != NONE).mean()), 4) if other.any() else None,
    }


def hold_out(
    config: configs.Config, data: GestureData, own: GestureData | None, out: Path, together: int = 1
) -> pd.DataFrame:
    """One row for each source of ``data``, appended to the csv file ``out`` after each training.

    ``own``: the own detector's landmarks of the same pictures; they are trained on too, and they are measured.
    ``together``: number of sources left out of one training, which saves trainings; each source is measured alone.
    """
    lines = pd.read_csv(out).to_dict("records") if out.is_file() else []
    measured = data if own is None else own
    left = sorted(set(np.unique(measured.source).tolist()) - {found["source"] for found in lines})
    for start in range(0, len(left), together):
        sources = left[start : start + together]
        parted = without(data, own, sources)
        with TemporaryDirectory() as scratch:
            run = train.train(TASKS["gesture"], config, parted, Path(scratch) / "run")
            network = results.best_network(TASKS["gesture"], config, run)
        for source in sources:
            seen = taken(measured, measured.source == source)
            lines.append(line(source, seen, assess.gesture_probabilities(network, seen.landmarks_px, seen.found)))
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole(out) as partial:
            pd.DataFrame(lines).to_csv(partial, index=False)
    return pd.DataFrame(lines)


def main(
    config: Annotated[str, typer.Argument(help="name of a gesture config in training/fit/configs.py")],
    data: Annotated[Path, typer.Option(help="the gesture data set's folder, or an .npz of training prepare")],
    own: Annotated[
        Path | None, typer.Option(help="the own detector's hands: an .npz of training redetect-hands")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="a shorter schedule than the config's")] = None,
    together: Annotated[int, typer.Option(min=1, help="number of sources left out at a time")] = 1,
    without_test: Annotated[bool, typer.Option(help="leave the test split out: for choosing a config")] = False,
    out: Annotated[Path | None, typer.Option(help="a file to write in place of the published one")] = None,
) -> None:
    """Print and write the metrics of a config on each source that it was not trained on."""
    logging.basicConfig(level=logging.WARNING)
    chosen = configs.find(config)
    if chosen.task != "gesture":
        raise DataError(f"Expected a gesture config, got {config}.")
    if without_test and out is None:
        raise DataError("Figures for choosing a config are not published: name a file with --out.")
    given = load_gestures(data)
    found = None if own is None else load_gestures(own)
    if without_test:
        given = taken(given, given.split != "test")
        found = found and taken(found, found.split != "test")
    path = out or settings.get().runs / "gesture" / f"{config}_{HELD_OUT}"
    table = hold_out(replace(chosen, epochs=epochs or chosen.epochs), given, found, path, together)
    if out is None:
        with folders.changed(settings.get().models / "gesture") as draft:
            shutil.copy(path, draft / HELD_OUT)
    show(table)


def show(table: pd.DataFrame) -> None:
    printed = Table(*table.columns)
    for values in table.itertuples(index=False):
        printed.add_row(*map(str, values))
    Console(width=120).print(printed)
    shares = table["balanced_accuracy"]
    print(f"balanced accuracy: mean of {len(table)} sources {shares.mean():.4f}, worst {shares.min():.4f}")
