"""Measure a network on test data and, with ``--publish``, put it into ``models/<task>/``: the only way in.

python -m training evaluate emotion --data FER2013 --expressions FOLDER [--pictures FOLDER]    the published network
python -m training evaluate emotion --data FOLDER --run RUN --publish --pictures FOLDER
python -m training evaluate gesture --data FOLDER --pictures ../shared/data/samples/pictures/hands    as used, too
python -m training evaluate emotion --data FOLDER --run RUN --keep   a source project's network, for comparison
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from fizzog_core import settings
from fizzog_core.errors import DataError, FizzogError
from fizzog_core.labels import LABELS
from fizzog_core.networks import model_card
from fizzog_core.networks.loading import Network
from training.baselines import hand_pictures
from training.baselines.configs import SourceConfig
from training.data.sets import GestureData, KeypointData
from training.evaluation import assess, end_to_end, results, two_heads
from training.evaluation import metrics as measures
from training.evaluation.card_texts import FACTS
from training.fit import configs
from training.fit.train import LOADERS, Data, load, plain_arrays, training_rows, validation_rows
from training.networks import two_headed
from training.networks.cost import multiply_adds
from training.release import archive, served

log = logging.getLogger(__name__)


def calibrate(network: keras.Model, data: Data, lowest: float = 0.0) -> float:
    """Divide the network's logits by the temperature from ``lowest`` on that suits the validation rows best; gives the
    temperature."""
    inputs, targets = plain_arrays(data, validation_rows(data))
    temperature = max(lowest, measures.fit_temperature(assess.predict(network, inputs), targets.argmax(1)))
    logits = network.get_layer("logits")
    logits.set_weights([weights / temperature for weights in logits.get_weights()])
    return temperature


def card_of(config: configs.Config, network: keras.Model, data: Data, temperature: float) -> model_card.ModelCard:
    """The card, still without test metrics and checksum."""
    facts = FACTS[config.task]
    threshold = 0.0
    if config.task != "keypoints":
        inputs, targets = plain_arrays(data, validation_rows(data))
        given = assess.predict(network, inputs)
        threshold = max(facts.lowest_threshold, measures.doubt_threshold(given, targets.argmax(1), facts.wanted))
    names = data.usage if config.task == "emotion" else data.split  # type: ignore[union-attr]
    sizes = {str(name): int(count) for name, count in zip(*np.unique(names, return_counts=True), strict=True)}
    if config.task == "emotion":
        sizes = {name: sizes.get(str(i), 0) for i, name in enumerate(("Training", "PublicTest", "PrivateTest"))}
    shape = network.input_shape
    return model_card.ModelCard(
        task=config.task,
        name=config.network,
        input="landmarks" if config.task == "gesture" else "pixels",
        input_size=shape[1],
        channels=shape[-1],
        labels=LABELS[config.task],
        crop_margin=facts.crop.margin,
        crop_shift_down=facts.crop.shift_down,
        crop_aligned=facts.crop.aligned,
        not_sure_below=threshold,
        temperature=temperature,
        parameters=network.count_params(),
        multiply_adds=multiply_adds(network),
        dataset=facts.dataset,
        split_sizes=sizes | {"trained_on": len(training_rows(data))},
        config={name: getattr(config, name) for name in config.__slots__},  # type: ignore[attr-defined]
        seed=config.seed,
        metrics={},
        limits=facts.limits,
        licence=facts.licence,
        versions={name: version(name) for name in ("keras", "numpy")} | {"backend": keras.backend.backend()},
        published=datetime.now(UTC).date().isoformat(),
    )


def doubt_metrics(task: str, result: assess.Assessment, threshold: float) -> dict[str, model_card.Metric]:
    """Share of test answers at or above the threshold and, if there are any, how many of those are right."""
    table = result.rows[result.rows["split"].isin(["PrivateTest", "test"])]
    given = table[list(LABELS[task])].to_numpy()
    right = given.argmax(1) == table["label"].map(LABELS[task].index).to_numpy()
    sure = given.max(1) >= threshold
    groups = table["signer"].to_numpy() if "signer" in table else np.arange(len(table))
    split = str(table["split"].iloc[0])
    metrics = {"coverage_when_sure": measures.interval(lambda rows: float(sure[rows].mean()), groups, split)}
    if sure.any():
        metrics["accuracy_when_sure"] = measures.interval(
            lambda rows: float(right[rows][sure[rows]].mean()) if sure[rows].any() else np.nan, groups, split
        )
    return metrics


def used_metrics(
    network: keras.Model, card: model_card.ModelCard, data: Data, pictures: Path | None, folder: Path | None = None
) -> dict[str, model_card.Metric]:
    """What is measured through our own detector: keypoints always, the others on whole ``pictures`` if they are given;
    for gestures those show other hands, and the test split's own are in ``folder``."""
    used = Network(network.predict_on_batch, card)
    if isinstance(data, KeypointData):
        return end_to_end.keypoints(used, data)
    if isinstance(data, GestureData):
        return end_to_end.gesture(used, data, folder, pictures) if folder and folder.is_dir() and pictures else {}
    return end_to_end.emotion(used, pictures) if card.task == "emotion" and pictures else {}


