"""Trains the emotion network with two heads without a group of sources, and measures it on the sources of that group.

python -m training leave-one-group-out emotion_face_trunk --data FER2013 --expressions FOLDER --start FILE --steps 400 \
    --face-network human-models-3.0.4.tgz

Sources of one kind are left out together, because they look alike and some share pictures or people. Every training
has the same number of steps and starts from the face network, or from ``--start``; neither saw any of the sources. What
the trained networks gain is counted from ``--start``. There is no teacher: the published one saw all sources. A group's
rows are added to a file in runs/emotion/held_out/ when its training ends: the same command continues where it was
stopped. The whole file is added to models/emotion/ at the end.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import cv2
import keras
import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.evaluation.runs import HELD_OUT
from fizzog_core.labels import EMOTIONS
from fizzog_core.runtime.atomic_files import whole
from training.data.expressions import ExpressionData, load_expressions
from training.data.sets import EmotionData, load_emotion
from training.evaluation import metrics, two_heads
from training.evaluation.card_texts import EMOTION
from training.evaluation.two_heads import FEWEST_ROWS
from training.fit import train_two_heads
from training.fit.mixture import CONFIGS, Mixture, TwoHeadConfig
from training.fit.targets import CLASSES, log_prior
from training.networks import two_headed
from training.release import folders

GROUPS = {
    "everyday": ("rafdb", "lfw"),
    "posed": ("ckplus", "kdef", "nimstim", "rafd_small", "selfies"),
    "masked": ("affectnet_masked",),
    "web": ("google_big", "google_small", "stock_small", "stock_train2", "stock_train3", "web3"),
}
"""Sources that are left out together. A source of the config's ``left_out`` is in no training at all."""
STRENGTHS = (0.0, 0.35, 0.62)
"""Strengths of the class prior that each network is measured with."""
PREDICTIONS = "held_out.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Rows of the left-out sources: ``row`` (n,) in the set, ``source`` (n,), ``label`` (n,); and probabilities (n, 7)
    of the start (``start``) and of the network that was trained without them, one array for each of STRENGTHS."""

    row: NDArray[np.int64]
    source: NDArray[np.str_]
    label: NDArray[np.int64]
    start: NDArray[np.float32]
    held_out: tuple[NDArray[np.float64], ...]


def without(data: ExpressionData, sources: tuple[str, ...]) -> ExpressionData:
    """The rows of ``data`` from all other sources."""
    kept = ~np.isin(data.source, sources)
    return replace(data, **{field.name: getattr(data, field.name)[kept] for field in fields(data)})


def with_prior(given: NDArray, log_prior: NDArray, strength: float) -> NDArray[np.float64]:
    """Probabilities (N, 7) after ``strength`` times the log prior was added to their logits."""
    shifted = given * np.exp(strength * log_prior)
    return shifted / shifted.sum(axis=1, keepdims=True)


def train_fold(
    config: TwoHeadConfig, fer: EmotionData, data: ExpressionData, start: keras.Model, face_network: Path | None,
    run: Path, steps: int,
) -> keras.Model:  # fmt: skip
    """The served network after a training of ``steps`` steps without the config's ``left_out``."""
    mixture = Mixture(config, fer, data, EMOTION.crop)
    train_two_heads.use_faster_policy(config, mixture)
    begun = train_two_heads.start_weights(mixture, start, None, face_network)
    train_two_heads.train(config, mixture, run, begun, steps=steps)
    return two_headed.parts(two_heads.load_run(run)[1])[0]


def predict_fold(
    served: keras.Model, start: keras.Model, fer: EmotionData, data: ExpressionData, sources: tuple[str, ...]
) -> Fold:
    """Predictions on the validation and test rows of ``sources``. The prior and, for each strength of it, the
    temperature are of the other sources alone."""
    kept = without(data, sources)
    everyday = log_prior(fer, kept)
    rows = np.flatnonzero(np.isin(data.source, sources) & (data.split != "train"))
    before, given = (two_heads.on_rows(network, data, rows, EMOTION.crop) for network in (start, served))
    validated, labels = two_heads.validation(served, fer, kept)
    held_out = []
    for strength in STRENGTHS:
        temperature = metrics.fit_temperature(with_prior(validated, everyday, strength), labels)
        held_out.append(metrics.tempered(with_prior(given, everyday, strength), temperature))
    return Fold(rows, data.source[rows], data.emotion[rows].astype(np.int64), before, tuple(held_out))


def lines(group: str, fold: Fold, data: ExpressionData, steps: int) -> list[dict[str, Any]]:
    """For each source of the fold with at least FEWEST_ROWS rows, and for each strength: mean recall of the start and
    of the network without the source, their difference, and the calibration error. Intervals draw whole people where
    they are known."""
    found = []
    for name in np.unique(fold.source).tolist():
        own = np.flatnonzero(fold.source == name)
        if len(own) < FEWEST_ROWS:
            continue
        labels, people = fold.label[own], data.subject[fold.row[own]]
        people = np.where(people == "", np.arange(len(own)).astype(str), people)
        before = fold.start[own].argmax(axis=1)
        for strength, given in zip(STRENGTHS, fold.held_out, strict=True):
            line = {"source": name, "left_out": group, "rows": len(own), "steps": steps, "prior_strength": strength}
            found.append(line | _measured(labels, before, given[own], people))
    return found