def publish(
    run: Path, data: Data, models: Path, pictures: Path | None = None, folder: Path | None = None
) -> model_card.ModelCard:
    """Calibrate, measure and write ``models/<task>/``, whole or not at all."""
    config, network = results.network_of(run)
    if isinstance(config, SourceConfig):
        raise DataError(f"{run} is a run of a source project's network, which is not served: use --keep.")
    temperature = 1.0 if config.task == "keypoints" else calibrate(network, data, FACTS[config.task].lowest_temperature)
    card = card_of(config, network, data, temperature)
    result = assess.ASSESS[config.task](network, data)  # type: ignore[arg-type]
    metrics = result.metrics | used_metrics(network, card, data, pictures, folder)
    if config.task != "keypoints":
        metrics |= doubt_metrics(config.task, result, card.not_sure_below)
    home = models / config.task
    draft = models / f".{config.task}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    network.save(draft / model_card.NETWORK_FILE)
    rows = plain_arrays(data, validation_rows(data)[: served.CHECK_ROWS])[0]
    card = replace(
        card,
        metrics=metrics,
        sha256=model_card.checksum(draft / model_card.NETWORK_FILE),
        served_sha256=served.write(network, card, draft, rows),
    )
    model_card.save(card, draft)
    results.write(draft, result, metrics, run)
    for file in draft.iterdir():
        home.mkdir(exist_ok=True)
        file.replace(home / file.name)
    draft.rmdir()
    return card


def measured(run: Path, data: Data | hand_pictures.HandPictures) -> assess.Assessment:
    """The figures of a run that is not published. Raises DataError if it has no finished epoch."""
    config, network = results.network_of(run)
    if isinstance(config, SourceConfig):
        return archive.measured(config, network, data)  # type: ignore[arg-type]
    return assess.ASSESS[config.task](network, data)  # type: ignore[arg-type]


def show(metrics: dict[str, model_card.Metric]) -> None:
    table = Table("measure", "value", "95 % interval", "rows", "split")
    for name, m in metrics.items():
        table.add_row(name, f"{m.value:.4f} {m.unit}", f"{m.low:.4f} .. {m.high:.4f}", str(m.rows), m.split)
    Console(width=140).print(table)


def main(
    task: Annotated[str, typer.Argument(help="emotion, keypoints or gesture")],
    data: Annotated[Path, typer.Option(help="the data set's folder, or an .npz of training prepare")],
    run: Annotated[Path | None, typer.Option(help="a training run instead of the published network")] = None,
    publish_it: Annotated[bool, typer.Option("--publish", help="put the run's network into models/<task>/")] = False,
    pictures: Annotated[Path | None, typer.Option(help="with manifest.csv: faces, or other gestures' hands")] = None,
    keep_it: Annotated[bool, typer.Option("--keep", help="put the run into models/<task>/runs/, to compare")] = False,
    expressions: Annotated[Path | None, typer.Option(help="of emotion: the other sources")] = None,
) -> None:
    """Print every figure of a network's card, from its files and the data."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if task not in LABELS:
            raise DataError(f"Expected emotion, keypoints or gesture, got {task!r}.")
        if run is None:
            if publish_it or keep_it:
                raise DataError("--publish and --keep need --run RUN, the folder of a training run.")
            folder = settings.get().models / task
            card = model_card.load(folder)
            network = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
            given = LOADERS[task](data)
            if task == "emotion" and (head := two_headed.load_head(folder)) is not None:
                heads = two_heads.Heads(network, head)
                show(two_heads.figures(heads, card, given, expressions) | used_metrics(network, card, given, pictures))
                return
            show(assess.ASSESS[task](network, given).metrics | used_metrics(network, card, given, pictures, data))  # type: ignore[arg-type]
            return
        loaded = load(configs.stored(run)[0], data, run)
        if keep_it:
            show(archive.keep(run, loaded, settings.get().models).metrics)  # type: ignore[arg-type]
        elif publish_it:
            show(publish(run, loaded, settings.get().models, pictures, data).metrics)  # type: ignore[arg-type]
        else:
            show(measured(run, loaded).metrics)
    except FizzogError as error:
        raise SystemExit(f"Cannot evaluate: {error}") from None