def _measured(labels: NDArray, before: NDArray, given: NDArray, people: NDArray) -> dict[str, float]:
    after = given.argmax(axis=1)

    def recall(answers: NDArray, rows: NDArray) -> float:
        return metrics.balanced_accuracy(labels[rows], answers[rows], CLASSES)

    measures = {
        "start": lambda rows: recall(before, rows),
        "held_out": lambda rows: recall(after, rows),
        "gain": lambda rows: recall(after, rows) - recall(before, rows),
    }
    values = {}
    for name, measure in measures.items():
        metric = metrics.interval(measure, people, "")
        values |= {name: metric.value, f"{name}_low": metric.low, f"{name}_high": metric.high}
    values |= {"start_accuracy": (before == labels).mean(), "held_out_accuracy": (after == labels).mean()}
    values["calibration_error"] = metrics.expected_calibration_error(given, labels)
    return {name: round(float(value), 4) for name, value in values.items()}


def hold_out(
    config: TwoHeadConfig,
    fer: EmotionData,
    data: ExpressionData,
    start: keras.Model,
    groups: dict[str, tuple[str, ...]],
    folder: Path,
    out: Path,
    steps: int,
    face_network: Path | None = None,
) -> pd.DataFrame:
    """The lines of all ``groups``, appended to the csv file ``out`` after each training; the runs and each group's
    predictions are kept in ``folder``."""
    table = pd.read_csv(out).to_dict("records") if out.is_file() else []
    for group, sources in groups.items():
        if any(line["left_out"] == group for line in table):
            continue
        settled = replace(config, left_out=tuple(sorted({*config.left_out, *sources})), taught=0.0)
        served = train_fold(settled, fer, data, start, face_network, folder / group, steps)
        fold = predict_fold(served, start, fer, data, sources)
        _predictions(fold).to_parquet(folder / group / PREDICTIONS, index=False)
        table += lines(group, fold, data, steps)
        with whole(out) as partial:
            pd.DataFrame(table).to_csv(partial, index=False)
    return pd.DataFrame(table)


def _predictions(fold: Fold) -> pd.DataFrame:
    columns: dict[str, NDArray] = {"row": fold.row, "source": fold.source, "label": np.array(EMOTIONS)[fold.label]}
    named = {"start": fold.start} | {f"held_out_{s}": p for s, p in zip(STRENGTHS, fold.held_out, strict=True)}
    for name, given in named.items():
        columns |= {f"{name}_{label}": given[:, i].round(4) for i, label in enumerate(EMOTIONS)}
    return pd.DataFrame(columns)


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit/mixture.py")],
    data: Annotated[Path, typer.Option(help="FER2013: its folder, or an .npz of training prepare")],
    expressions: Annotated[Path, typer.Option(help="the expression sources: their folder, or an .npz")],
    start: Annotated[Path, typer.Option(help="a published network with one head that saw none of the sources")],
    steps: Annotated[int, typer.Option(min=1, help="steps of each training")],
    face_network: Annotated[Path | None, typer.Option(help="human-models-3.0.4.tgz, for a face trunk")] = None,
    out: Annotated[Path | None, typer.Option(help="a file to write in place of the published one")] = None,
) -> None:
    """Print and write the mean recall on each source of a network that was not trained on it or its kind."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cv2.setNumThreads(1)
    if config not in CONFIGS:
        raise DataError(f"No config is called {config!r}; there are {', '.join(sorted(CONFIGS))}.")
    begun = keras.saving.load_model(start, compile=False)
    folder = settings.get().runs / "emotion" / "held_out"
    path = out or folder / HELD_OUT
    sets = load_emotion(data), load_expressions(expressions)
    table = hold_out(CONFIGS[config], *sets, begun, GROUPS, folder, path, steps, face_network)
    if out is None:
        with folders.changed(settings.get().models / "emotion") as draft:
            shutil.copy(path, draft / HELD_OUT)
    show(table)


def show(table: pd.DataFrame) -> None:
    shown = ["source", "left_out", "rows", "prior_strength", "start", "held_out", "gain", "gain_low", "gain_high"]
    printed = Table(*shown, "calibration_error")
    for values in table[[*shown, "calibration_error"]].itertuples(index=False):
        printed.add_row(*map(str, values))
    Console(width=140).print(printed)
    for strength, own in table.groupby("prior_strength"):
        means = own[["start", "held_out", "gain"]].mean()
        print(
            f"mean recall, mean of {len(own)} sources, prior strength {strength}: start {means['start']:.4f}, "
            f"without the source {means['held_out']:.4f}, gain {means['gain']:+.4f}"
        )
